"""Rounds: every contender in each, one after the other, so that what else runs hits all alike."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from itertools import repeat
from statistics import median
from time import perf_counter, thread_time
from typing import NamedTuple

Rounds = Mapping[str, list[float]]


def interleave(
    contenders: Mapping[str, Callable[[], float]], rounds: int, *, warm_up: int = 1
) -> Rounds:
    """Return what each contender measured in each round; the order turns from round to round.

    Args:
        contenders: Functions that measure once, by name.
        rounds: How many count.
        warm_up: How many come before, and do not.
    """
    results: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(warm_up + rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            figure = contenders[name]()
            if number >= warm_up:
                results[name].append(figure)
    return results


def typical(results: Rounds, name: str) -> float:
    """Return the median of the rounds."""
    return median(results[name])


def least(results: Rounds, name: str) -> float:
    """Return the least disturbed of the rounds, of work that is the same in each."""
    return min(results[name])


def medians(results: Rounds, factor: float) -> dict[str, float]:
    """Return the median of each contender, times a factor."""
    return {name: typical(results, name) * factor for name in results}


def ratio(results: Rounds, name: str, reference: str) -> float:
    """Return the median of the rounds' ratios: both of a pair were measured right together."""
    return median(a / b for a, b in zip(results[name], results[reference], strict=True))


def seconds_a_call(function: Callable[[], object], calls: int) -> float:
    """Return the processor time of one call, on average over so many without a pause.

    Of this thread alone: what else runs on the machine is not counted.
    """
    gc.disable()  # a collection in the middle would be of everybody's garbage
    try:
        started = thread_time()
        for _ in repeat(None, calls):
            function()
        return (thread_time() - started) / calls
    finally:
        gc.enable()


def calls_in(seconds: float, function: Callable[[], object]) -> int:
    """Return how many calls make a round of about so long, from 10 to 20,000."""
    seconds_a_call(function, 100)  # warms up
    return max(10, min(20_000, int(seconds / seconds_a_call(function, 100))))


class Run(NamedTuple):
    """One process, from its start to its end.

    Attributes:
        cpu: Seconds of processor time, in the program and for it in the system.
        wall: Seconds that passed.
    """

    cpu: float
    wall: float


def run(command: list[str], environment: Mapping[str, str]) -> Run:
    """Run a program, and measure it.

    Raises:
        RuntimeError: When it fails.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    started = perf_counter()
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    wall = perf_counter() - started
    if status != 0:
        raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return Run(usage.ru_utime + usage.ru_stime, wall)


def python(code: str) -> list[str]:
    """Return the command that runs the code in a new Python."""
    return [sys.executable, "-c", code]
