"""No host but the API's own is sent a token, on no path: first send, redirect, replay, link."""

from __future__ import annotations

import asyncio
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import httpx2
import pytest
import requests

from talend_oauth import Settings, TalendAuth, TokenSource, async_client, client
from talend_oauth._clock import SystemClock
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations.httpx2 import TalendAuth as Httpx2Auth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

from .canary import CLIENT_ID, PASSWORD, PLAIN, SECRET, Canary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talend_oauth.sandbox import Sandbox


class Server:
    """Redirects /to?URL, and answers everything else with 401.

    Attributes:
        seen: The head of each request.
        url: Where it is.
        address: The same as `host:port`.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(f"{self.path}\n{self.headers}")
                path, _, target = self.path.partition("?")
                self.send_response(302 if path == "/to" else 401)
                if path == "/to":
                    self.send_header("Location", target)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.address}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def stranger() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def gateway() -> Iterator[Server]:
    """A host that may have the token, and that sends its callers elsewhere."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def source(sandbox: Sandbox) -> TokenSource:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    return TokenSource(settings, _clock=SystemClock())


def _get_with_httpx(source: TokenSource, url: str, gateway: str) -> None:
    with client(
        source,
        hosts=(gateway,),
    ) as talend:
        talend.follow_redirects = True
        talend.get(url)


def _get_with_httpx_async(source: TokenSource, url: str, gateway: str) -> None:
    async def run() -> None:
        async with async_client(source, hosts=(gateway,)) as talend:
            talend.follow_redirects = True
            await talend.get(url)

    asyncio.run(run())


def _get_with_base_url(source: TokenSource, url: str, gateway: str) -> None:
    auth = TalendAuth(source, hosts=(gateway,))
    with httpx.Client(auth=auth, base_url=url, follow_redirects=True) as own:
        own.get("")


def _get_with_next_request(source: TokenSource, url: str, gateway: str) -> None:
    with httpx.Client(auth=TalendAuth(source, hosts=(gateway,))) as own:
        response = own.get(url)
        while response.next_request is not None:
            response = own.send(response.next_request)


def _get_with_httpx2(source: TokenSource, url: str, gateway: str) -> None:
    auth = Httpx2Auth(source, hosts=(gateway,))
    with httpx2.Client(auth=auth, follow_redirects=True) as own:
        own.get(url)


def _get_with_requests(source: TokenSource, url: str, gateway: str) -> None:
    with requests.Session() as session:
        session.auth = RequestsAuth(source, hosts=(gateway,))
        session.get(url, timeout=10)


WAYS = [
    _get_with_httpx,
    _get_with_httpx_async,
    _get_with_base_url,
    _get_with_next_request,
    _get_with_httpx2,
    _get_with_requests,
]


@pytest.mark.parametrize("get", WAYS)
@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize(
    "path",
    [
        "{stranger}/log?X-Amz-Signature=1",
        "{gateway}/to?{stranger}/x",
        "{gateway}/to?/to?{stranger}/x",
    ],
)
def test_no_token_goes_to_a_stranger(
    path: str,
    fresh: bool,
    get: Callable[[TokenSource, str, str], None],
    source: TokenSource,
    sandbox: Sandbox,
    stranger: Server,
    gateway: Server,
    canary: Canary,
) -> None:
    if not fresh:
        sandbox.revoke(source.token().value)
        canary.add(source.token().value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        get(source, path.format(stranger=stranger.url, gateway=gateway.url), gateway.address)

    canary.add(source.token().value)
    assert len(stranger.seen) == 1
    canary.check("what a stranger was sent", "".join(stranger.seen))
    assert "authorization" not in stranger.seen[0].lower()
    assert all("authorization: bearer" in seen.lower() for seen in gateway.seen)


def test_a_host_that_is_a_secret_in_the_wrong_place_is_not_shown(
    source: TokenSource, canary: Canary
) -> None:
    makers: list[Callable[..., object]] = [
        TalendAuth,
        Httpx2Auth,
        RequestsAuth,
        client,
        async_client,
    ]
    for make in makers:
        for hosts in (SECRET, (SECRET,), [SECRET], iter([SECRET])):
            with pytest.raises(Exception, match=r"hosts\[0\] is not a host") as caught:
                make(source, hosts=hosts)
            canary.check_error(f"hosts of {make}", caught.value)


@pytest.mark.parametrize("make", [TalendAuth, Httpx2Auth, RequestsAuth, client, async_client])
@pytest.mark.parametrize("name", ["source", "store", "on_event"])
@pytest.mark.parametrize("value", [SECRET, SECRET.encode(), [SECRET], {"secret": SECRET}, PASSWORD])
def test_a_secret_as_another_argument_is_not_shown(
    make: Callable[..., object], name: str, value: object, canary: Canary
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(**{name: value}, region="eu", access_token=PLAIN)

    canary.check_error(f"{name} of {make}", caught.value)


@pytest.mark.parametrize("make", [TalendAuth, Httpx2Auth, RequestsAuth, client, async_client])
def test_a_secret_under_a_misspelled_name_is_not_shown(
    make: Callable[..., object], canary: Canary
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(client_sercet=SECRET, region="eu")

    canary.check_error(f"misspelled argument of {make}", caught.value)
