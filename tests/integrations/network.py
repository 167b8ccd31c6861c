"""Every host there is, in this process, for each HTTP library; and the token endpoint."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
import requests
from requests.adapters import BaseAdapter

from talend_oauth import TalendAuth
from talend_oauth.integrations.httpx2 import TalendAuth as Httpx2Auth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

if TYPE_CHECKING:
    from talend_oauth import TokenSource

API = "https://api.eu.cloud.talend.com"
HOST = "api.eu.cloud.talend.com"
Get = Callable[..., int]


class Endpoint(httpx.BaseTransport):
    """The token endpoint: token-1, token-2, ...

    Attributes:
        requests: How many there were.
        status: Of every response.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.status = 200

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests += 1
        token = {"access_token": f"token-{self.requests}", "token_type": "Bearer"}
        return httpx.Response(self.status, json=token if self.status == 200 else {})


class Body(io.BytesIO):
    """A body of a response of requests.

    Attributes:
        released: Whether its connection can be used again.
    """

    released = False

    def release_conn(self) -> None:
        self.released = True


class Network(httpx.BaseTransport, httpx.AsyncBaseTransport, httpx2.BaseTransport, BaseAdapter):
    """Notes what each host is sent; redirects and rejects as told.

    Attributes:
        sent: The URL and the `Authorization` header of each request.
        bodies: The body of each request, of httpx and httpx2.
        redirects: URL by URL.
        rejecting: Hosts that answer 401, whatever they are sent.
        revoked: Tokens that every host answers with 401.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str | None]] = []
        self.bodies: list[bytes] = []
        self.redirects: dict[str, str] = {}
        self.rejecting: set[str] = set()
        self.revoked: set[str] = set()

    @property
    def tokens(self) -> list[str | None]:
        """The token of each request, or None."""
        return [header and header.removeprefix("Bearer ") for _, header in self.sent]

    def answer(self, url: str, headers: Any) -> tuple[int, dict[str, str]]:
        self.sent.append((url, headers.get("Authorization")))
        if url in self.redirects:
            return 302, {"Location": self.redirects[url]}
        rejected = httpx.URL(url).host in self.rejecting or self.tokens[-1] in self.revoked
        return 401 if rejected else 200, {}

    def handle_request(self, request: Any) -> Any:
        library = httpx if isinstance(request, httpx.Request) else httpx2
        self.bodies.append(b"".join(request.stream))
        status, headers = self.answer(str(request.url), request.headers)
        return library.Response(status, headers=headers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(b"".join([part async for part in request.stream]))  # type: ignore[union-attr]
        status, headers = self.answer(str(request.url), request.headers)
        return httpx.Response(status, headers=headers)

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        response = requests.Response()
        response.status_code, headers = self.answer(request.url or "", request.headers)
        response.headers.update(headers)
        response.url, response.request = request.url or "", request
        response.raw = Body(b"some text")
        response.connection = self  # type: ignore[attr-defined]
        return response

    def close(self) -> None:
        """Close nothing."""


def session_of(auth: Any, network: Network) -> requests.Session:
    """Return a session whose every request goes to the network."""
    session = requests.Session()
    session.auth = auth
    session.mount("http://", network)
    session.mount("https://", network)
    return session


def with_httpx(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    auth = TalendAuth(source, hosts=options.pop("hosts", ()))
    with httpx.Client(auth=auth, transport=network, follow_redirects=True) as client:
        return client.get(url, **options).status_code


def with_async_httpx(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    auth = TalendAuth(source, hosts=options.pop("hosts", ()))

    async def run() -> int:
        async with httpx.AsyncClient(auth=auth, transport=network, follow_redirects=True) as client:
            return (await client.get(url, **options)).status_code

    return asyncio.run(run())


def with_httpx2(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    auth = Httpx2Auth(source, hosts=options.pop("hosts", ()))
    with httpx2.Client(auth=auth, transport=network, follow_redirects=True) as client:
        return client.get(url, **options).status_code


def with_requests(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    auth = RequestsAuth(source, hosts=options.pop("hosts", ()))
    with session_of(auth, network) as session:
        return session.get(url, timeout=10, **options).status_code


every_library = pytest.mark.parametrize(
    "get", [with_httpx, with_async_httpx, with_httpx2, with_requests]
)
every_kind = pytest.mark.parametrize("kind", [TalendAuth, Httpx2Auth, RequestsAuth])
