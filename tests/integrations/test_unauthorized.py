"""The rule for a 401, the same in every library."""

from __future__ import annotations

import asyncio
import io
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
import requests

from talend_oauth import TalendAuth, TokenSource
from talend_oauth._lifecycle.source import internals
from talend_oauth.errors import NotReplayedError
from talend_oauth.integrations.httpx2 import TalendAuth as Httpx2Auth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

from .network import API, HOST, Network, every_library, session_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clocks import FakeClock
    from .network import Endpoint, Get

ME = f"{API}/account/me"


@every_library
def test_a_request_carries_the_token(
    get: Get, source: TokenSource, network: Network, endpoint: Endpoint
) -> None:
    assert [get(source, network, ME) for _ in range(3)] == [200] * 3
    assert network.sent == [(ME, "Bearer token-1")] * 3
    assert endpoint.requests == 1


@every_library
def test_after_a_401_the_request_is_sent_once_more_with_a_new_token(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    assert get(source, network, ME) == 200
    assert network.tokens == [token, "token-2"]


@every_library
def test_another_status_is_left_alone(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.answer = lambda *_: (403, {})  # type: ignore[method-assign]
    assert get(source, network, ME) == 403
    assert source.token().value == token


@every_library
def test_a_token_that_another_caller_has_replaced_is_not_discarded_again(
    get: Get, source: TokenSource, network: Network, token: str, endpoint: Endpoint
) -> None:
    network.revoked = {token}
    answer = network.answer

    def meanwhile(url: str, headers: Any) -> tuple[int, dict[str, str]]:
        answered = answer(url, headers)
        if network.tokens == [token]:
            source.discard(source.token())
            source.token()
        return answered

    network.answer = meanwhile  # type: ignore[method-assign]
    assert get(source, network, ME) == 200
    assert network.tokens == [token, "token-2"]
    assert endpoint.requests == 2


@every_library
def test_a_token_of_this_very_request_is_not_replaced(
    get: Get, source: TokenSource, network: Network, endpoint: Endpoint
) -> None:
    network.rejecting = {HOST}
    assert get(source, network, ME) == 401
    assert network.tokens == ["token-1"]
    assert endpoint.requests == 1


@every_library
def test_for_thirty_seconds_after_a_new_token_was_rejected_no_other_is_tried(
    get: Get, source: TokenSource, network: Network, endpoint: Endpoint, clock: FakeClock
) -> None:
    network.rejecting = {HOST}
    for _ in range(10):
        assert get(source, network, ME) == 401
        clock.advance(2.9)
    assert endpoint.requests == 1
    clock.advance(1.1)
    assert get(source, network, ME) == 401
    assert endpoint.requests == 2


@every_library
def test_an_api_that_rejects_everything_costs_one_token_request_in_thirty_seconds(
    get: Get,
    source: TokenSource,
    network: Network,
    token: str,
    endpoint: Endpoint,
    clock: FakeClock,
) -> None:
    network.rejecting = {HOST}
    for _ in range(10):
        assert get(source, network, ME) == 401
        clock.advance(2.9)
    assert network.tokens == [token, *["token-2"] * 10]
    clock.advance(1.1)
    assert get(source, network, ME) == 401
    assert network.tokens[11:] == ["token-2", "token-3"]
    assert endpoint.requests == 3


@every_library
def test_the_401_of_the_api_is_returned_when_no_new_token_comes(
    get: Get,
    source: TokenSource,
    network: Network,
    token: str,
    endpoint: Endpoint,
    caplog: pytest.LogCaptureFixture,
) -> None:
    network.revoked = {token}
    endpoint.status = 403
    assert get(source, network, ME) == 401
    assert network.tokens == [token]
    told = [record for record in caplog.records if "no new one came" in record.getMessage()]
    assert [record.getMessage() for record in told] == [
        "an API rejected the token, and no new one came: PermissionDeniedError"
    ]
    assert told[0].levelno == logging.WARNING


@every_library
def test_a_ready_token_is_not_replaced(get: Get, network: Network) -> None:
    network.rejecting = {HOST}
    source = TokenSource(access_token="ready-token", region="eu")
    assert get(source, network, ME) == 401
    assert network.tokens == ["ready-token"]
    assert source.token().value == "ready-token"


@every_library
@pytest.mark.usefixtures("token")
def test_after_a_redirect_within_the_api_only_the_rejected_request_is_sent_again(
    get: Get, source: TokenSource, network: Network
) -> None:
    network.redirects = {f"{API}/moved": ME}
    network.revoked = {"token-1"}
    assert get(source, network, f"{API}/moved") == 200
    assert network.sent == [
        (f"{API}/moved", "Bearer token-1"),
        (ME, "Bearer token-1"),
        (ME, "Bearer token-2"),
    ]


@every_library
def test_a_new_token_that_is_rejected_after_a_redirect_is_not_replaced(
    get: Get, source: TokenSource, network: Network, endpoint: Endpoint
) -> None:
    network.redirects = {f"{API}/moved": ME}
    network.revoked = {"token-1"}
    assert get(source, network, f"{API}/moved") == 401
    assert endpoint.requests == 1


def test_the_401_is_in_the_history_of_the_response(
    source: TokenSource, network: Network, token: str, clock: FakeClock
) -> None:
    network.revoked = {token}
    with httpx.Client(auth=TalendAuth(source), transport=network) as client:
        assert [past.status_code for past in client.get(ME).history] == [401]
    network.revoked = {"token-2"}
    clock.advance(5)
    with session_of(RequestsAuth(source), network) as session:
        assert [past.status_code for past in session.get(ME, timeout=10).history] == [401]


# Bodies


def _post_httpx(source: TokenSource, network: Network, **body: Any) -> int:
    with httpx.Client(auth=TalendAuth(source), transport=network) as client:
        return client.post(ME, **body).status_code


def _post_async(source: TokenSource, network: Network, **body: Any) -> int:
    async def run() -> int:
        async with httpx.AsyncClient(auth=TalendAuth(source), transport=network) as client:
            return (await client.post(ME, **body)).status_code

    return asyncio.run(run())


def _post_httpx2(source: TokenSource, network: Network, **body: Any) -> int:
    with httpx2.Client(auth=Httpx2Auth(source), transport=network) as client:
        return client.post(ME, **body).status_code


every_httpx = pytest.mark.parametrize("post", [_post_httpx, _post_async, _post_httpx2])


@every_httpx
def test_a_body_of_bytes_is_sent_again(
    post: Callable[..., int], source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    assert post(source, network, json={"a": 1}) == 200
    assert len(network.bodies) == 2
    assert network.bodies[0] == network.bodies[1] != b""


@every_httpx
def test_a_body_that_was_streamed_is_not_sent_again(
    post: Callable[..., int], source: TokenSource, network: Network, token: str
) -> None:
    async def parts() -> Any:
        yield b"one"
        yield b"two"

    network.revoked = {token}
    with pytest.raises(NotReplayedError, match="streamed, so it cannot be sent again") as caught:
        post(source, network, content=parts() if post is _post_async else iter([b"one", b"two"]))

    assert str(caught.value).startswith(f"{HOST} rejected the token (401)")
    assert caught.value.status == 401
    assert caught.value.hint.startswith("Send the request again: it gets a new token.")
    assert network.bodies == [b"onetwo"]
    assert source.token().value == "token-2"


# What raises between the response and the rule


class HookError(Exception):
    """An error of the user's own."""


def _raise_for_status(response: Any) -> None:
    response.raise_for_status()


def _raise_own(response: Any) -> None:
    try:
        response.raise_for_status()
    except (httpx.HTTPStatusError, httpx2.HTTPStatusError) as error:
        raise HookError from error


def _raise_another(response: Any) -> None:
    try:
        response.raise_for_status()
    except (httpx.HTTPStatusError, httpx2.HTTPStatusError) as error:
        other = type(response)(500, request=response.request)
        raise type(error)("of a report", request=other.request, response=other) from None


def _raise_in_a_circle(response: Any) -> None:
    first, second = HookError(), HookError()
    first.__context__, second.__context__ = second, first
    if response.is_error:
        raise first


def _hooked_httpx(source: TokenSource, network: Network, hook: Any) -> int:
    hooks = {"response": [hook]}
    with httpx.Client(auth=TalendAuth(source), transport=network, event_hooks=hooks) as client:
        return client.get(ME).status_code


def _hooked_async(source: TokenSource, network: Network, hook: Any) -> int:
    async def hook_async(response: Any) -> None:
        hook(response)

    async def run() -> int:
        async with httpx.AsyncClient(
            auth=TalendAuth(source), transport=network, event_hooks={"response": [hook_async]}
        ) as client:
            return (await client.get(ME)).status_code

    return asyncio.run(run())


def _hooked_httpx2(source: TokenSource, network: Network, hook: Any) -> int:
    hooks = {"response": [hook]}
    with httpx2.Client(auth=Httpx2Auth(source), transport=network, event_hooks=hooks) as client:
        return client.get(ME).status_code


every_hooked = pytest.mark.parametrize("get", [_hooked_httpx, _hooked_async, _hooked_httpx2])
RAISED = (httpx.HTTPStatusError, httpx2.HTTPStatusError, HookError)


@every_hooked
@pytest.mark.parametrize("hook", [_raise_for_status, _raise_own, _raise_another])
def test_a_401_that_a_hook_raises_gives_the_next_request_a_new_token(
    get: Get, hook: Any, source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    with pytest.raises(RAISED):
        get(source, network, hook)

    assert get(source, network, hook) == 200
    assert network.tokens == [token, "token-2"]


@every_hooked
def test_hooks_that_raise_every_401_cost_one_token_request_in_thirty_seconds(
    get: Get, source: TokenSource, network: Network, token: str, clock: FakeClock
) -> None:
    network.rejecting = {HOST}
    for _ in range(10):
        with pytest.raises(RAISED):
            get(source, network, _raise_for_status)
        clock.advance(2.9)

    assert network.tokens == [token, *["token-2"] * 9]
    clock.advance(4.1)  # thirty seconds after the first token-2
    for _ in range(2):
        with pytest.raises(RAISED):
            get(source, network, _raise_for_status)
    assert network.tokens[10:] == ["token-2", "token-3"]


@every_hooked
def test_errors_of_a_hook_that_are_each_others_context_hold_nothing_up(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    with pytest.raises(HookError):
        get(source, network, _raise_in_a_circle)


@every_hooked
def test_what_else_a_hook_raises_discards_nothing(
    get: Get, source: TokenSource, network: Network, token: str, clock: FakeClock
) -> None:
    def raise_other(response: Any) -> None:
        raise HookError(str(response.status_code))

    network.answer = lambda *_: (403, {})  # type: ignore[method-assign]
    for hook in (_raise_for_status, raise_other):
        with pytest.raises(RAISED):
            get(source, network, hook)

    assert source.token().value == token
    assert internals(source)[1].state.unhelpful_until < clock.monotonic()


@every_hooked
def test_a_strangers_401_that_a_hook_raises_discards_nothing(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.redirects = {ME: "https://files.example/"}
    network.rejecting = {"files.example"}

    def follow(response: Any) -> None:
        if response.status_code == 302:
            response.status_code = 401
            response.request.headers["Authorization"] = "Bearer another"
        response.raise_for_status()

    with pytest.raises(RAISED):
        get(source, network, follow)

    assert source.token().value == token


def test_hooks_of_requests_see_the_second_response(
    source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    with session_of(RequestsAuth(source), network) as session:
        session.hooks["response"] = [lambda response, **_: response.raise_for_status()]
        assert session.get(ME, timeout=10).status_code == 200


# auth_flow, as classes call it that combine several


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_auth_flow_itself_carries_the_token_and_knows_the_rule(
    library: Any, source: TokenSource, network: Network, token: str
) -> None:
    kind: Any = TalendAuth if library is httpx else Httpx2Auth

    class Both(library.Auth):  # type: ignore[misc]
        def auth_flow(self, request: Any) -> Any:
            request.headers["X-Api-Key"] = "key"
            yield from kind(source).auth_flow(request)

    network.revoked = {token}
    with library.Client(auth=Both(), transport=network) as client:
        response = client.get(ME)

    assert response.status_code == 200
    assert response.request.headers["X-Api-Key"] == "key"
    assert network.tokens == [token, "token-2"]


# The response of requests that is not returned


def test_the_first_response_is_read_and_its_connection_released(
    source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    with session_of(RequestsAuth(source), network) as session:
        second = session.get(ME, timeout=10, stream=True)
    (first,) = second.history

    assert first.content == b"some text"
    assert first.raw.released
    assert not first.raw.closed
    assert not second.raw.released
    assert second.raw.tell() == 0


def test_the_response_is_closed_when_the_body_of_its_request_is_gone(
    source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    raws: list[Any] = []
    send = network.send

    def noting(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = send(request, **options)
        raws.append(response.raw)
        return response

    network.send = noting  # type: ignore[method-assign]
    with (
        session_of(RequestsAuth(source), network) as session,
        pytest.raises(NotReplayedError, match=f"^{HOST} rejected the token"),
    ):
        session.post(ME, data=iter([b"one"]), timeout=10, stream=True)

    (raw,) = raws
    assert raw.closed
    assert source.token().value == "token-2"


@pytest.mark.parametrize("body", [None, "text", b"bytes", io.BytesIO(b"a file"), {"a": "form"}])
def test_bodies_that_requests_can_send_again(
    body: Any, source: TokenSource, network: Network, token: str
) -> None:
    network.revoked = {token}
    bodies: list[Any] = []
    send = network.send

    def noting(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        bodies.append(request.body.read() if hasattr(request.body, "read") else request.body)
        assert options["timeout"] == 7
        return send(request, **options)

    network.send = noting  # type: ignore[method-assign]
    with session_of(RequestsAuth(source), network) as session:
        assert session.post(ME, data=body, timeout=7).status_code == 200

    assert bodies[0] == bodies[1]
    assert bool(bodies[0]) is (body is not None)


# Prepared requests


@pytest.fixture
def session(source: TokenSource, network: Network) -> requests.Session:
    return session_of(RequestsAuth(source), network)


def prepared(session: requests.Session) -> requests.PreparedRequest:
    return session.prepare_request(requests.Request("GET", ME))


@pytest.mark.parametrize("wait", [0.0, 1800.0])
def test_a_request_that_was_prepared_without_a_token_recovers(
    wait: float, session: requests.Session, network: Network, clock: FakeClock
) -> None:
    request = prepared(session)
    assert session.send(request).status_code == 200
    network.revoked = {"token-1"}
    clock.advance(wait)

    assert [session.send(request).status_code for _ in range(3)] == [200] * 3
    assert set(network.tokens) == {"token-1", "token-2"}


def test_a_request_that_is_sent_long_after_it_was_prepared_is_sent_again(
    session: requests.Session, network: Network, clock: FakeClock
) -> None:
    request = prepared(session)
    clock.advance(1.5)
    network.revoked = {"token-1"}

    assert session.send(request).status_code == 200
    assert network.tokens == ["token-1", "token-2"]


def test_a_request_that_is_sent_at_once_has_a_new_token_however_late_the_response_is(
    session: requests.Session, network: Network, clock: FakeClock, endpoint: Endpoint
) -> None:
    network.rejecting = {HOST}
    request = prepared(session)
    clock.advance(0.9)
    assert session.send(request).status_code == 401
    assert endpoint.requests == 1


@pytest.mark.parametrize(("waited", "elapsed", "sent_again"), [(1.0, 0, 1), (1.5, 0.9, 0)])
def test_it_counts_when_the_request_was_sent_not_when_the_response_came(
    waited: float,
    elapsed: float,
    sent_again: int,
    source: TokenSource,
    network: Network,
    clock: FakeClock,
) -> None:
    request = requests.Request("GET", ME, auth=RequestsAuth(source)).prepare()
    clock.advance(waited)
    network.rejecting = {HOST}
    response = network.send(request)
    response.elapsed = timedelta(seconds=elapsed)
    request.hooks["response"][0](response)

    assert len(network.sent) == 1 + sent_again


def test_the_wait_for_the_token_is_none_between_preparing_and_sending(
    session: requests.Session, network: Network, clock: FakeClock, endpoint: Endpoint
) -> None:
    handle = endpoint.handle_request

    def slow(request: httpx.Request) -> httpx.Response:
        clock.advance(5)
        return handle(request)

    endpoint.handle_request = slow  # type: ignore[method-assign]
    network.rejecting = {HOST}
    assert session.get(ME, timeout=10).status_code == 401
    assert endpoint.requests == 1
