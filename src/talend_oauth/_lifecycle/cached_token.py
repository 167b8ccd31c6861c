"""What the sources of one process that have equal settings share: a token and a flight.

All state changes under a short lock, in which nothing waits. The hot path reads one tuple, which
is replaced as a whole, and takes no lock: on CPython with the GIL and on a free-threaded build
alike, reading a slot attribute gives either the old tuple or the new one, each consistent in
itself. Nothing here relies on the GIL beyond that.

Reading a clock is most of the cost of serving a token, so the hot path reads one. Both are
compared every 20 ms at the latest. In between no suspend can hide: to freeze and thaw the
processes of a machine takes longer, while its monotonic clock runs.
"""

from __future__ import annotations

from _thread import allocate_lock

from talend_oauth._policy import Schedule
from talend_oauth.errors import RefusedError, TalendOAuthError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from talend_oauth._clock import Instant
    from talend_oauth._policy import Action
    from talend_oauth._token import AccessToken

    from .single_flight import Flight

    Hot = tuple[AccessToken | None, float]
    Due = tuple[AccessToken | None, float, float]

COLD: Hot = (None, float("-inf"))
NOW_DUE: Due = (None, float("-inf"), float("-inf"))
GLANCE = 0.02  # seconds for which one clock is trusted alone
REFUSAL_MEMORY = 30.0  # seconds for which a refused pair is not sent again
LONGEST_PAUSE = 3600.0  # seconds; a Retry-After of days is taken for a mistake of the server
_SHORTEST_PAUSE = 0.05


