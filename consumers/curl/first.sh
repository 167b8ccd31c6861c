#!/bin/sh
curl --silent --show-error --fail --user "$TALEND_CLIENT_ID:$TALEND_CLIENT_SECRET" \
  --header 'talend-version: 2021-03' \
  --json '{"grant_type": "client_credentials", "audience": "'"$TALEND_API_URL"'"}' \
  "$TALEND_API_URL/security/oauth/token"
