"""Who waits, and for how long: a slow renewal under polling callers, and an event loop."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING

from .libraries import LIBRARIES, OURS
from .measure import interleave, medians
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from .libraries import Ask, AskAsync, Library
    from .options import Options
    from .server import Server

CALLERS = 16
RENEWAL = 2.0  # seconds that the endpoint takes to answer
MARGIN = 0.5  # seconds of polling before the renewal at the earliest, and after it
PAUSE = 0.01  # seconds between two calls of one caller
STALLED = 0.5  # seconds: who waits that long waits for the endpoint, not for the processor
HEARTBEAT = 0.001


def renewal(server: Server, options: Options) -> Result:
    """Count the callers that a renewal of 2 s stalls, and measure the longest wait of any.

    Each library gets a token of a short life, which nobody asks for until its renewal is near, by
    the library's own rules, and then all do until it is over. The next token lives for long.

    The longest of thousands of waits is often the machine's doing: now and then it takes the
    processor away for some milliseconds, also from callers of an empty loop. So ours is the
    median of several renewals, beside that of the same callers when no renewal is due.
    """
    rounds = 2 if options.quick else 7
    waits: dict[str, list[list[float]]] = {}
    for library in options.libraries:
        for _ in range(rounds if library is OURS else 1):
            waits.setdefault(library.name, []).append(_poll_threads(server, library))
            if library.make(server.address)[1] is not None:
                polled = asyncio.run(_poll_tasks(server, library))
                waits.setdefault(f"{library.name}, tasks", []).append(polled)
    stalled = {
        name: max(sum(wait > STALLED for wait in each) for each in found)
        for name, found in waits.items()
    }
    longest = {name: median(map(max, found)) * 1e3 for name, found in waits.items()}
    calm = median(_poll_calm(server) for _ in range(rounds)) * 1e3
    ours = (OURS.name, f"{OURS.name}, tasks")
    for name in ours:
        options.expect(f"callers of {name} stalled by a renewal", stalled[name], 0)
    best = options.best({name: stalled[name] + longest[name] / 1e6 for name in stalled})
    worst = max(longest[name] for name in ours)
    return Result(
        "renewal",
        f"longest wait of {CALLERS} callers during a refresh of 2 s (threads; tasks)",
        limit=f"under 1 ms, nobody stalled (no refresh: {calm:.2f} ms)",
        best=f"{best} {longest[best]:.2f} ms" if best else "",
        ours=f"{longest[ours[0]]:.2f} ms; {longest[ours[1]]:.2f} ms",
        met=worst < 1 and not any(stalled[name] for name in ours),
        figures={
            "stalled": stalled,
            "milliseconds": longest | {"no renewal": calm},
            "rounds": {name: [max(each) * 1e3 for each in waits[name]] for name in ours},
        },
    )


def _quiet(library: Library) -> float:
    """Return the seconds for which nobody asks: until the renewal is near."""
    return library.renews[0] - MARGIN


def _watch(library: Library) -> float:
    """Return the seconds of polling in which the renewal begins and ends."""
    earliest, latest = library.renews
    return MARGIN + latest - earliest + RENEWAL + MARGIN


def _poll_threads(server: Server, library: Library) -> list[float]:
    """Return the longest wait of each thread while the token is renewed."""
    ask, _ = library.make(server.address)
    with server.life(library.life):
        ask()
    before = server.count()
    sleep(_quiet(library))
    with server.slow(RENEWAL):
        longest = _in_threads(ask, _watch(library))
    _expect_renewal(server.count() - before, library)
    return longest


async def _poll_tasks(server: Server, library: Library) -> list[float]:
    """Return the longest wait of each task while the token is renewed."""
    _, ask = library.make(server.address)
    assert ask is not None  # noqa: S101 - the caller looked
    with server.life(library.life):
        await ask()
    before = await asyncio.to_thread(server.count)
    await asyncio.sleep(_quiet(library))
    with server.slow(RENEWAL):
        longest = await _in_tasks(ask, _watch(library))
    _expect_renewal(await asyncio.to_thread(server.count) - before, library)
    return longest


def _poll_calm(server: Server) -> float:
    """Return the longest wait of any thread for ours, while its token needs no renewal."""
    ask, _ = OURS.make(server.address)
    ask()
    return max(_in_threads(ask, _watch(OURS)))


def _in_threads(ask: Ask, seconds: float) -> list[float]:
    """Return the longest wait of each thread that asks again and again, for so long."""
    longest = [0.0] * CALLERS
    end = monotonic() + seconds

    def poll(number: int) -> None:
        while monotonic() < end:
            started = perf_counter()
            ask()
            longest[number] = max(longest[number], perf_counter() - started)
            sleep(PAUSE)

    run_threads([partial(poll, number) for number in range(CALLERS)])
    return longest


async def _in_tasks(ask: AskAsync, seconds: float) -> list[float]:
    """Return the longest wait of each task that asks again and again, for so long."""
    longest = [0.0] * CALLERS
    end = monotonic() + seconds

    async def poll(number: int) -> None:
        while monotonic() < end:
            started = perf_counter()
            await ask()
            longest[number] = max(longest[number], perf_counter() - started)
            await asyncio.sleep(PAUSE)

    await asyncio.gather(*(poll(number) for number in range(CALLERS)))
    return longest


def _expect_renewal(requests: int, library: Library) -> None:
    if requests == 0:
        raise RuntimeError(f"{library.name} did not renew its token while it was watched")


def run_threads(functions: list[Callable[[], None]]) -> None:
    """Run the functions at once, each in a thread, to their ends."""
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lag(server: Server, options: Options) -> Result:
    """Measure how long an event loop stands still while 200 tasks ask for the first token."""
    contenders = {}
    for library in options.libraries:
        if library.make(server.address)[1] is not None:
            contenders[library.name] = partial(_lag, server, library.name)
    contenders["nothing asked"] = partial(_lag, server, "")
    with server.slow(0.1):
        rounds = interleave(contenders, 3 if options.quick else 11)
    milliseconds = medians(rounds, 1e3)
    best = options.best(milliseconds)
    ours = milliseconds[OURS.name]
    return Result(
        "lag",
        "longest event-loop lag, 200 tasks and no token yet",
        limit=f"< 5 ms (nothing asked: {milliseconds['nothing asked']:.1f} ms)",
        best=f"{best} {milliseconds[best]:.1f} ms" if best else "",
        ours=f"{ours:.1f} ms",
        met=ours < 5,
        figures={"milliseconds": milliseconds},
    )


def _lag(server: Server, name: str) -> float:
    ask = LIBRARIES[name].make(server.address)[1] if name else None
    return asyncio.run(_longest_lag(ask))


async def _longest_lag(ask: AskAsync | None) -> float:
    loop = asyncio.get_running_loop()
    longest = 0.0
    last = loop.time()

    async def beat() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(HEARTBEAT)
            now = loop.time()
            longest, last = max(longest, now - last - HEARTBEAT), now

    heart = asyncio.create_task(beat())
    await asyncio.sleep(0.02)
    longest = 0.0
    if ask is not None:
        await asyncio.gather(*(ask() for _ in range(200)))
    else:
        await asyncio.sleep(0.1)
    await asyncio.sleep(2 * HEARTBEAT)
    heart.cancel()
    return longest
