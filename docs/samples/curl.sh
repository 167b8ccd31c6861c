#!/bin/sh
# Prints the endpoint's answer. The client id and secret go to curl through its standard input:
# on its command line every user of the machine could read them.
set -eu
# sample starts
# TALEND_API_URL=https://api.eu.cloud.talend.com
printf 'user = "%s:%s"\n' "$TALEND_CLIENT_ID" "$TALEND_CLIENT_SECRET" |
  curl --config - --fail-with-body --silent --show-error --max-time 15 \
    --header 'talend-version: 2021-03' \
    --json '{"grant_type": "client_credentials", "audience": "'"$TALEND_API_URL"'"}' \
    "$TALEND_API_URL/security/oauth/token"
# sample ends
