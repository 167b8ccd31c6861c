"""A gate in front of the token endpoint, for tests of concurrency that need no sleep."""

import asyncio
import threading
from time import monotonic


class Gate:
    """Counts the requests that arrive, and holds them while it is closed.

    The server's event loop waits here; the threads of a test open, close and watch it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._arrived = 0
        self._closed = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def arrived(self) -> int:
        """How many requests have arrived."""
        return self._arrived

    @property
    def is_closed(self) -> bool:
        """Whether requests are held."""
        return self._closed

    @property
    def held(self) -> int:
        """How many requests are held now."""
        return len(self._waiting)

    def close(self) -> None:
        """Hold requests from now on."""
        with self._changed:
            self._closed = True

    def open(self) -> None:
        """Let all requests continue."""
        with self._changed:
            self._closed = False
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    def wait_for(self, count: int, timeout: float) -> None:
        """Block until so many requests have arrived since the start.

        Args:
            count: How many.
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: When they have not.
        """
        end = monotonic() + timeout
        with self._changed:
            while self._arrived < count:
                if not self._changed.wait(max(0.0, end - monotonic())) and monotonic() >= end:
                    raise TimeoutError(
                        f"{self._arrived} of {count} token requests arrived in {timeout} s"
                    )

    async def arrive(self) -> None:
        """Count a request, and hold it while the gate is closed."""
        with self._changed:
            self._arrived += 1
            self._changed.notify_all()
            if not self._closed:
                return
            event = asyncio.Event()
            self._waiting.append((asyncio.get_running_loop(), event))
        await event.wait()
