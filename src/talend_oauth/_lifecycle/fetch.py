"""One fetch: secret, store, request, retries. Runs in a thread of its own."""

from __future__ import annotations

import _thread
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs

from talend_oauth._clock import now
from talend_oauth._policy import MOST_TRIES, retry_delay
from talend_oauth._stores.record import StoredToken
from talend_oauth._token import AccessToken
from talend_oauth._token_endpoint.request import request_token
from talend_oauth.errors import RefusedError, TalendOAuthError, UnexpectedResponseError

from .registry import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from talend_oauth._clock import Clock, Instant
    from talend_oauth._reporting import Reporter
    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings
    from talend_oauth._stores.protocol import TokenStore

    from .cached_token import CachedToken
    from .single_flight import Outcome, PendingFetch

_LOCK_FRACTION = 0.75  # of the time left, to wait for a store's lock; the rest is for the request
_SHORTEST_TRY = 0.05  # seconds; with less left, another try is not begun
_CLOCK_STEP = 1.0  # seconds by which both clocks may disagree about the time a request took


@attrs.frozen(eq=False)
class Context:
    """What a fetch works with: the arguments of a `TokenSource`."""

    settings: Settings
    store: TokenStore | None
    clock: Clock
    random: Callable[[], float]
    transport: httpx.BaseTransport | None
    report: Reporter

    def chance(self) -> float:
        """Return a number from 0 to 1, whatever the user's function returns."""
        return min(1.0, max(0.0, self.random()))


def start(context: Context, cached: CachedToken, pending: PendingFetch, *, urgent: bool) -> None:
    """Start a fetch in a daemon thread; harmless when it was started before.

    Args:
        context: Who asks.
        cached: Takes the token, or remembers the failure.
        pending: Hands the outcome to those who wait.
        urgent: Whether a caller waits; then the fetch runs right here if no thread can be had.
    """
    try:
        # Looked up at the call, as gevent may have replaced it since. Not Thread.start(), which
        # waits until the thread runs: a caller of a valid token, or an event loop, should not.
        _thread.start_new_thread(_run_in_thread, (context, cached, pending))
        pending.started = True
    except RuntimeError:  # the interpreter is shutting down, or no thread can be had
        if urgent:
            run(context, cached, pending)
        elif pending.claim():
            error = TalendOAuthError("No thread could be started to refresh the token.")
            cached.record_failure(pending, error, now(context.clock), None)
            cached.end(pending)
            pending.finish(error)


def _run_in_thread(context: Context, cached: CachedToken, pending: PendingFetch) -> None:
    trace = threading.gettrace()
    if trace is not None:  # coverage and debuggers: a thread of `threading` would do the same
        sys.settrace(trace)
    threading.current_thread().name = "talend-oauth fetch"
    with suppress(KeyboardInterrupt, SystemExit):  # of the user's code; the callers are told
        run(context, cached, pending)


def run(context: Context, cached: CachedToken, pending: PendingFetch) -> None:
    """Fetch a token and hand it, or the error, to everybody who waits; in every case."""
    outcome: Outcome | None = None
    try:
        if not pending.claim():
            return
        outcome = _Fetch(context, cached, pending).run()
    except BaseException as error:
        outcome = _unforeseen(error)
        cached.record_failure(pending, outcome, now(context.clock), None)
        if not isinstance(error, Exception):
            raise
    finally:
        if outcome is not None:
            cached.end(pending)
            pending.finish(outcome)


