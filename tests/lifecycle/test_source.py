"""`TokenSource` at exact moments: of an expiry, of a deadline, of a race that is lost."""

from __future__ import annotations

import asyncio
import pickle
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import AccessToken, Event, Settings, TokenSource
from talend_oauth._clock import Instant, now
from talend_oauth._lifecycle.cached_token import CachedToken, State
from talend_oauth._lifecycle.fetch import system_random
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth._lifecycle.source import internals
from talend_oauth.errors import ConfigurationError, InvalidCredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth.sandbox import Sandbox

    from ..clocks import FakeClock

in_thread: Any = pytest.param(lambda source: source.token(), id="token")
in_task: Any = pytest.param(lambda source: asyncio.run(source.token_async()), id="token_async")
anew: Any = pytest.param(lambda source: source.refresh(), id="refresh")


@pytest.mark.parametrize("call", [in_thread, in_task])
def test_a_token_is_not_returned_at_the_moment_of_its_expiry(
    call: Callable[[TokenSource], AccessToken], source: TokenSource, clock: FakeClock
) -> None:
    moment = Instant(clock.wall(), clock.monotonic())
    old = AccessToken("the-old-one", expires_in=64.0, requested=moment)
    cached = source._cached
    # The pause makes that one be served up to its end.
    assert cached.replace(
        cached.state, State().evolve(token=old, paused_until=clock.monotonic() + 99)
    )
    clock.advance(64 - 1 / 128)
    assert call(source) is old
    assert cached.state.fresh_until == clock.monotonic() + 1 / 128
    clock.advance(1 / 128)

    assert call(source) is not old


@pytest.mark.parametrize("call", [in_thread, in_task, anew])
def test_no_token_is_returned_that_expired_on_the_way_to_its_caller(
    call: Callable[[TokenSource], AccessToken],
    settings: Callable[..., Settings],
    clock: FakeClock,
    sandbox: Sandbox,
) -> None:
    sandbox.settings.token_lifetime = 8
    fetched: list[Event] = []

    def listen(event: Event) -> None:
        fetched.append(event)
        if len(fetched) == 1:
            clock.advance(float(event.fields["lifetime"]))

    source = TokenSource(settings(), on_event=listen, _clock=clock)

    assert call(source).age(now(clock)) == 0
    assert sandbox.token_requests == 2


@pytest.mark.parametrize("call", [in_thread, in_task, anew])
def test_nobody_waits_for_longer_than_the_deadline(
    call: Callable[[TokenSource], AccessToken],
    source: TokenSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    wait, wait_async = PendingFetch.wait, PendingFetch.wait_async

    def note(self: PendingFetch, seconds: float) -> Any:
        waits.append(seconds)
        return wait(self, seconds)

    async def note_async(self: PendingFetch, seconds: float) -> Any:
        waits.append(seconds)
        return await wait_async(self, seconds)

    monkeypatch.setattr(PendingFetch, "wait", note)
    monkeypatch.setattr(PendingFetch, "wait_async", note_async)
    call(source)

    assert waits == [20.0]


@pytest.mark.parametrize("call", [in_thread, in_task, anew])
def test_a_fetch_is_waited_for_up_to_its_deadline_and_then_replaced(
    call: Callable[[TokenSource], AccessToken], source: TokenSource, clock: FakeClock
) -> None:
    stuck = PendingFetch(clock.monotonic(), forced=True)
    threading.Thread(target=stuck.claim).start()
    stuck.started = True
    cached = source._cached
    assert cached.replace(cached.state, cached.state.evolve(pending=stuck))

    assert call(source).expires_in == 1800


@pytest.mark.parametrize("call", [in_thread, in_task, anew])
def test_a_fetch_of_the_parent_process_is_replaced(
    call: Callable[[TokenSource], AccessToken], source: TokenSource, clock: FakeClock
) -> None:
    parents = PendingFetch(clock.monotonic() + 20.0, forced=True)
    parents.started = True
    parents._process -= 1
    cached = source._cached
    assert cached.replace(cached.state, cached.state.evolve(pending=parents))

    assert call(source).expires_in == 1800


def test_a_refresh_that_loses_a_race_is_still_known_to_others(
    settings: Callable[..., Settings], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[bool] = []

    def listen(event: Event) -> None:
        known.append(source._cached.state.pending is not None)

    source = TokenSource(settings(), on_event=listen, _clock=clock)
    replace = CachedToken.replace

    def lose(self: CachedToken, seen: State, new: State) -> bool:
        monkeypatch.setattr(CachedToken, "replace", replace)
        assert replace(self, seen, seen.evolve())
        return replace(self, seen, new)

    monkeypatch.setattr(CachedToken, "replace", lose)
    source.refresh()

    assert known == [True]


def test_a_refresh_runs_in_its_caller_where_no_thread_can_be_had(
    source: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_new_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("_thread.start_new_thread", start_new_thread)

    assert source.refresh().expires_in == 1800


def test_what_only_this_process_can_use_is_not_pickled(sandbox: Sandbox) -> None:
    path = Path("a", "secret").absolute()
    options: Any = {"client_id": "an-id", "api_url": sandbox.url, "client_secret_file": path}
    source = TokenSource(**options, _random=lambda: 0.5, _transport=httpx.MockTransport(print))
    context, _ = internals(pickle.loads(pickle.dumps(source)))

    assert context.random is system_random
    assert context.transport is None


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (
            lambda source: TokenSource("a-secret"),
            "The first argument is a str, not Settings.",
            "Give each setting by its name, such as client_secret=... or region=...",
        ),
        (
            lambda source: TokenSource(store={}),
            "store is a dict, not a store with the methods load, save and lock.",
            "Give each setting by its name, such as client_secret=... or region=...",
        ),
        (
            lambda source: TokenSource(internals(source)[0].settings, region="eu"),
            "Settings and region are both given.",
            "Put them into the Settings.",
        ),
        (
            lambda source: source.discard("a-token"),
            "discard() takes an AccessToken, not a str.",
            "Give what token() returned.",
        ),
    ],
)
def test_what_cannot_be_an_argument_is_refused_with_what_to_do(
    make: Callable[[Any], object], message: str, hint: str, source: TokenSource
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(source)

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_refresh_is_not_ended_by_the_failure_of_a_fetch_that_began_before_it(
    sandbox: Sandbox, source: TokenSource, all_wait: Callable[[int], None]
) -> None:
    def ask() -> None:
        with pytest.raises(InvalidCredentialsError):
            source.token()

    tokens: list[AccessToken] = []
    sandbox.fail(401, times=1)
    sandbox.hold()
    first = threading.Thread(target=ask)
    second = threading.Thread(target=lambda: tokens.append(source.refresh()))
    first.start()
    sandbox.wait_for_requests(1)
    second.start()
    all_wait(2)
    sandbox.release()
    for thread in (first, second):
        thread.join(30)

    assert len(tokens) == 1
    assert sandbox.token_requests == 2
