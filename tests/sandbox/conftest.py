"""A sandbox on a real port, and a client whose every exchange is judged by the document."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from talend_oauth.sandbox import Sandbox

DOCUMENT = Path(__file__).parents[2] / "openapi" / "talend-oauth.yaml"
TOKEN_PATH = "/security/oauth/token"
AUDIENCE = "https://api.eu.cloud.talend.com"


@pytest.fixture(scope="session")
def judge() -> Callable[[httpx.Response], None]:
    """Raise when the answer of the token endpoint is not one that the document allows."""
    document = OpenAPI.from_file_path(str(DOCUMENT))

    def judge(response: httpx.Response) -> None:
        request = response.request
        if (request.method, request.url.path) != ("POST", TOKEN_PATH):
            return
        asked = MockRequest("https://api.eu.cloud.talend.com", "post", TOKEN_PATH)
        given = MockResponse(
            response.content,
            status_code=response.status_code,
            headers=dict(response.headers),
            content_type=response.headers.get("content-type", ""),
        )
        document.validate_response(asked, given)

    return judge


@pytest.fixture(autouse=True)
def _quick(_one_key: None) -> None: ...


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, judge: Callable[[httpx.Response], None]) -> Iterator[httpx.Client]:
    def judged(response: httpx.Response) -> None:
        response.read()
        judge(response)

    hooks = {"response": [judged]}
    # Without certificates, of which a sandbox needs none: to read them takes 15 ms.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with httpx.Client(
        base_url=sandbox.url, event_hooks=hooks, trust_env=False, verify=tls
    ) as judged_client:
        yield judged_client


@pytest.fixture
def ask(sandbox: Sandbox, client: httpx.Client) -> Callable[..., httpx.Response]:
    """Ask for a token, rightly unless the arguments say otherwise."""

    def ask(**changes: Any) -> httpx.Response:
        request = {
            "auth": (sandbox.client_id, sandbox.client_secret),
            "json": {"grant_type": "client_credentials", "audience": AUDIENCE},
        }
        if "content" in changes:
            del request["json"]
        return client.post(TOKEN_PATH, **{**request, **changes})

    return ask


@pytest.fixture
def bearer(ask: Callable[..., httpx.Response]) -> dict[str, str]:
    return {"authorization": f"Bearer {ask().json()['access_token']}"}
