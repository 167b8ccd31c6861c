"""The sandbox's own time, which a test may move."""

import time


class OffsetClock:
    """The clock of this machine, moved by an offset.

    Attributes:
        offset: Seconds that it is ahead of the machine's clock.
    """

    def __init__(self, offset: float = 0) -> None:
        self.offset = offset

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self.offset += seconds
