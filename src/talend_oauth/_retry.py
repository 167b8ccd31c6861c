"""Whether and when to try again: pure, with chance as an argument."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .errors import TalendOAuthError

MOST_TRIES = 3
_FIRST = 0.5
_LONGEST = 5.0


def retry_delay(error: TalendOAuthError, tries: int, chance: float, left: float) -> float | None:
    """Return the seconds to wait before another try, or None to give up.

    Full jitter: anything from nothing to the step, so that clients which failed together do not
    come back together. What `Retry-After` asks is the least.

    Args:
        error: What the last try ended with.
        tries: How many there were.
        chance: From 0 to 1.
        left: Seconds until the deadline.
    """
    if not error.retryable or tries >= MOST_TRIES:
        return None
    step = min(_LONGEST, _FIRST * 2 ** (tries - 1))
    delay = chance * step + (error.retry_after or 0.0)
    return delay if delay < left else None
