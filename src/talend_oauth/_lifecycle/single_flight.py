"""One request under way, and how callers of any kind wait for it.

The request runs in a daemon thread of its own, never in a caller's: so no caller's cancellation
ends it, none waits longer than the deadline even where the system's resolver hangs, no event loop
is blocked, and a renewal behind the callers is the same thing without a caller. The thread keeps
no interpreter from exiting.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future
from contextlib import suppress

from talend_oauth._policy import DEADLINE
from talend_oauth._token import AccessToken
from talend_oauth.errors import TalendOAuthError, UnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    Outcome = AccessToken | TalendOAuthError


class Flight:
    """A token or an error, to come.

    Args:
        deadline: The monotonic time at which everybody stops waiting for it.
    """

    __slots__ = ("_future", "_landed", "deadline")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._future: Future[Outcome] = Future()
        self._landed: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}

    def land(self, outcome: Outcome) -> None:
        """Hand the outcome to everybody who waits; an error without its traceback."""
        self._future.set_result(outcome if isinstance(outcome, AccessToken) else outcome.again())

    def wait(self, seconds: float) -> Outcome:
        """Wait in a thread.

        Args:
            seconds: For how long at most.

        Returns:
            The token, or an error of the caller's own to raise.
        """
        try:
            return _own(self._future.result(max(0.0, seconds)))
        except TimeoutError:
            return _too_late()

    async def wait_async(self, seconds: float) -> Outcome:
        """Wait in a task of asyncio or trio, whichever runs."""
        if not self._future.done():
            trio = sys.modules.get("trio")
            if trio is not None and trio.lowlevel.in_trio_task():
                await self._wait_trio(max(0.0, seconds))
            else:
                await self._wait_asyncio(max(0.0, seconds))
        return _own(self._future.result()) if self._future.done() else _too_late()

    async def _wait_asyncio(self, seconds: float) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        landed = self._landed.get(loop)
        if landed is None:
            # One wake-up for all tasks of a loop: one for each would keep it busy for long.
            landed = self._landed[loop] = asyncio.Event()
            timer = loop.call_later(seconds, landed.set)

            def release() -> None:
                timer.cancel()
                landed.set()

            self._call_when_done(lambda: loop.call_soon_threadsafe(release))
        await landed.wait()

    async def _wait_trio(self, seconds: float) -> None:
        import trio

        done, loop = trio.Event(), trio.lowlevel.current_trio_token()
        self._call_when_done(lambda: loop.run_sync_soon(done.set))
        with trio.move_on_after(seconds):
            await done.wait()

    def _call_when_done(self, wake: Callable[[], object]) -> None:
        def call(_: object) -> None:
            with suppress(RuntimeError):  # that loop has ended, and with it the task that waited
                wake()

        self._future.add_done_callback(call)


def _own(outcome: Outcome) -> Outcome:
    # Each caller raises an error of its own: tracebacks and notes of one are not the other's.
    return outcome if isinstance(outcome, AccessToken) else outcome.again()


def _too_late() -> UnreachableError:
    return UnreachableError(
        f"No token came within {DEADLINE:.0f} s.",
        hint="Check the network and DNS; try again later.",
    )