class Slot:
    """A token, when it is due, and the flight that fetches the next one.

    Attributes:
        hot: The token and the monotonic time up to which it is served without further thought.
        due: The token and the wall-clock and monotonic time up to which no decision is needed.
        flight: The request under way, or None.
    """

    __slots__ = (
        "__weakref__",
        "_failed_until",
        "_failure",
        "_last_error",
        "_life",
        "_paused_until",
        "_refused",
        "_rejected",
        "_unhelpful_until",
        "due",
        "flight",
        "hot",
        "lock",
    )

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.hot: Hot = COLD
        self.due: Due = NOW_DUE
        self.flight: Flight | None = None
        # As one, for a child that is forked in the middle of a change.
        self._life: tuple[AccessToken, Schedule] | None = None
        self._rejected: AccessToken | None = None
        self._paused_until = float("-inf")
        self._unhelpful_until = float("-inf")
        self._failure: TalendOAuthError | None = None
        self._failed_until = float("-inf")
        self._refused = b""
        self._last_error: TalendOAuthError | None = None

    def after_fork(self) -> None:
        """Forget what belongs to threads of the parent; the token stays."""
        self.lock = allocate_lock()
        self.flight = None
        self._cool()

    @property
    def last_error(self) -> TalendOAuthError | None:
        """Why the last request failed; None after one that did not."""
        return self._last_error

    def glance(self, wall: float, monotonic: float) -> AccessToken | None:
        """Return the token if by both clocks no decision is due; None otherwise."""
        with self.lock:
            token, wall_due, monotonic_due = self.due
            if wall >= wall_due or monotonic >= monotonic_due:
                return None
            self.hot = (token, min(monotonic + GLANCE, monotonic_due))
            return token

    def _cool(self) -> None:
        self.hot = COLD
        self.due = NOW_DUE

    def decide(self, moment: Instant) -> tuple[Action, AccessToken | None]:
        """Return what a caller gets now, and the token if it lives. Called under the lock."""
        if self._life is None:
            return "wait", None
        token, schedule = self._life
        age = token.age(moment)
        paused = moment.monotonic < self._paused_until
        action = schedule.decide(age, paused=paused)
        if action == "wait":
            return action, None
        if action == "serve":
            until = schedule.renews
            if age >= until:  # paused: look again when that ends, at the latest at the end of life
                until = min(schedule.ends, age + self._paused_until - moment.monotonic)
            self.due = (token, moment.wall + until - age, moment.monotonic + until - age)
        return action, token

    def living(self, moment: Instant) -> AccessToken | None:
        """Return the token if it has not ended."""
        life = self._life
        return life[0] if life is not None and life[0].age(moment) < life[1].ends else None

    def is_rejected(self, token: AccessToken) -> bool:
        """Say whether an API answered 401 to this token."""
        return token.same_value(self._rejected)

    def adopt(self, token: AccessToken, moment: Instant, jitter: float) -> AccessToken:
        """Take a token as the one to serve, and return the one that is served from now on.

        The same string again, while it lives, keeps the age that it had: a server that repeats
        itself neither makes it younger nor is asked in a loop.

        Args:
            token: From the endpoint or a store.
            moment: Now.
            jitter: From 0 to 1; see `Schedule`.
        """
        with self.lock:
            self._failure = self._last_error = None
            self._refused = b""
            life = self._life
            if life is not None and life[0].age(moment) < life[1].ends:
                held, schedule = life
                if token.same_value(held):
                    left = schedule.ends - held.age(moment)
                    self._paused_until = moment.monotonic + max(left / 2, schedule.pause())
                    return held
                if held.expires_at > token.expires_at and held.age(moment) < schedule.renews:
                    return held  # what comes late is not better than what came meanwhile
            again = self._rejected if token.same_value(self._rejected) else None
            if again is not None and again.age(moment) < again.expires_in:
                token = again  # issued once more after a 401, but no younger for that
            self._life = token, Schedule(token.expires_in, jitter)
            self._paused_until = float("-inf")
            self._cool()
            return token

    def take_ready(self, token: AccessToken) -> None:
        """Take a token that cannot be renewed: served to its end, and nothing after it."""
        schedule = Schedule(token.expires_in, 0.0)
        schedule.renews = schedule.waits = schedule.ends
        with self.lock:
            self._life = token, schedule

    def fail(
        self, flight: Flight, error: TalendOAuthError, moment: Instant, fingerprint: bytes
    ) -> None:
        """Remember a failure: a refused pair for 30 s, any other for as long as was asked.

        That of a flight which was overdue, and was replaced by another, tells nothing any more.

        Args:
            flight: Which one failed.
            error: What the request ended with.
            moment: Now.
            fingerprint: Of the secret that was sent; empty if none was.
        """
        refused = isinstance(error, RefusedError) and bool(fingerprint)
        asked = min(error.retry_after or 0.0, LONGEST_PAUSE)
        wait = max(REFUSAL_MEMORY if refused else 0.0, asked)
        with self.lock:
            if self.flight is not flight:
                return
            least = self._life[1].pause() if self._life is not None else _SHORTEST_PAUSE
            self._last_error = error
            self._paused_until = moment.monotonic + max(wait, least)
            self._failure, self._failed_until = error, moment.monotonic + wait
            self._refused = fingerprint if refused else b""

    def remembered_failure(self, moment: Instant, fingerprint: bytes) -> TalendOAuthError | None:
        """Return the failure that the same request would meet again, if that is still likely."""
        with self.lock:
            if self._failure is None or moment.monotonic >= self._failed_until:
                return None
            if self._refused and self._refused != fingerprint:
                return None
            return self._failure

    def reject(self, token: AccessToken) -> None:
        """Discard a token to which an API answered 401; by value, so never a newer one."""
        with self.lock:
            self._rejected = token
            if self._life is not None and token.same_value(self._life[0]):
                self._life = None
                self._cool()

    def note_unhelpful(self, moment: Instant) -> None:
        """Remember that an API refused a brand-new token too, so another would not help."""
        self._unhelpful_until = moment.monotonic + REFUSAL_MEMORY

    def is_unhelpful(self, moment: Instant) -> bool:
        """Say whether a new token was refused as well, a moment ago."""
        return moment.monotonic < self._unhelpful_until
