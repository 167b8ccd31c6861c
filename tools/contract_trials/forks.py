"""Runs work in forks of this process, two at a time, so that heavy imports are paid for once."""

from __future__ import annotations

import gc
import importlib.metadata
import multiprocessing
import sys
import time
import traceback
import warnings
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Generic, TypeVar

import hypothesis
import hypothesis.errors
import hypothesis.strategies
import openapi_core  # noqa: F401 - imported here once, for all forks
import openapi_python_client.config  # noqa: F401 - imported here once, for all forks
import openapi_spec_validator  # noqa: F401 - imported here once, for all forks
from hypothesis import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

AT_ONCE = 2
LONGEST = 120.0
T = TypeVar("T")


class Failed(Generic[T]):
    """What a piece of work gives that ended with an exception, or without any answer."""

    def __init__(self, why: str) -> None:
        self.why = why


def prepare() -> None:
    """Do once what takes long in each run of the tests: imports, and tables of hypothesis."""
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        # Our own code has to come from the scratch copy.
        if plugin.name != "talend_oauth":
            plugin.load()
    warnings.simplefilter("ignore", hypothesis.errors.HypothesisSideeffectWarning)
    # That a test fails is enough here; the smallest example that makes it fail is not sought.
    hypothesis.settings.register_profile("trial", phases=[Phase.explicit, Phase.generate])
    hypothesis.settings.load_profile("trial")
    hypothesis.settings(database=None, max_examples=1)(
        hypothesis.given(hypothesis.strategies.text())(lambda _: None)
    )()
    # What is there now stays; the collector of a fork need not look at it again.
    gc.freeze()


def do_all(work: list[Callable[[], T]], every: int) -> list[T | Failed[T]]:
    """Do all pieces of work, each in a process of its own.

    Args:
        work: What to do; the results have to pickle.
        every: After how many results to say how far it is, on standard error.

    Returns:
        The results, in the order of `work`.
    """
    fork = multiprocessing.get_context("fork")
    waiting = list(enumerate(work))
    running: dict[Connection, tuple[int, ForkProcess, float]] = {}
    done: dict[int, T | Failed[T]] = {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, piece = waiting.pop(0)
            receiver, sender = fork.Pipe(duplex=False)
            process = fork.Process(target=_answer, args=(piece, sender))
            process.start()
            sender.close()
            running[receiver] = (number, process, time.monotonic())
        ready = wait(list(running), timeout=1.0)
        for receiver, (number, process, started) in list(running.items()):
            if receiver in ready:
                try:
                    done[number] = receiver.recv()
                except EOFError:
                    done[number] = Failed("its process ended without an answer")
            elif time.monotonic() - started > LONGEST:
                process.kill()
                done[number] = Failed(f"it was ended after {LONGEST:.0f} s")
            else:
                continue
            del running[receiver]
            receiver.close()
            process.join()
            if len(done) % every == 0 or len(done) == len(work):
                print(f"{len(done)} of {len(work)} done", file=sys.stderr, flush=True)
    return [done[number] for number in range(len(work))]


def _answer(piece: Callable[[], T], sender: Connection) -> None:
    answer: T | Failed[T]
    try:
        answer = piece()
    except BaseException:  # noqa: BLE001 - whatever it is, the parent tells it
        answer = Failed(traceback.format_exc())
    sender.send(answer)
