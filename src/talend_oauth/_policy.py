"""What to do with a token of some age: a pure function, with the time as its argument.

age   0 ------------------ 2/3 (jittered, earlier) ------- last 60 s ------ end
      serve                serve, renew behind             wait             never served
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from .errors import TalendOAuthError

    Action = Literal["serve", "serve and renew", "renew or serve", "wait"]

DEADLINE = 20.0  # seconds for a fetch, all tries together
MOST_TRIES = 3
_FIRST_STEP = 0.5  # seconds; doubled for each further try
_RENEW_AT = 2 / 3  # of the life
_JITTER = 0.1  # of the time until then, earlier only: a fleet started together drifts apart
_LAST_SECONDS = 60.0
_LAST_PART = 1 / 10  # of lives shorter than ten minutes


class Schedule:
    """The three ages, in seconds, at which the answer changes.

    Args:
        lifetime: Seconds that the token lives.
        jitter: From 0 to 1, drawn once for each token.
    """

    __slots__ = ("ends", "renews", "waits")

    def __init__(self, lifetime: float, jitter: float) -> None:
        self.renews = lifetime * _RENEW_AT * (1 - _JITTER * jitter)
        self.waits = lifetime - min(_LAST_SECONDS, lifetime * _LAST_PART)
        self.ends = lifetime

    def decide(self, age: float, *, paused: bool = False) -> Action:
        """Return what a caller gets from a token of this age.

        Args:
            age: Seconds since the token was requested.
            paused: Whether a renewal was tried a moment ago in vain.

        Returns:
            `serve`: the token, and nothing else happens.
            `serve and renew`: the token now, a renewal behind the caller.
            `renew or serve`: wait for a renewal; if it fails, the token, which still lives.
            `wait`: only a new token will do.
        """
        if age >= self.ends:
            return "wait"
        if age < self.renews or paused:
            return "serve"
        return "serve and renew" if age < self.waits else "renew or serve"

    def pause(self) -> float:
        """Return the seconds to leave between two renewals when the first was in vain."""
        return min(30.0, max(0.05, self.ends / 60))


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
    step = _FIRST_STEP * 2 ** (tries - 1)
    delay = chance * step + (error.retry_after or 0.0)
    return delay if delay < left else None
