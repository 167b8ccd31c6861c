"""The token that sources with equal settings share in a process, and what is known of its fetches.

The state is one object, replaced as a whole, and there is no lock. A change computes a new state
and makes it the successor of the one that it saw, or starts again if another thread was faster.
`dict.setdefault` decides that in one step. So a signal handler, a finalizer or an exception at any
instruction finds the old state or the new one, and a fork leaves no lock behind.

Reading a clock is most of the cost of serving a token, so the fast path reads one. Both are
compared every 20 ms at the latest. In between no suspend can hide: to freeze and thaw the processes
of a machine takes longer, while its monotonic clock runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talend_oauth._policy import REFUSAL_BACKOFF, SHORTEST_PAUSE, Schedule
from talend_oauth.errors import RefusedError, TalendOAuthError

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth._clock import Instant
    from talend_oauth._policy import Action
    from talend_oauth._settings.secrets import Secret
    from talend_oauth._token import AccessToken

    from .single_flight import PendingFetch

RECHECK_SECONDS = 0.02  # for which one clock is trusted alone
_NEVER = float("-inf")


class State:
    """Everything about a cached token at one moment. Only the last two attributes ever change.

    Attributes:
        token: The token to serve, which may have expired, or None.
        jitter: From 0 to 1; how much earlier than needed that token is refreshed.
        pending: The fetch under way, or None.
        rejected: The newest token to which an API answered 401.
        failure: Why the last fetch failed; None after one that did not.
        failure_until: Monotonic time up to which the same request would fail the same way.
        refused_secret: The secret that was refused, if that was the failure.
        paused_until: Monotonic time before which no refresh is tried.
        unhelpful_until: Monotonic time before which a new token is not worth trying after a 401.
        fresh_until: Monotonic time up to which no clock but that one needs to be read.
        successor: Holds the state that replaced this one, or nothing.
    """

    def __init__(self, token: AccessToken | None = None) -> None:
        self.token = token
        self.jitter = 0.0
        self.pending: PendingFetch | None = None
        self.rejected: AccessToken | None = None
        self.failure: TalendOAuthError | None = None
        self.failure_until = _NEVER
        self.refused_secret: Secret | None = None
        self.paused_until = _NEVER
        self.unhelpful_until = _NEVER
        self.fresh_until = _NEVER
        self.successor: dict[str, State] = {}

    def evolve(self, **changes: object) -> State:
        """Return a copy with changes to attributes, which nothing has replaced yet."""
        new = State()
        assert changes.keys() <= vars(self).keys()  # noqa: S101 - no name is misspelt
        for name in vars(self).keys() - {"fresh_until", "successor"}:
            setattr(new, name, changes[name] if name in changes else getattr(self, name))
        return new

    def decide(self, now: Instant) -> tuple[Action, AccessToken | None]:
        """Return what a caller gets now, and the token if it is valid."""
        token = self.unexpired(now)
        if token is None:
            return "wait", None
        schedule, age = Schedule(token.expires_in, self.jitter), token.age(now)
        paused = self.paused_until - now.monotonic
        action = schedule.decide(age, paused=paused > 0)
        if action == "serve" and not self.successor:
            # Decide again when that may change: at the refresh, or if it is paused, after that.
            left = schedule.refreshes - age
            left = min(schedule.expires - age, paused) if left <= 0 else left
            self.fresh_until = now.monotonic + min(RECHECK_SECONDS, left)
        return action, token

    def unexpired(self, now: Instant) -> AccessToken | None:
        """Return the token if it is valid."""
        token = self.token
        return token if token is not None and token.age(now) < token.expires_in else None


class CachedToken:
    """A token and its fetches, shared by sources with equal settings.

    Args:
        state: To begin with.
        origin: The argument or variable of a static token, which nothing can replace.

    Attributes:
        recent: The newest state, or one that was replaced a moment ago: for the fast path.
        origin: Of a static token; empty for one that is fetched.
    """

    __slots__ = ("__weakref__", "origin", "recent")

    def __init__(self, state: State, origin: str = "") -> None:
        self.recent = state
        self.origin = origin

    @property
    def state(self) -> State:
        """The newest state; read it once and work with that."""
        state = self.recent
        while state.successor:
            state = self.recent = state.successor["state"]
        return state

    def replace(self, seen: State, new: State) -> bool:
        """Put a new state in the place of the one that was seen.

        Returns:
            False if another state was there by then: look at it and decide again.
        """
        successor = seen.successor.setdefault("state", new)
        # Both, for the fast path: another thread that is deciding may set the first again.
        seen.fresh_until = _NEVER
        self.recent = successor
        return successor is new

    def _update(self, change: Callable[[State], State]) -> State:
        while True:
            seen = self.state
            new = change(seen)
            if new is seen or self.replace(seen, new):
                return new

    def accept(self, token: AccessToken, now: Instant, jitter: float) -> AccessToken:
        """Take a token from the endpoint or a store, and return the one to serve from now on.

        If the server returns the token we already have, its original expiry is kept and refreshing
        is paused. A newer token that was stored while this one was on its way is kept as well.

        Args:
            token: The token.
            now: The time now.
            jitter: From 0 to 1; see `Schedule`.
        """

        def change(state: State) -> State:
            state = state.evolve(failure=None)
            held, rejected, served = state.unexpired(now), state.rejected, token
            if held is not None:
                schedule = Schedule(held.expires_in, state.jitter)
                if token.same_value(held):
                    pause = max((schedule.expires - held.age(now)) / 2, schedule.pause())
                    return state.evolve(paused_until=now.monotonic + pause)
                if held.age(now) < min(token.age(now), schedule.refreshes):
                    return state
            if token.same_value(rejected) and rejected and rejected.age(now) < rejected.expires_in:
                served = rejected  # issued again after a 401: it keeps its age
            return state.evolve(token=served, jitter=jitter, paused_until=_NEVER)

        return self._update(change).token or token

    def record_failure(
        self, pending: PendingFetch, error: TalendOAuthError, now: Instant, secret: Secret | None
    ) -> None:
        """Remember a failure: refused credentials for 30 s, any other for as long as was asked.

        A failure of a fetch that was already superseded is ignored.

        Args:
            pending: The fetch that failed.
            error: What it ended with.
            now: The time now.
            secret: The one that was sent; None if none was.
        """
        refused = secret if isinstance(error, RefusedError) else None
        wait = max(REFUSAL_BACKOFF if refused is not None else 0.0, error.retry_after or 0.0)

        def change(state: State) -> State:
            if state.pending is not pending:
                return state
            token = state.token
            least = SHORTEST_PAUSE if token is None else Schedule(token.expires_in, 0.0).pause()
            return state.evolve(
                failure=error,
                failure_until=now.monotonic + wait,
                refused_secret=refused,
                paused_until=now.monotonic + max(wait, least),
            )

        self._update(change)

    def recent_failure(self, now: Instant, secret: Secret) -> TalendOAuthError | None:
        """Return the failure that the same request would meet again, if that is still likely.

        Args:
            now: The time now.
            secret: The one to be sent; another than the one that was refused is worth a try.
        """
        state = self.state
        is_same = state.refused_secret in (None, secret)
        return state.failure if is_same and now.monotonic < state.failure_until else None

    def end(self, pending: PendingFetch, outcome: AccessToken | TalendOAuthError) -> None:
        """Forget a fetch, and hand its outcome to everybody who waits for it."""
        self._update(lambda it: it.evolve(pending=None) if it.pending is pending else it)
        pending.finish(outcome)

    def reject(self, token: AccessToken) -> None:
        """Discard a token to which an API answered 401; by value, so never a newer one.

        A static token stays: there is no other.
        """

        def change(state: State) -> State:
            is_held = token.same_value(state.token) and not self.origin
            # A late 401 for an older token must not make a store's newer one welcome again.
            newest = max(token, state.rejected or token, key=lambda it: it.requested.monotonic)
            return state.evolve(rejected=newest, token=None if is_held else state.token)

        self._update(change)

    def note_unhelpful(self, now: Instant) -> None:
        """Remember that an API rejected a brand-new token too, so another would not help."""
        self._update(lambda it: it.evolve(unhelpful_until=now.monotonic + REFUSAL_BACKOFF))
