"""Time that a test is the master of."""

from __future__ import annotations

import threading


class FakeClock:
    """Both clocks of a machine, and a sleep that only moves them.

    Attributes:
        naps: The seconds of each sleep, in order.
    """

    def __init__(self, wall: float = 1_700_000_000.0, monotonic: float = 1_000.0) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self.naps: list[float] = []

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return self._wall

    def monotonic(self) -> float:
        """Return seconds since some start."""
        return self._monotonic

    def sleep(self, seconds: float, /) -> None:
        """Let so many seconds pass, and note them."""
        self.naps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass on both clocks."""
        with self._lock:
            self._wall += seconds
            self._monotonic += seconds

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock forward, or back when negative, while no time passes."""
        with self._lock:
            self._wall += seconds

    def suspend(self, seconds: float) -> None:
        """Suspend the machine: its monotonic clock runs only while it freezes and thaws."""
        with self._lock:
            self._wall += seconds
            self._monotonic += 0.025
