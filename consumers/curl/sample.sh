#!/bin/sh
# The secret and the token go through curl's configuration: arguments are visible to other users.
set -eu

token=$(
  curl --silent --show-error --fail --config - \
    --json '{"grant_type": "client_credentials", "audience": "'"$TALEND_API_URL"'"}' \
    "$TALEND_API_URL/security/oauth/token" <<END |
user = "$TALEND_CLIENT_ID:$TALEND_CLIENT_SECRET"
END
    sed -n 's/.*"access_token": *"\([^"]*\)".*/\1/p'
)

curl --silent --show-error --fail --config - "$TALEND_API_URL/account/me" <<END
header = "Authorization: Bearer $token"
END
