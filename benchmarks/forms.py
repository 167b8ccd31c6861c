"""The sandbox for clients that send a form, as most OAuth libraries do (RFC 6749, section 4.4.2).

Talend's endpoint takes JSON and HTTP Basic. So that the others can do the same work against the
same server, this ASGI application turns their request into that one, passes it to the sandbox's
own application, which counts it and signs the token, and hands the answer back unchanged. JSON it
passes on as it is. It also answers the discovery request that msal and azure-identity send first.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from talend_oauth.sandbox import SandboxApp

TOKEN_PATH = "/security/oauth/token"  # noqa: S105 - a path
DISCOVERY = "/.well-known/openid-configuration"
TENANT = "talend"


class FormApp:
    """Serves forms on any path, from the sandbox.

    Args:
        app: The sandbox's application.
        audience: The API that tokens are for, when the form names none.
    """

    def __init__(self, app: SandboxApp, audience: str) -> None:
        self._app = app
        self._audience = audience

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Serve one request."""
        if scope["type"] != "http":
            return
        if scope["path"].endswith(DISCOVERY):
            await _answer(send, _discovery(dict(scope["headers"])[b"host"].decode()))
            return
        if dict(scope["headers"]).get(b"content-type", b"").startswith(b"application/json"):
            await self._app(scope, receive, send)  # ours, over TLS
            return
        form = dict(parse_qsl((await _body(receive)).decode()))
        body = json.dumps(
            {
                "grant_type": form.get("grant_type", ""),
                "audience": form.get("audience") or self._audience,
            }
        ).encode()
        headers = [(b"content-type", b"application/json"), (b"host", b"localhost")]
        headers.append((b"authorization", _authorization(dict(scope["headers"]), form)))

        async def receive_json() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        changed = {**scope, "path": TOKEN_PATH, "raw_path": TOKEN_PATH.encode(), "headers": headers}
        await self._app(changed, receive_json, send)


def _authorization(headers: dict[bytes, bytes], form: dict[str, str]) -> bytes:
    if b"authorization" in headers:
        return headers[b"authorization"]
    pair = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
    return b"Basic " + base64.b64encode(pair.encode())


async def _body(receive: Any) -> bytes:  # noqa: ANN401 - ASGI
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _discovery(host: str) -> dict[str, str]:
    base = f"https://{host}/{TENANT}"
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
    }


async def _answer(send: Any, answer: dict[str, str]) -> None:  # noqa: ANN401 - ASGI
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
