"""Refresh, failures, `Retry-After` and changed secrets, one caller at a time."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import AccessToken, Event, Secret, TokenSource
from talend_oauth._clock import Instant, now
from talend_oauth._lifecycle.cached_token import CachedToken, State
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth._lifecycle.source import internals
from talend_oauth._policy import LONGEST_PAUSE
from talend_oauth.errors import (
    BadRequestError,
    ConfigurationError,
    InvalidCredentialsError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TalendOAuthError,
    UnexpectedResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from talend_oauth import Settings
    from talend_oauth.sandbox import Sandbox

    from ..clocks import FakeClock

PATIENCE = 30.0


def settled(source: TokenSource) -> None:
    """Wait for the refresh that is under way, if there is one."""
    pending = source._cached.state.pending
    if pending is not None:
        pending.wait(PATIENCE)


def test_a_cached_token_costs_one_look_at_the_clock(source: TokenSource, clock: FakeClock) -> None:
    looks: list[float] = []
    monotonic = clock.monotonic

    def look() -> float:
        looks.append(monotonic())
        return looks[-1]

    for _ in range(3):  # fetched, decided upon, and looked at by both clocks
        source.token()
    source._monotonic = look
    for _ in range(100):
        source.token()

    assert len(looks) == 100


def test_the_old_token_is_served_through_an_outage_to_its_end_and_not_beyond(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    old = source.token()
    sandbox.fail(503, times=None)
    clock.advance(1200)
    while old.age(now(clock)) < 1799:
        assert source.token() is old
        settled(source)
        clock.advance(7)
    clock.advance(1800 - old.age(now(clock)))

    with pytest.raises(ServerError):
        source.token()
    assert isinstance(source.last_error, ServerError)


@pytest.mark.parametrize("how", ["suspended", "set forward", "set back by an hour"])
def test_a_token_that_ended_by_either_clock_is_not_served(
    how: str, sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    old = source.token()
    for _ in range(3):
        assert source.token() is old  # the last of them at one look at the clock
    if how == "suspended":
        clock.suspend(1800)
    elif how == "set forward":
        clock.set_wall(1800)
        clock.advance(0.021)  # both clocks are compared every 20 ms
    else:
        clock.set_wall(-3600)
        clock.advance(1800)

    assert source.token() is not old
    assert sandbox.token_requests == 2


def test_a_pause_beyond_the_end_of_the_token_does_not_make_it_live_longer(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    old = source.token()
    sandbox.fail(503, headers={"retry-after": "3000"}, times=None)
    clock.advance(1750)
    for _ in range(3):
        assert source.token() is old
    clock.advance(50)

    with pytest.raises(ServerError):
        source.token()


def test_a_failed_refresh_is_not_repeated_at_every_call(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    old = source.token()
    sandbox.fail(503, times=None)
    clock.advance(1300)
    for _ in range(50):
        assert source.token() is old
        settled(source)
        clock.advance(0.5)

    assert sandbox.token_requests == 1 + 1  # one try in 25 s: there is time


@pytest.mark.parametrize(("age", "tries"), [(1300, 1), (1739, 1), (1741, 3), (1801, 3)])
def test_a_refresh_is_tried_once_while_nobody_waits_for_it(
    age: float, tries: int, sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    source.token()
    sandbox.fail(503, times=None)
    clock.advance(age)
    with suppress(ServerError):
        source.token()
    settled(source)

    assert sandbox.token_requests == 1 + tries


def test_a_refresh_that_was_asked_for_is_tried_again_at_once(
    sandbox: Sandbox, source: TokenSource
) -> None:
    old = source.token()
    sandbox.fail(503, times=2)

    assert source.refresh() is not old
    assert sandbox.token_requests == 1 + 3


def test_a_server_that_repeats_its_token_is_not_asked_in_a_loop(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    sandbox.settings.same_token = True
    old = source.token()
    clock.advance(1201)
    for _ in range(100):
        assert source.token() is old
        settled(source)
        clock.advance(5)

    # At 1201 s, and each time when half of what was left then has passed.
    assert sandbox.token_requests <= 1 + 5
    assert old.age(now(clock)) == pytest.approx(1701)


@pytest.mark.parametrize(("status", "kind"), [
    (400, BadRequestError), (401, InvalidCredentialsError), (403, PermissionDeniedError),
])  # fmt: skip
def test_a_refusal_is_remembered_for_thirty_seconds(
    status: int,
    kind: type[TalendOAuthError],
    sandbox: Sandbox,
    source: TokenSource,
    clock: FakeClock,
) -> None:
    sandbox.fail(status)
    for _ in range(10):
        with pytest.raises(kind):
            source.token()
        clock.advance(2.9)
    assert sandbox.token_requests == 1
    clock.advance(1.1)

    assert source.token()
    assert source.last_error is None
    assert sandbox.token_requests == 2


class Rotation:
    """A secret that changes, at a place of one kind."""

    def __init__(self, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kind = kind
        self.file = folder / "secret"
        self.monkeypatch = monkeypatch
        self.text = ""

    def set(self, text: str) -> None:
        self.text = text
        self.file.write_text(text)
        self.file.chmod(0o600)
        self.monkeypatch.setenv("TALEND_CLIENT_SECRET", text)

    def options(self) -> dict[str, Any]:
        if self.kind == "variable":
            return {"client_secret": None}
        self.monkeypatch.delenv("TALEND_CLIENT_SECRET")
        if self.kind == "file":
            return {"client_secret": None, "client_secret_file": self.file}
        return {"client_secret": lambda: self.text}


@pytest.fixture(params=["variable", "file", "function"])
def rotation(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Rotation:
    return Rotation(request.param, tmp_path, monkeypatch)


def test_a_changed_secret_clears_a_remembered_refusal_at_once(
    rotation: Rotation,
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    clock: FakeClock,
) -> None:
    rotation.set("wrong")
    source = TokenSource(settings(**rotation.options()), _clock=clock)
    for _ in range(3):
        with pytest.raises(InvalidCredentialsError):
            source.token()
    assert sandbox.token_requests == 1

    rotation.set(sandbox.client_secret)

    assert source.token()
    assert sandbox.token_requests == 2


def test_a_secret_is_read_once_for_each_fetch(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    reads: list[str] = []

    def secret() -> str:
        reads.append("read")
        return sandbox.client_secret

    source = TokenSource(settings(client_secret=secret), _clock=clock, _random=lambda: 0.0)
    source.token()
    assert len(reads) == 1
    sandbox.fail(503, times=2)
    clock.advance(1800)
    source.token()
    assert (len(reads), sandbox.token_requests) == (2, 4)


def test_a_secret_that_changed_during_the_request_is_used_by_the_next_call(
    rotation: Rotation, sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    rotation.set("wrong")
    source = TokenSource(settings(**rotation.options()), _clock=clock)
    with pytest.raises(InvalidCredentialsError):
        source.token()
    rotation.set(sandbox.client_secret)

    assert source.token()
    assert sandbox.token_requests == 2


def test_a_refresh_uses_the_secret_of_that_moment(
    rotation: Rotation, sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    rotation.set(sandbox.client_secret)
    source = TokenSource(settings(**rotation.options()), _clock=clock)
    source.token()
    rotation.set("wrong")
    clock.advance(1800)

    with pytest.raises(InvalidCredentialsError):
        source.token()


def test_a_secret_that_cannot_be_read_any_more_costs_nothing_while_the_token_lives(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(sandbox.client_secret)
    file.chmod(0o600)
    source = TokenSource(
        settings(client_secret=None, client_secret_file=file), _clock=clock, _random=lambda: 0.0
    )
    old = source.token()
    file.unlink()
    clock.advance(1750)

    assert source.token() is old
    clock.advance(50)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        source.token()
    assert sandbox.token_requests == 1


def test_a_secret_that_breaks_between_two_tries_leaves_the_refusal(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    texts = ["wrong"]
    source = TokenSource(settings(client_secret=lambda: texts.pop()), _clock=clock)

    with pytest.raises(InvalidCredentialsError):
        source.token()
    assert sandbox.token_requests == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_obeyed_within_the_deadline(
    status: int, as_date: bool, sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    # A date is compared with the response's own, whatever this machine's clock says.
    value = formatdate(time.time() + 7, usegmt=True) if as_date else "7"
    sandbox.fail(status, headers={"retry-after": value})

    assert source.token()
    assert clock.naps == [pytest.approx(7.0, abs=2.0 if as_date else 0.0)]
    assert sandbox.token_requests == 2


def test_a_retry_after_beyond_the_deadline_is_told_at_once_and_obeyed_by_later_calls(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    sandbox.fail(429, headers={"retry-after": "100"})
    for _ in range(10):
        with pytest.raises(RateLimitedError):
            source.token()
        clock.advance(9.9)
    assert (clock.naps, sandbox.token_requests) == ([], 1)
    clock.advance(1.1)

    assert source.token()
    assert sandbox.token_requests == 2


def test_a_changed_secret_does_not_clear_a_rate_limit(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    texts = iter(["one", "two"])
    source = TokenSource(settings(client_secret=lambda: next(texts)), _clock=clock)
    sandbox.fail(429, headers={"retry-after": "100"}, times=None)
    for _ in range(2):
        with pytest.raises(RateLimitedError):
            source.token()

    assert sandbox.token_requests == 1


def test_a_retry_after_of_days_holds_for_an_hour(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    sandbox.fail(503, headers={"retry-after": "999999999"})
    with pytest.raises(ServerError):
        source.token()
    clock.advance(LONGEST_PAUSE - 1)
    with pytest.raises(ServerError):
        source.token()
    clock.advance(1)

    assert source.token()


def test_three_tries_and_then_the_error(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    sandbox.fail(500, times=2)
    assert source.token()
    assert sandbox.token_requests == 3
    clock.advance(1800)
    sandbox.fail(500, times=3)
    with pytest.raises(ServerError):
        source.token()

    assert sandbox.token_requests == 6


def test_a_token_that_had_ended_when_it_came_is_not_served(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock, all_wait: Callable[[int], None]
) -> None:
    sandbox.settings.token_lifetime = 1
    errors: list[TalendOAuthError] = []

    def ask() -> None:
        try:
            source.token()
        except TalendOAuthError as error:
            errors.append(error)

    sandbox.hold()
    caller = threading.Thread(target=ask)
    caller.start()
    sandbox.wait_for_requests(1)
    all_wait(1)
    clock.advance(2)
    sandbox.release()
    caller.join(PATIENCE)

    assert [UnexpectedResponseError] == [type(error) for error in errors]
    assert "already expired" in str(errors[0])


def test_a_fault_of_ours_is_an_error_for_the_callers_and_not_a_silence(
    source: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("talend_oauth._lifecycle.fetch.Exchange.run", explode)

    with pytest.raises(TalendOAuthError, match="ZeroDivisionError") as caught:
        source.token()
    assert "bug" in caught.value.hint


@pytest.mark.parametrize("interruption", [SystemExit, KeyboardInterrupt, MemoryError])
def test_an_interrupted_fetch_is_told_and_leaves_a_pause(
    interruption: type[BaseException],
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    clock: FakeClock,
) -> None:
    calls: list[str] = []
    breaks = [False]

    def secret() -> str:
        calls.append("called")
        if breaks[0]:
            raise interruption
        return sandbox.client_secret

    source = TokenSource(settings(client_secret=secret), _clock=clock, _random=lambda: 0.0)
    old = source.token()
    breaks[0] = True
    clock.advance(1300)
    for _ in range(100):
        assert source.token() is old
        settled(source)
    assert len(calls) == 2
    clock.advance(500)
    with pytest.raises(TalendOAuthError, match=interruption.__name__):
        source.token()
    breaks[0] = False
    assert source.token()


def test_a_clock_that_raises_in_the_fetch_leaves_nobody_waiting(
    settings: Callable[..., Settings], clock: FakeClock
) -> None:
    caller, wall = threading.get_ident(), clock.wall

    def only_for_the_caller() -> float:
        if threading.get_ident() != caller:
            raise MemoryError
        return wall()

    clock.wall = only_for_the_caller  # type: ignore[method-assign]
    source = TokenSource(settings(), _clock=clock)
    with pytest.raises(TalendOAuthError, match="MemoryError"):
        source.token()


def _refuse(*_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_without_threads_the_caller_fetches_by_itself(
    sandbox: Sandbox, source: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_thread.start_new_thread", _refuse)
    assert source.token()
    assert sandbox.token_requests == 1


def test_without_threads_an_interrupted_caller_tells_the_others_and_is_interrupted(
    settings: Callable[..., Settings], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    source = TokenSource(settings(client_secret=interrupt), _clock=clock)
    monkeypatch.setattr("_thread.start_new_thread", _refuse)
    with pytest.raises(KeyboardInterrupt):
        source.token()
    assert source._cached.state.pending is None
    assert "interrupted" in str(source.last_error)


def test_without_threads_a_valid_token_is_served_and_not_refreshed(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = source.token()
    monkeypatch.setattr("_thread.start_new_thread", _refuse)
    clock.advance(1300)
    assert source.token() is old
    clock.advance(500)

    assert source.token() is not old
    assert sandbox.token_requests == 2


def test_without_threads_nobody_waits_for_a_refresh_in_the_last_minute_of_a_token(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = source.token()
    monkeypatch.setattr("_thread.start_new_thread", _refuse)
    monkeypatch.setattr(PendingFetch, "wait", lambda *_: pytest.fail("waits for no thread"))
    clock.advance(1750)

    assert source.token() is old
    assert sandbox.token_requests == 1


def test_the_refresh_begins_as_soon_as_there_are_threads_again(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = source.token()
    with monkeypatch.context() as without:
        without.setattr("_thread.start_new_thread", _refuse)
        clock.advance(1300)
        assert source.token() is old
    assert source.token() is old
    pending = source._cached.state.pending
    outcome = pending.wait(PATIENCE) if pending else source.token()

    assert isinstance(outcome, AccessToken)
    assert outcome is not old
    assert sandbox.token_requests == 2


def test_nobody_waits_for_the_start_of_a_thread(
    source: TokenSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = source.token()
    started: list[object] = []

    def start_late(*arguments: object) -> int:
        started.append(arguments)
        return 0

    monkeypatch.setattr("_thread.start_new_thread", start_late)
    clock.advance(1300)
    for _ in range(5):
        assert source.token() is old
    assert len(started) == 1


def test_events_tell_what_happened_in_numbers(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    events: list[Event] = []
    source = TokenSource(
        settings(), _clock=clock, _random=lambda: 0.0, on_event=lambda event: events.append(event)
    )
    source.token()
    clock.advance(1750)
    source.token()
    sandbox.fail(500, times=3)
    clock.advance(1750)
    source.token()
    clock.advance(50)
    sandbox.fail(401)
    with pytest.raises(InvalidCredentialsError):
        source.token()

    assert [event.name for event in events] == [
        "fetched",
        "refreshed",
        "retrying",
        "retrying",
        "stale",
        "refused",
        "failed",
    ]
    assert events[0].fields["lifetime"] == 1800.0
    assert events[4].fields["left"] == pytest.approx(50.0)
    assert sandbox.client_secret not in repr(events)


def test_a_listener_that_raises_costs_no_token(
    settings: Callable[..., Settings], clock: FakeClock
) -> None:
    def listen(event: Event) -> None:
        raise LookupError

    assert TokenSource(settings(), _clock=clock, on_event=listen).token()


def test_a_log_handler_that_raises_costs_no_token(
    sandbox: Sandbox,
    source: TokenSource,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError

    logger = logging.getLogger("talend_oauth")
    monkeypatch.setattr(logger, "handlers", [Broken()])
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger._cache.clear()  # type: ignore[attr-defined] # of levels
    sandbox.fail(503)

    assert source.token()
    assert sandbox.token_requests == 2


def cached_with(*lives: tuple[float, float]) -> tuple[CachedToken, list[AccessToken]]:
    """Return a cached that was given tokens, each by the time it was asked for and its life."""
    cached = CachedToken(State())
    tokens = [
        AccessToken(f"token-{number}", expires_in=life, requested=Instant(asked, asked))
        for number, (asked, life) in enumerate(lives)
    ]
    for token in tokens:
        cached.accept(token, Instant(100.0, 100.0), 0.0)
    return cached, tokens


def test_what_comes_late_is_not_taken_for_better_than_what_came_meanwhile() -> None:
    cached, (newer, _) = cached_with((90.0, 1800.0), (10.0, 1800.0))
    assert cached.state.unexpired(Instant(100.0, 100.0)) is newer

    cached, (_, newer) = cached_with((10.0, 1800.0), (90.0, 1800.0))
    assert cached.state.unexpired(Instant(100.0, 100.0)) is newer


def test_a_shorter_life_is_taken_when_the_longer_one_is_due() -> None:
    cached, (_, shorter) = cached_with((10.0, 120.0), (95.0, 20.0))

    assert cached.state.unexpired(Instant(100.0, 100.0)) is shorter


def test_a_late_failure_is_not_remembered() -> None:
    cached, (token,) = cached_with((90.0, 1800.0))
    late = PendingFetch(20.0)
    cached.replace(cached.state, cached.state.evolve(pending=PendingFetch(40.0)))
    secret, moment = Secret("a-secret"), Instant(100.0, 100.0)
    cached.record_failure(late, InvalidCredentialsError("no"), moment, secret)

    assert cached.state.failure is None
    assert cached.recent_failure(moment, secret) is None
    assert cached.state.decide(moment) == ("serve", token)


def static(claims: dict[str, Any] | None, clock: FakeClock) -> TokenSource:
    import base64
    import json

    value = "opaque-token"
    if claims is not None:
        part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        value = f"e30.{part}.c2ln"
    return TokenSource(access_token=value, _clock=clock)


def test_a_static_token_is_served_to_its_end(clock: FakeClock) -> None:
    source = static({"iat": clock.wall() - 1000, "exp": clock.wall() + 800}, clock)
    token = source.token()
    assert token.expires_at == pytest.approx(clock.wall() + 800)
    assert internals(source)[1].origin
    source.discard(token)
    clock.advance(799)
    assert source.token() is token
    clock.advance(1)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="has expired"):
            source.token()


def test_a_static_token_that_lives_for_a_month_is_served_for_a_month(clock: FakeClock) -> None:
    month = 30 * 86400
    source = static({"exp": clock.wall() + month}, clock)
    source.token()
    clock.advance(month - 1)
    assert source.token()
    clock.advance(1)
    with pytest.raises(ConfigurationError):
        source.token()


@pytest.mark.parametrize("claims", [None, {}, {"exp": "soon"}, {"exp": True}, {"exp": None}])
def test_a_static_token_that_names_no_end_is_served_until_it_is_refused(
    claims: dict[str, Any] | None, clock: FakeClock
) -> None:
    source = static(claims, clock)
    assert source.token().age(now(clock)) == 0
    clock.advance(1e8)

    assert source.token()


@pytest.mark.parametrize("ends", [10**400, 1e300])
def test_a_static_token_with_an_absurd_end_is_served(ends: float, clock: FakeClock) -> None:
    assert static({"exp": ends}, clock).token()


def test_a_static_token_that_had_ended_is_refused(clock: FakeClock) -> None:
    with pytest.raises(ConfigurationError, match="has expired") as caught:
        static({"exp": clock.wall() - 1}, clock).token()

    assert caught.value.hint == (
        "Set a new one, or a client ID and secret, which get new tokens by themselves."
    )


def test_a_static_token_that_cannot_stand_in_a_header_is_refused(clock: FakeClock) -> None:
    with pytest.raises(
        ConfigurationError, match="access_token cannot be sent in a header"
    ) as caught:
        TokenSource(access_token="a@b", _clock=clock)

    assert caught.value.hint == "Give the token alone, without 'Bearer ' before it."


def test_a_static_token_cannot_be_refreshed(clock: FakeClock) -> None:
    with pytest.raises(ConfigurationError, match="cannot be refreshed"):
        static({"exp": clock.wall() + 800}, clock).refresh()


def test_a_source_is_a_function_that_returns_the_value(source: TokenSource) -> None:
    assert source() == source.token().value


def test_a_refused_token_is_discarded_by_value(sandbox: Sandbox, source: TokenSource) -> None:
    first = source.token()
    source.discard(first)
    second = source.token()
    source.discard(first)

    assert source.token() is second
    assert sandbox.token_requests == 2


def test_a_refused_token_that_the_server_issues_again_is_no_younger_for_that() -> None:
    cached = CachedToken(State())
    first = AccessToken("same", expires_in=100.0, requested=Instant(1000.0, 1000.0))
    cached.accept(first, Instant(1000.0, 1000.0), 0.0)
    cached.reject(first)

    again = AccessToken("same", expires_in=100.0, requested=Instant(1050.0, 1050.0))
    served = cached.accept(again, Instant(1050.0, 1050.0), 0.0)

    assert served is first
    assert cached.state.unexpired(Instant(1099.0, 1099.0)) is first
    assert cached.state.unexpired(Instant(1101.0, 1101.0)) is None


def test_a_refresh_that_began_before_the_call_is_not_the_new_token_that_was_asked_for(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    source.token()
    sandbox.hold()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(source.refresh)
        sandbox.wait_for_requests(2)
        clock.advance(1.0)
        second = pool.submit(source.refresh)
        sandbox.release()
        tokens = {first.result(PATIENCE).value, second.result(PATIENCE).value}

    assert len(tokens) == 2
    assert sandbox.token_requests == 3
