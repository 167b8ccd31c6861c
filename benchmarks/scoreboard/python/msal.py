import json
from types import SimpleNamespace

import msal
import requests

AUTHORITY = "https://talend.invalid/oauth"


def connect(api, client_id, client_secret):
    class Talend:
        def get(self, url, **options):
            known = dict.fromkeys(
                ("authorization_endpoint", "token_endpoint"), f"{AUTHORITY}/token"
            )
            text = json.dumps({"issuer": AUTHORITY, **known})
            return SimpleNamespace(status_code=200, headers={}, text=text)

        def post(self, url, **options):
            url = f"{api}/security/oauth/token?talendVersion=2021-03"
            body = {"grant_type": "client_credentials", "audience": api}
            auth = client_id, client_secret
            return requests.post(url, json=body, auth=auth, timeout=20, allow_redirects=False)

    app = msal.ConfidentialClientApplication(
        client_id, client_credential=client_secret, oidc_authority=AUTHORITY, http_client=Talend()
    )

    def token():
        result = app.acquire_token_for_client([f"{api}/.default"])
        if "access_token" not in result:
            raise RuntimeError(result.get("error_description"))
        return result["access_token"]

    return token
