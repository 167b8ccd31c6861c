from urllib.parse import parse_qsl

import httpx
from httpx_auth import OAuth2ClientCredentials


class FormAsJson(httpx.HTTPTransport):
    def handle_request(self, request):
        body = dict(parse_qsl(request.content.decode()))
        headers = {"Authorization": request.headers["Authorization"]}
        return super().handle_request(
            httpx.Request(
                "POST", request.url, headers=headers, json=body, extensions=request.extensions
            )
        )


def connect(api, client_id, client_secret):
    auth = OAuth2ClientCredentials(
        f"{api}/security/oauth/token?talendVersion=2021-03",
        client_id,
        client_secret,
        audience=api,
        client=httpx.Client(transport=FormAsJson()),
    )
    return httpx.Client(auth=auth)
