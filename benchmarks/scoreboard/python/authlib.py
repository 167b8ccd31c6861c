import json

from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.auth import encode_client_secret_basic


def connect(api, client_id, client_secret):
    def talend(client, method, uri, headers, body):
        uri, headers, _ = encode_client_secret_basic(client, method, uri, headers, body)
        headers["Content-Type"] = "application/json"
        body = json.dumps({"grant_type": "client_credentials", "audience": api})
        return uri, headers, body

    client = OAuth2Client(
        client_id,
        client_secret,
        token_endpoint_auth_method="talend",
        token_endpoint=f"{api}/security/oauth/token?talendVersion=2021-03",
        grant_type="client_credentials",
    )
    client.register_client_auth_method(("talend", talend))
    client.fetch_token()
    return client
