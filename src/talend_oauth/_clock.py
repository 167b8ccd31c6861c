"""Time as an argument, so that a test can be its master."""

from __future__ import annotations

import time
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, Protocol

    class Clock(Protocol):
        """Two clocks that fail differently, and a way to wait."""

        def wall(self) -> float:
            """Return seconds since the epoch: jumps when it is set, goes on during suspend."""
            ...

        def monotonic(self) -> float:
            """Return seconds since some start: never set, but stands still during suspend."""
            ...

        def sleep(self, seconds: float, /) -> None:
            """Wait for so many seconds."""
            ...

    class Instant(NamedTuple):
        """One moment, read from both clocks."""

        wall: float
        monotonic: float

else:
    # typing.NamedTuple would cost a millisecond or two of start-up.
    Instant = namedtuple("Instant", ["wall", "monotonic"])  # noqa: PYI024


class SystemClock:
    """The clocks of this machine."""

    wall = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def __reduce__(self) -> str:
        return "SYSTEM_CLOCK"


SYSTEM_CLOCK = SystemClock()


def now(clock: Clock) -> Instant:
    """Read both clocks, in this order: a suspend in between is then seen by the second."""
    return Instant(monotonic=clock.monotonic(), wall=clock.wall())
