#!/bin/sh
# Secret and token go to curl by its standard input: other users can read arguments.
set -eu

token=$(
  printf 'user = "%s:%s"\n' "$TALEND_CLIENT_ID" "$TALEND_CLIENT_SECRET" |
    curl --silent --show-error --fail --config - --header 'talend-version: 2021-03' \
      --json '{"grant_type": "client_credentials", "audience": "'"$TALEND_API_URL"'"}' \
      "$TALEND_API_URL/security/oauth/token" |
    sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p'
)

printf 'header = "Authorization: Bearer %s"\n' "$token" |
  curl --silent --show-error --fail --config - "$TALEND_API_URL/account/me"
