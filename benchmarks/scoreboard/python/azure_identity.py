import io
import json
from urllib.parse import urlsplit

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential
from requests.adapters import HTTPAdapter

AUTHORITY = "https://talend.invalid"
ENDPOINTS = "authorization_endpoint", "token_endpoint"


def connect(api, client_id, client_secret):
    class Talend(HTTPAdapter):
        def send(self, request, **options):
            if request.method == "GET":
                known = {"issuer": f"{AUTHORITY}/talend"}
                known |= dict.fromkeys(ENDPOINTS, f"{AUTHORITY}/talend/token")
                response = requests.Response()
                response.status_code, response.request = 200, request
                response.raw = io.BytesIO(json.dumps(known).encode())
                return response
            request.url = f"{api}/security/oauth/token?talendVersion=2021-03"
            del request.headers["Content-Type"]
            body = {"grant_type": "client_credentials", "audience": api}
            request.prepare_body(None, None, json=body)
            request.prepare_auth((client_id, client_secret))
            return super().send(request, **options)

    session = requests.Session()
    session.mount(AUTHORITY, Talend())
    credential = ClientSecretCredential(
        "talend",
        client_id,
        client_secret,
        authority=urlsplit(AUTHORITY).netloc,
        disable_instance_discovery=True,
        transport=RequestsTransport(session=session),
    )
    return lambda: credential.get_token(f"{api}/.default").token
