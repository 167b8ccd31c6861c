"""One fetch: secret, store, request, retries. Runs in a thread of its own."""

from __future__ import annotations

import _thread
import os
import sys
import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING

from talend_oauth._clock import now
from talend_oauth._policy import DEADLINE, retry_delay
from talend_oauth._reporting import Event, report
from talend_oauth._stores.record import StoredToken
from talend_oauth._token_endpoint.request import Exchange
from talend_oauth.errors import RefusedError, TalendOAuthError

from .registry import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from talend_oauth._clock import Clock, Instant
    from talend_oauth._reporting import EventName
    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings
    from talend_oauth._stores.protocol import TokenStore
    from talend_oauth._token import AccessToken

    from .cached_token import CachedToken
    from .single_flight import PendingFetch

LOCK_FRACTION = 0.75  # of the time left, to wait for a store's lock; the rest is for the request
CALM = ("serve", "serve and refresh")  # nobody waits
_SHORTEST_TRY = 0.05  # seconds; with less left, another try is not begun


def system_random() -> float:
    """Return a number from 0 to 1."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


class Context(SimpleNamespace):
    """The arguments of a `TokenSource`, as every fetch needs them.

    No NamedTuple: making one, with six types to look at, takes half a millisecond.
    """

    settings: Settings
    store: TokenStore | None
    on_event: Callable[[Event], object] | None
    clock: Clock
    random: Callable[[], float]
    transport: httpx.BaseTransport | None

    def report(self, name: EventName, **fields: float | str) -> None:
        """Report an event of this account."""
        report(Event(name, self.settings.shown_id, fields), self.on_event)


def start(context: Context, cached: CachedToken, pending: PendingFetch, *, urgent: bool) -> None:
    """Start a fetch in a daemon thread; harmless when it was started before.

    Args:
        context: Who asks.
        cached: Takes the token, or remembers the failure.
        pending: Hands the outcome to those who wait.
        urgent: Whether a caller waits; then the fetch runs right here if no thread can be had.
    """
    with suppress(RuntimeError):  # no thread can be had
        if not sys.is_finalizing():  # then Python 3.11 would start one that never runs
            # Looked up at the call, as gevent may have replaced it since. Not Thread.start(), which
            # waits until the thread runs: a caller of a valid token, or an event loop, should not.
            _thread.start_new_thread(_run_in_thread, (context, cached, pending))
            pending.started = True
            return
    if urgent:  # otherwise the next caller tries again
        run(context, cached, pending)


def _run_in_thread(context: Context, cached: CachedToken, pending: PendingFetch) -> None:
    trace = threading.gettrace()
    if trace is not None:  # coverage and debuggers: a thread of `threading` would do the same
        sys.settrace(trace)
    threading.current_thread().name = "talend-oauth fetch"
    with suppress(BaseException):  # such as SystemExit of the user's code; the callers are told
        run(context, cached, pending)


def run(context: Context, cached: CachedToken, pending: PendingFetch) -> None:
    """Fetch a token and hand it, or the error, to everybody who waits; in every case."""
    outcome: AccessToken | TalendOAuthError | None = None
    fetch = _Fetch(context, cached, pending)
    try:
        if pending.claim():
            outcome = fetch.token()
    except BaseException as error:
        outcome = _error_for(error)
        fetch.note_failure(outcome)
        if not isinstance(error, Exception):
            raise
    finally:
        if outcome is not None:
            cached.end(pending, outcome)


def _error_for(error: BaseException) -> TalendOAuthError:
    if isinstance(error, TalendOAuthError):
        return error.copy()
    name = type(error).__name__
    if not isinstance(error, Exception):
        return TalendOAuthError(f"The token fetch was interrupted ({name}).", hint="Call again.")
    if sys.is_finalizing():
        return TalendOAuthError(f"No token was fetched: the interpreter is exiting ({name}).")
    return TalendOAuthError(
        f"Obtaining a token failed inside talend-oauth ({name}).",
        hint="Please report this as a bug, with the version of talend-oauth.",
    )


class _Fetch:
    """One sequence of tries, and what is known of it."""

    def __init__(self, context: Context, cached: CachedToken, pending: PendingFetch) -> None:
        self.context = context
        self.cached = cached
        self.pending = pending
        self.secret: Secret | None = None
        self.is_old_failure = False

    def token(self) -> AccessToken:
        """Return the token; the cached token has taken note of it by then."""
        context, settings = self.context, self.context.settings
        if sys.is_finalizing():  # then httpx can crash the process
            raise RuntimeError
        assert settings.secret is not None  # noqa: S101 - a static token starts no fetch
        secret = self.secret = settings.secret.read(settings.client_id)
        self.stored = StoredToken(context.store, settings, secret)
        token = self._load()
        if token is not None:
            return token
        failure = self.cached.recent_failure(now(context.clock), secret)
        # Who asks for a new token may have been granted what the last one was refused for.
        if failure and not (self.pending.forced and isinstance(failure, RefusedError)):
            self.is_old_failure = True
            raise failure.copy()
        # The lock is held across the request: whoever waited for it finds the token in the store.
        left = self.pending.deadline - context.clock.monotonic()
        with self.stored.lock(left * LOCK_FRACTION):
            return self._load() or self._request(secret)

    def note_failure(self, error: TalendOAuthError) -> None:
        """Remember and report a failure, unless it is one that was remembered before."""
        if self.is_old_failure:
            return
        moment, name = now(self.context.clock), type(error).__name__
        self.cached.record_failure(self.pending, error, moment, self.secret)
        seconds = moment.monotonic - (self.pending.deadline - DEADLINE)
        if isinstance(error, RefusedError):
            self.context.report("refused", status=error.status or 0, error=name)
        held = self.cached.state.unexpired(moment)
        if held is None:
            self.context.report("failed", error=name, seconds=seconds)
        else:
            left = held.expires_in - held.age(moment)
            self.context.report("stale", left=left, error=name, seconds=seconds)

    def _load(self) -> AccessToken | None:
        """Return the store's token if it makes a request unnecessary."""
        moment = now(self.context.clock)
        if self.pending.forced:
            return None
        token, held = self.stored.load(moment), self.cached.state.unexpired(moment)
        # The one that is held may look a little younger by the store's clock.
        if token is None or token.same_value(self.cached.state.rejected) or token.same_value(held):
            return None
        if held is not None and token.expires_at <= held.expires_at:
            return None
        token = self._accept(token, moment)
        action, _ = self.cached.state.decide(moment)
        if action in ("wait", "refresh or serve"):
            return None
        self.context.report("loaded", left=token.expires_in - token.age(moment))
        return token

    def _accept(self, token: AccessToken, moment: Instant) -> AccessToken:
        served = self.cached.accept(token, moment, self.context.random())
        REGISTRY.keep(self.cached, moment)
        return served

    def _request(self, secret: Secret) -> AccessToken:
        """Request a token, with retries; save it, and return the one to serve."""
        context, clock, deadline = self.context, self.context.clock, self.pending.deadline
        begun, tries = clock.monotonic(), 0
        while True:
            tries += 1
            left = max(deadline - clock.monotonic(), _SHORTEST_TRY)
            outcome = Exchange(context.settings, secret, clock, left).run(context.transport)
            moment = now(clock)
            seconds = moment.monotonic - begun
            if not isinstance(outcome, TalendOAuthError):
                return self._take(outcome, moment, tries, seconds)
            left = deadline - moment.monotonic - _SHORTEST_TRY
            delay = retry_delay(outcome, tries, context.random(), left)
            action, _ = self.cached.state.decide(moment)
            # In the background there is time: the next refresh is the next try.
            if delay is None or (action in CALM and not self.pending.forced):
                raise outcome.with_attempts(tries, seconds)
            context.report("retrying", seconds=delay, tries=tries, error=type(outcome).__name__)
            clock.sleep(delay)

    def _take(self, token: AccessToken, moment: Instant, tries: int, seconds: float) -> AccessToken:
        is_refresh = self.cached.state.unexpired(moment) is not None
        served = self._accept(token, moment)
        if served is token:
            self.stored.save(token, token.expires_in - token.age(moment))
        name: EventName = "refreshed" if is_refresh else "fetched"
        self.context.report(name, lifetime=token.expires_in, seconds=seconds, tries=tries)
        return served
