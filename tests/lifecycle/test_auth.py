"""A 401 is handled once, by value, and the request sent again only if its body is at hand."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import talend_oauth
from talend_oauth import TalendAuth, TokenSource
from talend_oauth.errors import ConfigurationError, NotReplayedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from talend_oauth import Settings
    from talend_oauth.sandbox import Sandbox

    from ..clocks import FakeClock

PATIENCE = 30.0
HOSTS = ("api.example", "127.0.0.1", "localhost", "[::1]", "10.0.0.1", "[2001:db8::1]")


class Api(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """An API that refuses some tokens, and keeps what it was sent.

    `httpx.MockTransport` will not do: it reads the body before, which makes a stream into bytes.
    """

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.refuses_all = False
        self.bodies: list[bytes] = []
        self.tokens: list[str] = []
        self.gate: threading.Barrier | None = None

    def answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.bodies.append(body)
        self.tokens.append(token)
        refused = self.refuses_all or token in self.refused
        return httpx.Response(401 if refused else 200, request=request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        response = self.answer(request, b"".join(request.stream))
        if response.status_code == 401 and self.gate is not None:
            self.gate.wait(PATIENCE)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        return self.answer(request, b"".join([part async for part in request.stream]))


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def client(source: TokenSource, api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url="https://api.example",
        auth=TalendAuth(source, hosts=HOSTS),
        transport=api,
    ) as client:
        yield client


@pytest.fixture
def revoked(source: TokenSource, api: Api, clock: FakeClock) -> str:
    """A token that was good until a moment ago."""
    token = source.token().value
    clock.advance(5)
    api.refused.add(token)
    return token


def async_client(source: TokenSource, api: Api) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url="https://api.example",
        auth=TalendAuth(source, hosts=HOSTS),
        transport=api,
    )


def parts() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


async def async_parts() -> AsyncIterator[bytes]:
    for part in parts():
        yield part


REPLAYABLE = [
    {},
    {"content": b"bytes"},
    {"content": "text"},
    {"json": {"a": 1}},
    {"data": {"form": "x"}},
]
STREAMED: list[Callable[[], dict[str, Any]]] = [
    lambda: {"content": parts()},
    lambda: {"files": {"file": ("name", io.BytesIO(b"content"))}},
]


@pytest.mark.parametrize("body", REPLAYABLE)
@pytest.mark.usefixtures("revoked")
def test_a_request_is_sent_again_with_a_new_token_and_the_same_body(
    body: dict[str, Any], client: httpx.Client, api: Api, sandbox: Sandbox
) -> None:
    response = client.post("/", **body)

    assert response.status_code == 200
    assert len(api.bodies) == 2
    assert api.bodies[0] == api.bodies[1]
    assert len(set(api.tokens)) == 2
    assert sandbox.token_requests == 2


@pytest.mark.parametrize("body", REPLAYABLE)
@pytest.mark.usefixtures("revoked")
def test_an_async_request_is_sent_again_too(
    body: dict[str, Any], source: TokenSource, api: Api, sandbox: Sandbox
) -> None:
    async def run() -> httpx.Response:
        async with async_client(source, api) as client:
            return await client.post("/", **body)

    assert asyncio.run(run()).status_code == 200
    assert api.bodies[0] == api.bodies[1]
    assert sandbox.token_requests == 2


@pytest.mark.parametrize("body", STREAMED)
def test_a_streamed_body_is_not_sent_again_and_the_error_says_what_to_do(
    body: Callable[[], dict[str, Any]],
    client: httpx.Client,
    api: Api,
    revoked: str,
    source: TokenSource,
) -> None:
    with pytest.raises(NotReplayedError, match="cannot be sent again") as caught:
        client.post("/", **body())

    assert caught.value.status == 401
    assert caught.value.retryable
    assert len(api.bodies) == 1
    assert source.token().value != revoked
    assert client.post("/", **body()).status_code == 200


@pytest.mark.usefixtures("revoked")
def test_an_async_streamed_body_is_not_sent_again(source: TokenSource, api: Api) -> None:
    async def run() -> None:
        async with async_client(source, api) as client:
            with pytest.raises(NotReplayedError):
                await client.post("/", content=async_parts())

    asyncio.run(run())
    assert len(api.bodies) == 1


def test_a_streamed_body_with_a_good_token_goes_through(client: httpx.Client, api: Api) -> None:
    assert client.post("/", content=parts()).status_code == 200
    assert api.bodies == [b"onetwo"]


def test_a_401_for_a_token_of_this_very_request_is_not_tried_again(
    client: httpx.Client, api: Api, sandbox: Sandbox
) -> None:
    api.refuses_all = True

    assert client.get("/").status_code == 401
    assert len(api.bodies) == 1
    assert sandbox.token_requests == 1


def test_an_api_that_refuses_every_token_costs_one_request_in_thirty_seconds(
    client: httpx.Client, api: Api, sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    source.token()
    clock.advance(5)
    api.refuses_all = True
    for _ in range(10):
        assert client.get("/").status_code == 401
        clock.advance(2.9)
    assert sandbox.token_requests == 2
    clock.advance(1.1)
    assert client.get("/").status_code == 401
    assert sandbox.token_requests == 3


@pytest.mark.usefixtures("revoked")
def test_the_answer_of_the_api_is_returned_when_no_new_token_comes(
    client: httpx.Client, api: Api, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail(503, times=None)

    assert client.get("/").status_code == 401
    assert len(api.bodies) == 1
    assert "no new one came: ServerError" in caplog.text


@pytest.mark.usefixtures("revoked")
def test_the_answer_of_the_api_is_returned_to_async_callers_too(
    source: TokenSource, api: Api, sandbox: Sandbox
) -> None:
    sandbox.fail(503, times=None)

    async def run() -> int:
        async with async_client(source, api) as client:
            return (await client.get("/")).status_code

    assert asyncio.run(run()) == 401


def test_an_async_401_for_a_token_of_this_very_request_is_not_tried_again(
    source: TokenSource, api: Api, sandbox: Sandbox
) -> None:
    api.refuses_all = True

    async def run() -> int:
        async with async_client(source, api) as client:
            return (await client.get("/")).status_code

    assert asyncio.run(run()) == 401
    assert len(api.bodies) == 1
    assert sandbox.token_requests == 1


@pytest.mark.usefixtures("revoked")
def test_twenty_parallel_401s_cause_one_fetch(
    client: httpx.Client, api: Api, sandbox: Sandbox
) -> None:
    api.gate = threading.Barrier(20)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(client.get("/").status_code))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert statuses == [200] * 20
    assert len(api.bodies) == 40
    assert len(set(api.tokens)) == 2
    assert sandbox.token_requests == 2


@pytest.mark.usefixtures("revoked")
def test_twenty_parallel_async_401s_cause_one_fetch(
    source: TokenSource, api: Api, sandbox: Sandbox
) -> None:
    async def run() -> list[int]:
        arrived, all_arrived = [0], asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            response = api.answer(request, b"")
            if response.status_code == 401:
                arrived[0] += 1
                if arrived[0] == 20:
                    all_arrived.set()
                await all_arrived.wait()
            return response

        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(
            base_url="https://api.example",
            auth=TalendAuth(source, hosts=HOSTS),
            transport=transport,
        ) as client:
            responses = await asyncio.gather(*(client.get("/") for _ in range(20)))
            return [response.status_code for response in responses]

    assert asyncio.run(run()) == [200] * 20
    assert len(set(api.tokens)) == 2
    assert sandbox.token_requests == 2


@pytest.mark.usefixtures("revoked")
def test_the_token_request_shows_neither_in_the_history_nor_to_the_hooks(
    source: TokenSource, api: Api
) -> None:
    seen: list[str] = []

    def hook(request: httpx.Request) -> None:
        seen.append(request.url.path)

    with httpx.Client(
        base_url="https://api.example",
        auth=TalendAuth(source, hosts=HOSTS),
        transport=api,
        event_hooks={"request": [hook]},
    ) as client:
        response = client.get("/account/me")

    assert set(seen) == {"/account/me"}
    assert {"/account/me"} == {past.request.url.path for past in response.history}


def test_a_ready_token_is_sent_and_a_401_left_to_the_caller(api: Api) -> None:
    api.refuses_all = True
    auth = TalendAuth(access_token="ready-token", region="eu")
    with httpx.Client(auth=auth, transport=api) as client:
        assert client.get("https://api.eu.cloud.talend.com/").status_code == 401

    assert api.tokens == ["ready-token"]


@pytest.mark.parametrize(
    "url", ["http://api.example/", "http://10.0.0.1/", "http://[2001:db8::1]/"]
)
def test_the_token_is_not_sent_in_the_clear_to_another_machine(
    url: str, client: httpx.Client, source: TokenSource, api: Api
) -> None:
    async def run() -> None:
        async with async_client(source, api) as other:
            with pytest.raises(ConfigurationError, match="could be read"):
                await other.get(url)

    with pytest.raises(ConfigurationError, match="could be read"):
        client.get(url)
    asyncio.run(run())
    assert not api.tokens


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/"])
def test_plain_http_to_this_machine_is_fine(url: str, client: httpx.Client) -> None:
    assert client.get(url).status_code == 200


def test_a_request_without_a_token_raises_the_error_of_the_token(
    source: TokenSource, api: Api, sandbox: Sandbox
) -> None:
    sandbox.stop()
    with (
        httpx.Client(
            base_url="https://api.example",
            auth=TalendAuth(source, hosts=HOSTS),
            transport=api,
        ) as client,
        pytest.raises(UnreachableError, match="did not respond"),
    ):
        client.get("/")
    assert not api.tokens


def test_a_client_of_a_region_has_its_base_url_token_and_version(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    async def run() -> dict[str, Any]:
        async with talend_oauth.async_client(settings()) as client:
            found: dict[str, Any] = (await client.get("/account/me")).json()
            return found

    with talend_oauth.client(settings()) as client:
        assert client.get("/account/me").json()["type"] == "SERVICE_ACCOUNT"
        assert client.headers["talend-version"] == "2021-03"
    assert asyncio.run(run())["type"] == "SERVICE_ACCOUNT"
    assert "Secret" not in repr(TalendAuth(settings()))


def test_a_client_for_a_ready_token_needs_a_region(api: Api) -> None:
    with pytest.raises(ConfigurationError, match="No region is set"):
        talend_oauth.client(access_token="ready-token")


@pytest.mark.parametrize("make", [talend_oauth.client, talend_oauth.async_client])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/authorities.pem"),
        ("HTTPS_PROXY", "gopher://user:password@proxy"),
    ],
)
def test_an_environment_that_cannot_be_used_is_a_configuration_error(
    make: Callable[..., object], name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="cannot be used") as caught:
        make(access_token="ready-token", region="eu")
    assert name in caught.value.hint
    assert "password" not in str(caught.value)
