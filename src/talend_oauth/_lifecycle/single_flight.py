"""A fetch that is under way, and how threads and tasks wait for it.

The fetch runs in its own daemon thread, so cancelling a caller does not cancel it, no event loop
blocks, and no caller waits beyond the deadline even where the system's resolver hangs. A refresh in
the background is the same thing without a caller.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from talend_oauth._policy import DEADLINE
from talend_oauth._token import AccessToken
from talend_oauth.errors import TalendOAuthError, UnreachableError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

Outcome = AccessToken | TalendOAuthError


class PendingFetch:
    """A token or an error, to come.

    Args:
        deadline: The monotonic time, in seconds, at which everybody stops waiting for it.
        forced: Whether a new token is wanted although the current one is valid.

    Attributes:
        started: Whether a thread was started for it. A caller who finds that none was, because an
            exception came in between, starts it.
    """

    def __init__(self, deadline: float, *, forced: bool = False) -> None:
        self.deadline = deadline
        self.forced = forced
        self.started = False
        self._process = os.getpid()
        self._owner: dict[str, list[int]] = {}
        self._result: Outcome | None = None
        self._wakeups: list[Callable[[], object]] = []
        self._loops: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}

    @property
    def abandoned(self) -> bool:
        """Whether its thread is the parent's, and this process a child of a fork."""
        return self._process != os.getpid()

    def claim(self) -> bool:
        """Return True to the first thread that asks, which then has to call `finish`."""
        mine = [threading.get_ident()]  # claimed and named in one step
        return self._owner.setdefault("thread", mine) is mine

    def finish(self, outcome: Outcome) -> None:
        """Hand the outcome to everybody who waits; of two, if it was interrupted, the first."""
        if self._result is None:
            self._result = outcome
        for wake in self._wakeups.copy():
            with suppress(RuntimeError):  # awake, or its loop has ended with the task that waited
                wake()

    def wait(self, seconds: float) -> Outcome | None:
        """Wait in a thread.

        Args:
            seconds: How long at most.

        Returns:
            The token, or an error of the caller's own to raise; None if a fetch of this process
            is to be waited for in its place.
        """
        if not (self._is_own() or sys.is_finalizing()):  # when its thread does not run any more
            until = monotonic() + seconds
            # A lock of its own: whatever interrupts a thread, it holds up none of the others.
            asleep = threading.Lock()
            asleep.acquire()
            self._wakeups.append(asleep.release)
            while not (self._result or self.abandoned) and (left := until - monotonic()) > 0:
                # In steps, as a signal handler may fork this thread while it waits.
                asleep.acquire(timeout=min(left, 1.0))
        return self._outcome()

    async def wait_async(self, seconds: float) -> Outcome | None:
        """Wait in a task of asyncio or trio, whichever runs; see `wait`."""
        if not (self._is_own() or self._result):
            wait = self._wait_trio if _in_trio_task() else self._wait_asyncio
            await wait(max(0.0, seconds))
        return self._outcome()

    def _outcome(self) -> Outcome | None:
        if self.abandoned:
            return None
        if self._result:
            # Each caller raises an error of its own: tracebacks of one are not the other's.
            return self._result if isinstance(self._result, AccessToken) else self._result.copy()
        if self._is_own():
            return TalendOAuthError(
                "A token was asked for by code that runs during the fetch of that token.",
                hint="Do not call the TokenSource, or a client that uses it, from its own secret "
                "function, event listener, store or log handler.",
            )
        return UnreachableError(
            f"No token came within {DEADLINE:.0f} s.",
            hint="Check the network, DNS and the token store; try again later.",
        )

    async def _wait_asyncio(self, seconds: float) -> None:
        import asyncio  # which runs this task; a program without tasks is spared its 15 ms

        loop = asyncio.get_running_loop()
        done = self._loops.get(loop)
        if done is None:
            # One wake-up for all tasks of a loop: one for each would keep it busy for long.
            done = self._loops[loop] = asyncio.Event()
            loop.call_later(seconds, done.set)
            self._call_when_done(lambda: loop.call_soon_threadsafe(done.set))
        await done.wait()

    async def _wait_trio(self, seconds: float) -> None:
        trio: Any = sys.modules["trio"]
        done, token = trio.Event(), trio.lowlevel.current_trio_token()
        self._call_when_done(lambda: token.run_sync_soon(done.set))
        with trio.move_on_after(seconds):
            await done.wait()

    def _call_when_done(self, wake: Callable[[], object]) -> None:
        self._wakeups.append(wake)
        if self._result:  # it may have come just before
            wake()

    def _is_own(self) -> bool:
        return self._owner.get("thread") == [threading.get_ident()]


def _in_trio_task() -> bool:
    # Not imported, not complete as another thread imports it, or not what runs this task.
    with suppress(KeyError, AttributeError, RuntimeError):
        return bool(sys.modules["trio"].lowlevel.current_task())
    return False
