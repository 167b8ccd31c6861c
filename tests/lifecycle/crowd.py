"""Many callers at once: threads, tasks of several event loops, and trio."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import trio

from talend_oauth.errors import TalendOAuthError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Self

    from talend_oauth import AccessToken, TokenSource

PATIENCE = 30.0


class Crowd:
    """Callers that all ask one source at the same moment.

    Args:
        source: Whom they ask.
        threads: How many threads.
        loops: How many event loops of asyncio, each in a thread of its own.
        tasks: How many tasks, shared evenly by the loops.
        trio_tasks: How many tasks of trio.
    """

    def __init__(
        self,
        source: TokenSource,
        *,
        threads: int = 0,
        loops: int = 0,
        tasks: int = 0,
        trio_tasks: int = 0,
    ) -> None:
        self._source = source
        self._lock = threading.Lock()
        self.outcomes: list[AccessToken | TalendOAuthError] = []
        self.expected = threads + loops * (tasks // max(1, loops)) + trio_tasks
        runs: list[Callable[[], object]] = [self._ask] * threads
        runs += [lambda: asyncio.run(self._loop(tasks // loops))] * loops
        runs += [lambda: trio.run(self._trio, trio_tasks)] * (trio_tasks > 0)
        self._barrier = threading.Barrier(len(runs) + 1)
        self._threads = [threading.Thread(target=self._run, args=(run,)) for run in runs]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self._barrier.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        assert len(self.outcomes) == self.expected

    @property
    def values(self) -> set[str]:
        """The different tokens that they got."""
        return {outcome.value for outcome in self.outcomes if not self._failed(outcome)}  # type: ignore[union-attr]

    @property
    def errors(self) -> list[TalendOAuthError]:
        """The errors that they got."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, TalendOAuthError)]

    @staticmethod
    def _failed(outcome: object) -> bool:
        return isinstance(outcome, TalendOAuthError)

    def _run(self, run: Callable[[], object]) -> None:
        self._barrier.wait(PATIENCE)
        run()

    def _note(self, outcome: AccessToken | TalendOAuthError) -> None:
        with self._lock:
            self.outcomes.append(outcome)

    def _ask(self) -> None:
        try:
            self._note(self._source.token())
        except TalendOAuthError as error:
            self._note(error)

    async def _ask_async(self) -> None:
        try:
            self._note(await self._source.token_async())
        except TalendOAuthError as error:
            self._note(error)

    async def _loop(self, tasks: int) -> None:
        asks: list[Coroutine[object, object, None]] = [self._ask_async() for _ in range(tasks)]
        await asyncio.gather(*asks)

    async def _trio(self, tasks: int) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(tasks):
                nursery.start_soon(self._ask_async)