def _unforeseen(error: BaseException) -> TalendOAuthError:
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
    """One sequence of tries."""

    def __init__(self, context: Context, cached: CachedToken, pending: PendingFetch) -> None:
        self._context = context
        self._settings = context.settings
        self._clock = context.clock
        self._report = context.report
        self._cached = cached
        self._pending = pending
        self._stored: StoredToken | None = None

    def run(self) -> Outcome:
        """Return the token or the error; the cached token has taken note of it by then."""
        begun = now(self._clock)
        had_token = self._cached.unexpired(begun) is not None
        secret = self._read_secret()
        if isinstance(secret, TalendOAuthError):
            return self._failed(secret, None, begun, had_token)
        if self._context.store is not None:
            self._stored = StoredToken(self._context.store, self._settings, secret)
        token = self._load()
        if token is not None:
            return token
        failure = self._cached.recent_failure(now(self._clock), secret)
        if failure is not None and not (
            # Who asks for a new token may have been granted what the last one was refused for.
            self._pending.forced and isinstance(failure, RefusedError)
        ):
            return failure
        outcome = self._fetch(secret)
        if isinstance(outcome, AccessToken):
            return outcome
        return self._failed(outcome, secret, begun, had_token)

    def _read_secret(self) -> Secret | TalendOAuthError:
        source = self._settings.secret
        assert source is not None  # noqa: S101 - a static token starts no fetch
        try:
            return source.read(self._settings.client_id)
        except TalendOAuthError as error:
            return error.copy()

    def _failed(
        self, error: TalendOAuthError, secret: Secret | None, begun: Instant, had_token: bool
    ) -> TalendOAuthError:
        moment = now(self._clock)
        self._cached.record_failure(self._pending, error, moment, secret)
        name, seconds = type(error).__name__, moment.monotonic - begun.monotonic
        if isinstance(error, RefusedError):
            self._report("refused", status=error.status or 0, error=name)
        held = self._cached.unexpired(moment)
        if held is not None and had_token:
            left = held.expires_in - held.age(moment)
            self._report("stale", left=left, error=name, seconds=seconds)
        else:
            self._report("failed", error=name, seconds=seconds)
        return error

    def _load(self) -> AccessToken | None:
        """Return the store's token if it makes a request unnecessary."""
        if self._stored is None or self._pending.forced:
            return None
        moment = now(self._clock)
        token = self._stored.load(moment)
        if token is None or self._cached.is_rejected(token):
            return None
        held = self._cached.unexpired(moment)
        if held is not None and (
            token.same_value(held)  # though by the store's clock it may look a little younger
            or token.expires_at <= held.expires_at
        ):
            return None
        token = self._accept(token, moment)
        action, _ = self._cached.state.decide(moment)
        if action in ("wait", "refresh or serve"):
            return None
        self._report("loaded", left=token.expires_in - token.age(moment))
        return token

    def _accept(self, token: AccessToken, moment: Instant) -> AccessToken:
        served = self._cached.accept(token, moment, self._context.chance())
        REGISTRY.keep(self._cached, moment)
        return served

    def _fetch(self, secret: Secret) -> Outcome:
        if self._stored is None:
            return self._try(secret)
        # The lock is held across the request: whoever waited for it finds the token in the store.
        left = self._pending.deadline - self._clock.monotonic()
        with self._stored.lock(left * _LOCK_FRACTION):
            return self._load() or self._try(secret)

    def _try(self, secret: Secret) -> Outcome:
        begun = self._clock.monotonic()
        tries = 0
        while True:
            tries += 1
            left = max(self._pending.deadline - self._clock.monotonic(), _SHORTEST_TRY)
            outcome = self._request(secret, left)
            moment = now(self._clock)
            seconds = moment.monotonic - begun
            if isinstance(outcome, AccessToken):
                if outcome.age(moment) < outcome.expires_in:
                    return self._take(outcome, moment, tries, seconds)
                if tries < MOST_TRIES and _clock_was_set(outcome, moment):
                    continue
                outcome = self._expired_on_arrival(outcome)
            left = self._pending.deadline - moment.monotonic - _SHORTEST_TRY
            delay = retry_delay(outcome, tries, self._context.chance(), left)
            if delay is None:
                return outcome.with_attempts(tries, seconds)
            self._report("retrying", seconds=delay, tries=tries, error=type(outcome).__name__)
            self._clock.sleep(delay)

    def _request(self, secret: Secret, seconds: float) -> Outcome:
        try:
            return request_token(
                self._settings,
                secret,
                clock=self._clock,
                seconds=seconds,
                transport=self._context.transport,
            )
        except TalendOAuthError as error:
            return error.copy()

    def _take(self, token: AccessToken, moment: Instant, tries: int, seconds: float) -> AccessToken:
        refreshed = self._cached.unexpired(moment) is not None
        served = self._accept(token, moment)
        if self._stored is not None and served is token:
            self._stored.save(token, token.expires_in - token.age(moment))
        self._report(
            "refreshed" if refreshed else "fetched",
            lifetime=token.expires_in,
            seconds=seconds,
            tries=tries,
        )
        return served

    def _expired_on_arrival(self, token: AccessToken) -> UnexpectedResponseError:
        return UnexpectedResponseError(
            f"{self._settings.api_url} returned a token that had already expired (lifetime "
            f"{token.expires_in:g} s, counted from the request).",
            hint="Check for a slow proxy or network.",
        )


def _clock_was_set(token: AccessToken, moment: Instant) -> bool:
    """Return whether the wall clock was set, or the machine suspended, since the request."""
    wall = moment.wall - token.requested.wall
    return abs(wall - (moment.monotonic - token.requested.monotonic)) > _CLOCK_STEP
