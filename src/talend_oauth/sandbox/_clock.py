"""Clock of the sandbox, which a test can move."""

import time


class OffsetClock:
    """This machine's clock plus an offset.

    Attributes:
        offset: Seconds that it is ahead of the machine's clock.
    """

    def __init__(self, offset: float = 0) -> None:
        self.offset = offset

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock ahead by so many seconds."""
        self.offset += seconds
