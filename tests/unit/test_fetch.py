"""One fetch: what it asks of a store, how long it may take, and what it tells."""

from __future__ import annotations

import os
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import Event, Secret, Settings, TokenSource
from talend_oauth._lifecycle import fetch
from talend_oauth._lifecycle.fetch import system_random
from talend_oauth._stores.record import StoredToken
from talend_oauth.errors import TalendOAuthError

from ..clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from talend_oauth import AccessToken

SECRET = "a-secret"
SETTINGS = Settings(client_id="an-id", client_secret=SECRET, region="eu")


class Endpoint:
    """Responds with what it was told to, last the same again, each after some seconds."""

    def __init__(self, clock: FakeClock, *statuses: int, seconds: float = 0.0) -> None:
        self.clock, self.statuses, self.seconds = clock, [*statuses], seconds
        self.value = "a-token"
        self.read_timeouts: list[float] = []
        self.threads: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.read_timeouts.append(request.extensions["timeout"]["read"])
        self.threads.add(threading.current_thread().name)
        self.clock.advance(self.seconds)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return httpx.Response(status, json={"access_token": self.value, "token_type": "Bearer"})


class Store:
    """Holds one record, and notes what it is asked."""

    def __init__(self) -> None:
        self.record: str | None = None
        self.saved: list[float] = []
        self.waits: list[float] = []

    def load(self, key: str) -> str | None:
        del key
        return self.record

    def save(self, key: str, record: str, seconds: float) -> None:
        del key
        self.record = record
        self.saved.append(seconds)

    def lock(self, key: str, seconds: float) -> AbstractContextManager[Any]:
        del key
        self.waits.append(seconds)
        return nullcontext()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def source(clock: FakeClock, told: list[Event]) -> Callable[..., TokenSource]:
    """Make a source that asks an endpoint in virtual time; half of each chance is taken."""

    def source(endpoint: Endpoint, store: Store | None = None, before: float = 0.0) -> TokenSource:
        def secret() -> str:
            clock.advance(before)
            return SECRET

        return TokenSource(
            client_id="an-id",
            client_secret=secret,
            region="eu",
            store=store,
            on_event=told.append,
            _clock=clock,
            _random=lambda: 0.5,
            _transport=httpx.MockTransport(endpoint),
        )

    return source


def refreshed(source: TokenSource) -> None:
    """Wait for the refresh in the background that a call starts."""
    source.token()
    pending = source._cached.state.pending
    if pending is not None:
        pending.wait(30.0)


def events(told: list[Event]) -> list[tuple[str, dict[str, float | str]]]:
    return [(event.name, dict(event.fields)) for event in told]


def test_a_first_token_and_a_refreshed_one_are_told(
    source: Callable[..., TokenSource], clock: FakeClock, told: list[Event]
) -> None:
    endpoint = Endpoint(clock, 200, seconds=2.0)
    made = source(endpoint)
    made.token()
    endpoint.value = "another"
    clock.advance(1300.0)
    refreshed(made)

    assert events(told) == [
        ("fetched", {"lifetime": 1800.0, "seconds": pytest.approx(2.0), "tries": 1}),
        ("refreshed", {"lifetime": 1800.0, "seconds": pytest.approx(2.0), "tries": 1}),
    ]
    assert endpoint.threads == {"talend-oauth fetch"}


def test_tries_that_fail_are_told_and_then_the_failure(
    source: Callable[..., TokenSource], clock: FakeClock, told: list[Event]
) -> None:
    with pytest.raises(TalendOAuthError, match=r"Tried 3 times in 3\.8 s"):
        source(Endpoint(clock, 503, seconds=1.0), before=2.0).token()

    assert events(told) == [
        ("retrying", {"seconds": 0.25, "tries": 1, "error": "ServerError"}),
        ("retrying", {"seconds": 0.5, "tries": 2, "error": "ServerError"}),
        ("failed", {"error": "ServerError", "seconds": pytest.approx(5.75)}),
    ]


def test_a_token_after_a_retry_is_told_with_its_tries(
    source: Callable[..., TokenSource], clock: FakeClock, told: list[Event]
) -> None:
    source(Endpoint(clock, 503, 200, seconds=1.0)).token()

    assert events(told)[1:] == [
        ("fetched", {"lifetime": 1800.0, "seconds": pytest.approx(2.25), "tries": 2})
    ]


def test_a_refusal_is_told_with_its_status(
    source: Callable[..., TokenSource], clock: FakeClock, told: list[Event]
) -> None:
    with pytest.raises(TalendOAuthError):
        source(Endpoint(clock, 401)).token()

    error = "InvalidCredentialsError"
    assert events(told) == [
        ("refused", {"status": 401, "error": error}),
        ("failed", {"error": error, "seconds": 0.0}),
    ]


