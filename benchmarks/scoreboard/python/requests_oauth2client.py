from urllib.parse import parse_qsl

import requests
from requests.auth import HTTPBasicAuth
from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth


class TalendAuth(HTTPBasicAuth):
    def __call__(self, request):
        del request.headers["Content-Type"]
        request.prepare_body(None, None, json=dict(parse_qsl(request.body)))
        return super().__call__(request)


def connect(api, client_id, client_secret):
    client = OAuth2Client(
        f"{api}/security/oauth/token?talendVersion=2021-03",
        auth=TalendAuth(client_id, client_secret),
        testing=api.startswith("http://"),
    )
    session = requests.Session()
    session.auth = OAuth2ClientCredentialsAuth(client, audience=api)
    return session
