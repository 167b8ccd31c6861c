"""Sources that come and go, `refresh`, and arguments that are odd or in the wrong place."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import talend_oauth
from talend_oauth import AccessToken, Event, FileStore, TokenSource
from talend_oauth._clock import Instant, now
from talend_oauth._lifecycle.cached_token import CachedToken
from talend_oauth._lifecycle.registry import KEPT, Registry
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth.errors import (
    ConfigurationError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TalendOAuthError,
    UnavailableError,
)

from ..clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth import Settings
    from talend_oauth.sandbox import Sandbox

PATIENCE = 30.0


@pytest.mark.usefixtures("_own_garbage")
def test_fifty_short_lived_sources_make_one_request(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    values = set()
    for _ in range(50):
        values.add(TokenSource(settings()).token().value)
        gc.collect()

    assert len(values) == 1
    assert sandbox.token_requests == 1


def test_fifty_short_lived_clients_make_one_token_request(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    for _ in range(50):
        with talend_oauth.client(settings()) as talend:
            assert talend.get("/account/me").status_code == 200

    assert sandbox.token_requests == 1


def test_a_crowd_of_sources_made_at_once_makes_one_request(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    barrier = threading.Barrier(32)
    tokens: list[AccessToken] = []

    def ask() -> None:
        barrier.wait(PATIENCE)
        tokens.append(TokenSource(settings()).token())

    threads = [threading.Thread(target=ask) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert len(tokens) == 32
    assert sandbox.token_requests == 1


def token(number: int, lifetime: float = 1800.0) -> AccessToken:
    return AccessToken(f"token-{number}", expires_in=lifetime, requested=Instant(0.0, 0.0))


def test_what_is_kept_is_bounded_and_the_oldest_goes_first() -> None:
    registry = Registry()
    references = []
    for number in range(KEPT + 10):
        cached = registry.cached(number)
        cached.accept(token(number), Instant(1.0, 1.0), 0.0)
        registry.keep(cached, Instant(1.0, 1.0))
        references.append(id(cached))
        del cached
    gc.collect()

    assert len(registry._by_key) == KEPT
    assert set(registry._by_key) == set(range(10, KEPT + 10))


def test_a_token_that_is_used_again_is_not_the_oldest() -> None:
    registry = Registry()
    for number in range(KEPT):
        cached = registry.cached(number)
        cached.accept(token(number), Instant(1.0, 1.0), 0.0)
        registry.keep(cached, Instant(1.0, 1.0))
    registry.keep(registry.cached(0), Instant(1.0, 1.0))
    one_more = registry.cached("one more")
    one_more.accept(token(999), Instant(1.0, 1.0), 0.0)
    registry.keep(one_more, Instant(1.0, 1.0))
    del cached
    gc.collect()

    assert 0 in registry._by_key
    assert 1 not in registry._by_key


def test_an_expired_token_is_forgotten_when_another_is_kept() -> None:
    registry = Registry()
    for number, lifetime in ((1, 10.0), (2, 1800.0)):
        cached = registry.cached(number)
        cached.accept(token(number, lifetime), Instant(1.0, 1.0), 0.0)
        registry.keep(cached, Instant(1.0, 1.0))
    registry.keep(cached, Instant(11.0, 11.0))
    gc.collect()

    assert list(registry._by_key) == [2]


def test_a_dead_entry_that_was_left_behind_is_replaced() -> None:
    registry = Registry()
    first = registry.cached("key")
    left_behind = registry._by_key["key"]
    del first
    registry._by_key["key"] = left_behind
    second = registry.cached("key")

    assert isinstance(second, CachedToken)
    assert registry.cached("key") is second


def test_refresh_returns_a_new_token_although_the_current_one_is_valid(
    sandbox: Sandbox, source: TokenSource
) -> None:
    old = source.token()
    new = source.refresh()

    assert new.value != old.value
    assert source.token() is new
    assert sandbox.token_requests == 2


def test_refresh_passes_by_the_store_and_saves_the_new_token_there(
    sandbox: Sandbox, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    first = TokenSource(settings(), store=FileStore(tmp_path), _clock=FakeClock())
    first.token()
    new = first.refresh()
    second = TokenSource(settings(), store=FileStore(tmp_path), _clock=FakeClock())

    assert second.token().value == new.value
    assert sandbox.token_requests == 2


def test_a_refresh_that_fails_leaves_the_current_token_in_use(
    sandbox: Sandbox, source: TokenSource
) -> None:
    old = source.token()
    sandbox.fail(503, times=3)
    with pytest.raises(ServerError):
        source.refresh()

    assert source.token() is old


def test_refresh_after_a_grant_is_not_held_up_by_the_refusal_before_it(
    sandbox: Sandbox, source: TokenSource
) -> None:
    sandbox.fail(403)
    with pytest.raises(PermissionDeniedError):
        source.token()

    assert source.refresh()
    assert sandbox.token_requests == 2


def test_refresh_obeys_a_rate_limit(sandbox: Sandbox, source: TokenSource) -> None:
    sandbox.fail(429, headers={"retry-after": "100"}, times=None)
    for _ in range(2):
        with pytest.raises(RateLimitedError):
            source.refresh()

    assert sandbox.token_requests == 1


def test_refresh_waits_for_the_fetch_under_way_and_then_makes_its_own(
    sandbox: Sandbox, source: TokenSource, all_wait: Callable[[int], None]
) -> None:
    sandbox.hold()
    first: list[AccessToken] = []
    new: list[AccessToken] = []
    threads = [
        threading.Thread(target=lambda: first.append(source.token())),
        threading.Thread(target=lambda: new.append(source.refresh())),
    ]
    threads[0].start()
    sandbox.wait_for_requests(1)
    threads[1].start()
    all_wait(2)
    sandbox.release()
    for thread in threads:
        thread.join(PATIENCE)

    assert sandbox.token_requests == 2
    assert new[0].value != first[0].value
    assert source.token() is new[0]


@pytest.mark.parametrize(("status", "requests"), [(200, 2), (403, 2), (503, 4)])
def test_callers_of_refresh_who_wait_together_share_one_fetch(
    status: int,
    requests: int,
    sandbox: Sandbox,
    source: TokenSource,
    clock: FakeClock,
    all_wait: Callable[[int], None],
) -> None:
    outcomes: list[object] = []

    def refresh() -> None:
        clock.advance(0.1)  # each at a moment of its own
        try:
            outcomes.append(source.refresh())
        except TalendOAuthError as error:
            outcomes.append(type(error))

    sandbox.hold()
    threads = [threading.Thread(target=refresh) for _ in range(10)]
    first = threading.Thread(target=source.token)
    first.start()
    sandbox.wait_for_requests(1)
    for thread in threads:
        thread.start()
    all_wait(11)
    if status != 200:
        sandbox.fail(status, times=None)
    sandbox.release()
    sandbox.hold()
    all_wait(10)  # for the next one; a thread that woke after it would make one more
    sandbox.release()
    for thread in [first, *threads]:
        thread.join(PATIENCE)

    assert len(outcomes) == 10
    assert len(set(outcomes)) == 1
    # The fetch that was under way, and one of all who came during it.
    assert sandbox.token_requests == requests


def test_a_caller_of_refresh_who_wakes_late_shares_the_fetch_of_the_others(
    sandbox: Sandbox,
    source: TokenSource,
    clock: FakeClock,
    all_wait: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wait, awake, ended = PendingFetch.wait, threading.Event(), threading.Event()

    def wake_late(self: PendingFetch, seconds: float) -> object:
        outcome = wait(self, seconds)
        if threading.current_thread() is late and not awake.is_set():
            awake.set()
            assert ended.wait(PATIENCE)
        return outcome

    monkeypatch.setattr(PendingFetch, "wait", wake_late)
    tokens: list[AccessToken] = []
    sandbox.hold()
    first = threading.Thread(target=source.token)
    late, other = (
        threading.Thread(target=lambda: tokens.append(source.refresh())) for _ in range(2)
    )
    first.start()
    sandbox.wait_for_requests(1)
    late.start()
    other.start()
    all_wait(3)
    clock.advance(0.1)
    sandbox.release()
    assert awake.wait(PATIENCE)
    other.join(PATIENCE)
    ended.set()
    for thread in (first, late):
        thread.join(PATIENCE)

    assert len(tokens) == 2
    assert tokens[0] is tokens[1]
    assert sandbox.token_requests == 2


def test_a_refresh_is_not_satisfied_by_one_that_began_before_it(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock, all_wait: Callable[[int], None]
) -> None:
    sandbox.hold()
    tokens: list[AccessToken] = []
    threads = [threading.Thread(target=lambda: tokens.append(source.refresh())) for _ in range(2)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        all_wait(1)
        sandbox.wait_for_requests(1)
        assert len(tokens) < number
        clock.advance(0.1)
    sandbox.release()
    for thread in threads:
        thread.join(PATIENCE)

    assert sandbox.token_requests == 2
    assert len({token.value for token in tokens}) == 2


@pytest.mark.parametrize("how", ["the clock is set back", "the new one is valid for less"])
def test_refresh_returns_the_new_token_although_the_old_one_seems_to_last_longer(
    how: str, sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    old = source.token()
    clock.advance(100)
    if how == "the clock is set back":
        clock.set_wall(-3600)
    else:
        sandbox.settings.token_lifetime = 600
    new = source.refresh()

    assert new.value != old.value
    assert source.token() is new
    assert sandbox.token_requests == 2


def test_refresh_never_returns_a_token_that_expired_on_the_way_to_its_caller(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    def suspend(event: Event) -> None:
        if sandbox.token_requests == 1:
            clock.suspend(4000)

    source = TokenSource(settings(), on_event=suspend, _clock=clock)
    token = source.refresh()

    assert token.age(now(clock)) < token.expires_in
    assert sandbox.token_requests == 2


def test_a_clock_that_is_set_during_the_first_request_costs_a_request_and_no_error(
    settings: Callable[..., Settings],
) -> None:
    clock = FakeClock()
    requests: list[httpx.Request] = []

    def issue(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if len(requests) == 1:
            clock.set_wall(3 * 3600)  # as by NTP at boot
        body = {"access_token": f"token-{len(requests)}", "token_type": "Bearer"}
        return httpx.Response(200, json={**body, "expires_in": 1800})

    source = TokenSource(settings(), _clock=clock, _transport=httpx.MockTransport(issue))

    assert source.token().value == "token-2"
    assert source.token().value == "token-2"
    assert len(requests) == 2


def test_a_clock_that_is_set_during_every_try_ends_in_an_error(
    settings: Callable[..., Settings],
) -> None:
    clock = FakeClock()
    requests: list[httpx.Request] = []

    def issue(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        clock.set_wall(3 * 3600)
        return httpx.Response(200, json={"access_token": "a-token", "token_type": "Bearer"})

    source = TokenSource(settings(), _clock=clock, _transport=httpx.MockTransport(issue))
    with pytest.raises(UnavailableError, match="the clock was set"):
        source.token()

    assert len(requests) == 3


@dataclasses.dataclass
class EqualClock:
    """Cannot be hashed, as every dataclass with `eq`."""

    name: str = "a clock"

    def wall(self) -> float:
        return 1_700_000_000.0

    def monotonic(self) -> float:
        return 1000.0

    def sleep(self, seconds: float, /) -> None: ...


class UnhashableTransport(httpx.MockTransport):
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


def test_odd_objects_for_tests_are_taken(settings: Callable[..., Settings]) -> None:
    statuses = iter([503, 200])

    def issue(_: httpx.Request) -> httpx.Response:
        body = {"access_token": "a-token", "token_type": "Bearer"}
        return httpx.Response(next(statuses), json=body)

    source = TokenSource(
        settings(),
        _clock=EqualClock(),
        _transport=UnhashableTransport(issue),
    )

    assert source.token().value == "a-token"


def test_sources_with_different_clocks_or_transports_do_not_share(
    settings: Callable[..., Settings],
) -> None:
    def issuing(value: str) -> httpx.MockTransport:
        body = {"access_token": value, "token_type": "Bearer"}
        return httpx.MockTransport(lambda _: httpx.Response(200, json=body))

    clock = FakeClock()
    one = TokenSource(settings(), _clock=clock, _transport=issuing("one"))
    two = TokenSource(settings(), _clock=clock, _transport=issuing("two"))

    assert (one.token().value, two.token().value) == ("one", "two")


CANARY = "canary-of-a-secret"


def _everything_in(error: BaseException) -> str:
    """Return the traceback with the locals of this library's frames."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = [str(error), repr(error)]
    package = str(Path(talend_oauth.__file__).parent)
    frames = [frame for frame in told.stack if frame.filename.startswith(package)]
    assert frames
    text += [str(frame.locals) for frame in frames]
    return "\n".join(text)


@pytest.mark.parametrize("wrong", [CANARY, CANARY.encode(), [CANARY], {"secret": CANARY}])
def test_a_first_argument_that_is_not_settings_is_refused_and_not_shown(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="not Settings") as caught:
        TokenSource(wrong)

    assert CANARY not in _everything_in(caught.value)


@pytest.mark.parametrize("wrong", [CANARY, CANARY.encode(), None])
def test_what_is_discarded_has_to_be_an_access_token_and_is_not_shown(
    wrong: Any, source: TokenSource
) -> None:
    with pytest.raises(ConfigurationError, match="takes an AccessToken") as caught:
        source.discard(wrong)

    assert CANARY not in _everything_in(caught.value)


class Named(TokenSource):
    """A subclass with attributes of its own."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(**options)
        self.name = name


def test_a_subclass_pickles_with_its_class_and_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_CLIENT_SECRET", "a-secret")
    named = Named("of mine", client_id="an-id", region="eu")
    again = pickle.loads(pickle.dumps(named))

    assert type(again) is Named
    assert again.name == "of mine"
    assert again._cached is named._cached