def test_a_failed_refresh_is_told_with_what_is_left_of_the_token(
    source: Callable[..., TokenSource], clock: FakeClock, told: list[Event]
) -> None:
    made = source(Endpoint(clock, 200, 400, seconds=1.0))
    made.token()
    told.clear()
    clock.advance(1300.0)
    refreshed(made)

    assert events(told) == [
        ("refused", {"status": 400, "error": "BadRequestError"}),
        ("stale", {"left": pytest.approx(498.0), "error": "BadRequestError", "seconds": 1.0}),
    ]


def test_a_stored_token_is_told_with_what_is_left_of_it(
    source: Callable[..., TokenSource], clock: FakeClock, told: list[Event]
) -> None:
    store = Store()
    source(Endpoint(clock, 200, seconds=2.0), store).token()
    assert store.saved == [pytest.approx(1798.0)]
    told.clear()
    clock.advance(100.0)
    endpoint = Endpoint(clock, 500)
    source(endpoint, store).token()

    assert events(told) == [("loaded", {"left": pytest.approx(1698.0)})]
    assert endpoint.read_timeouts == []


@pytest.mark.parametrize(("before", "wait"), [(0.0, 7.5), (4.0, 6.0)])
def test_a_quarter_of_the_time_is_left_for_the_request_however_long_the_lock_is_held(
    source: Callable[..., TokenSource], clock: FakeClock, before: float, wait: float
) -> None:
    store = Store()
    source(Endpoint(clock, 200), store, before).token()

    # Of what is left of 20 s, three quarters, in two turns.
    assert store.waits == [pytest.approx(wait)]


@pytest.mark.parametrize(
    ("before", "timeout"), [(0.0, 10.0), (15.0, 5.0), (19.99, 0.05), (25.0, 0.05)]
)
def test_a_request_gets_the_time_that_is_left_and_always_a_little(
    source: Callable[..., TokenSource], clock: FakeClock, before: float, timeout: float
) -> None:
    endpoint = Endpoint(clock, 200)
    source(endpoint, before=before).token()

    assert endpoint.read_timeouts == [pytest.approx(timeout)]


@pytest.mark.parametrize(("before", "tries"), [(19.0, 3), (19.6, 2), (19.71, 1), (19.9, 1)])
def test_another_try_is_begun_only_if_there_is_time_for_it(
    source: Callable[..., TokenSource], clock: FakeClock, before: float, tries: int
) -> None:
    endpoint = Endpoint(clock, 503)
    with pytest.raises(TalendOAuthError):
        source(endpoint, before=before).token()

    assert len(endpoint.read_timeouts) == tries


def stored(clock: FakeClock, value: str, lifetime: float) -> Store:
    """Return a store with a token that another process has saved now."""
    from talend_oauth import AccessToken
    from talend_oauth._clock import now

    store = Store()
    token = AccessToken(value, expires_in=lifetime, requested=now(clock))
    StoredToken(store, SETTINGS, Secret(SECRET)).save(token, lifetime)
    return store


def test_a_stored_token_is_taken_only_if_it_is_another_and_expires_later(
    source: Callable[..., TokenSource], clock: FakeClock
) -> None:
    endpoint, store = Endpoint(clock, 200), Store()
    made = source(endpoint, store)
    first = made.token()
    clock.advance(1300.0)
    store.record = stored(clock, "same end", 500.0).record
    endpoint.value = "second"
    refreshed(made)
    assert made.token().value == "second"
    clock.advance(1300.0)
    store.record = stored(clock, "later end", 600.0).record
    refreshed(made)
    assert made.token().value == "later end"
    assert first.value == "a-token"


def test_a_stored_token_that_was_rejected_is_not_taken(
    source: Callable[..., TokenSource], clock: FakeClock
) -> None:
    endpoint, store = Endpoint(clock, 200), Store()
    made = source(endpoint, store)
    rejected: AccessToken = made.token()
    made.discard(rejected)
    endpoint.value = "second"

    assert made.token().value == "second"
    assert len(endpoint.read_timeouts) == 2


def test_a_debugger_or_coverage_of_threads_sees_a_fetch(
    source: Callable[..., TokenSource], clock: FakeClock
) -> None:
    seen: set[str] = set()
    before = threading.gettrace()
    threading.settrace(lambda frame, *_: seen.add(frame.f_code.co_name))
    try:
        source(Endpoint(clock, 200)).token()
    finally:
        threading.settrace(before)  # type: ignore[arg-type]

    assert "run" in seen


def test_who_is_interrupted_is_told_to_call_again() -> None:
    error = fetch._error_for(KeyboardInterrupt())

    assert (error.message, error.hint) == (
        "The token fetch was interrupted (KeyboardInterrupt).",
        "Call again.",
    )


def test_the_random_numbers_of_the_system_are_from_0_to_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({system_random() for _ in range(9)}) > 1
    monkeypatch.setattr(os, "urandom", lambda count: b"\xff" * count)
    assert 0.999 < system_random() < 1.0
    monkeypatch.setattr(os, "urandom", lambda count: b"\x00" * count)
    assert system_random() == 0.0
