"""Every number and decision of a token's lifetime: pure functions, with the time as an argument.

age   0 ------------------ 2/3 (jittered, earlier) ------- last 60 s ------ expired
      serve                serve, refresh in the background  wait           never served
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from .errors import TalendOAuthError

    Action = Literal["serve", "serve and refresh", "refresh or serve", "wait"]

DEADLINE = 20.0  # seconds for a fetch, all tries together
MOST_TRIES = 3
REFUSAL_BACKOFF = 30.0  # seconds for which refused credentials are not sent again
LONGEST_PAUSE = 3600.0  # seconds; a Retry-After of days is taken for an error of the server
SHORTEST_PAUSE = 0.05
_FIRST_STEP = 0.5  # seconds; doubled for each further try


class Schedule:
    """The three ages, in seconds, at which the decision changes.

    Args:
        lifetime: Seconds for which the token is valid.
        jitter: From 0 to 1, drawn once for each token.
    """

    __slots__ = ("expires", "refreshes", "waits")

    def __init__(self, lifetime: float, jitter: float) -> None:
        # Up to a tenth earlier, never later: a fleet that was started together drifts apart.
        self.refreshes = lifetime * (2 / 3) * (1 - 0.1 * jitter)
        self.waits = lifetime - min(60.0, lifetime * 0.1)  # of less than ten minutes, a tenth
        self.expires = lifetime

    def decide(self, age: float, *, paused: bool = False) -> Action:
        """Return what a caller gets from a token of this age.

        Args:
            age: Seconds since the token was requested.
            paused: Whether a refresh failed a moment ago.

        Returns:
            `serve`: the token, and nothing else happens.
            `serve and refresh`: the token now, and a refresh in the background.
            `refresh or serve`: wait for a refresh; if it fails, the token, which is still valid.
            `wait`: only a new token will do.
        """
        if age >= self.expires:
            return "wait"
        if age < self.refreshes or paused:
            return "serve"
        return "serve and refresh" if age < self.waits else "refresh or serve"

    def pause(self) -> float:
        """Return the seconds to leave between two refreshes when the first one failed."""
        return min(30.0, max(SHORTEST_PAUSE, self.expires / 60))


def retry_delay(error: TalendOAuthError, tries: int, chance: float, left: float) -> float | None:
    """Return the seconds to wait before another try, or None to give up.

    Full jitter: anything from nothing to the step, so that clients which failed together do not
    come back together. What `Retry-After` asks is the least.

    Args:
        error: What the last try ended with.
        tries: How many were made.
        chance: From 0 to 1, drawn for each try.
        left: Seconds until the deadline.
    """
    if not error.retryable or tries >= MOST_TRIES:
        return None
    delay = chance * _FIRST_STEP * 2 ** (tries - 1) + (error.retry_after or 0.0)
    return delay if delay < left else None
