"""Processes that need a token all day, stores that they share, and an endpoint that counts.

Time is virtual. When a token is refreshed, how often a request is tried and how long a failure is
remembered is decided by `talend_oauth._policy`; the steps of a fetch are those of
`talend_oauth._lifecycle.fetch`, written again without threads and sockets.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from talend_oauth._lifecycle.fetch import CALM, LOCK_FRACTION
from talend_oauth._policy import DEADLINE, Schedule, retry_delay
from talend_oauth.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Generator

    Steps = Generator[float, None, None]  # each yields the time at which it goes on

LIFETIME = 1800.0  # seconds; that of Talend's tokens
RESPONSE = 0.3  # seconds for a response, also for one of an outage
LOOK = 0.005  # seconds for a process that holds the lock to find the token in the store
_NEVER = float("-inf")


class Endpoint:
    """Counts the requests of each minute; fails in an outage.

    Args:
        outage_after: Seconds; the outage begins with the first request after them, so that it hits
            fleets that send few.
        outage_lasts: Seconds.
    """

    def __init__(self, outage_after: float, outage_lasts: float) -> None:
        self.minutes: Counter[int] = Counter()
        self.outage_begins = float("inf")
        self._outage_after = outage_after
        self._outage_lasts = outage_lasts

    def request(self, now: float) -> bool:
        """Return whether a request is successful."""
        self.minutes[int(now // 60)] += 1
        if now >= self._outage_after:
            self.outage_begins = min(now, self.outage_begins)
        return not self.outage_begins <= now < self.outage_begins + self._outage_lasts


class Lock:
    """Held by one process; the others get it in the order in which they came."""

    def __init__(self) -> None:
        self.is_held = False
        self.waiting: deque[tuple[Process, int]] = deque()

    def release(self) -> None:
        """Give it to the next one who still waits."""
        while self.waiting:
            process, turn = self.waiting.popleft()
            if process.turn == turn:
                process.has_lock = True
                process.wake(process.world.now)
                return
        self.is_held = False


@dataclass
class Store:
    """A file on a host, or a Redis: the newest token and its two locks."""

    requested: float = _NEVER
    locks: tuple[Lock, Lock] = field(default_factory=lambda: (Lock(), Lock()))


class World:
    """The clock, and what happens when.

    Args:
        endpoint: Where tokens are from.
        seed: Of the random numbers.
    """

    def __init__(self, endpoint: Endpoint, seed: int) -> None:
        self.now = 0.0
        self.endpoint = endpoint
        self.random = random.Random(seed).random  # noqa: S311 - a simulation
        self._events: list[tuple[float, int, Process, int]] = []
        self._count = 0

    def at(self, time: float, process: Process, turn: int) -> None:
        """Let a process go on at a time, unless it has gone on by then."""
        self._count += 1
        heapq.heappush(self._events, (time, self._count, process, turn))

    def run(self, until: float) -> None:
        """Let everything happen up to a time."""
        while self._events and self._events[0][0] < until:
            self.now, _, process, turn = heapq.heappop(self._events)
            if process.turn == turn:
                process.go_on()
        self.now = until


class Process:
    """A process that calls an API all the time, so it refreshes its token as soon as it may.

    Args:
        world: Where it lives.
        store: What it shares with others; None if nothing.
    """

    def __init__(self, world: World, store: Store | None) -> None:
        self.world = world
        self.turn = 0
        self.has_lock = False
        self._store = store
        self._requested = _NEVER
        self._jitter = 0.0
        self._paused_until = _NEVER
        self._steps: Steps | None = None

    def start(self, time: float) -> None:
        """Start it, or start it again: it knows no token then."""
        if self._steps is not None:
            self._steps.close()
        self._requested = self._paused_until = _NEVER
        self._steps = self._live()
        self.wake(time)

    def wake(self, time: float) -> None:
        """Go on at a time, and not when it was said before."""
        self.turn += 1
        self.world.at(time, self, self.turn)

    def go_on(self) -> None:
        """Do the next step."""
        assert self._steps is not None  # noqa: S101 - it was started
        self.wake(next(self._steps))

    def _live(self) -> Steps:
        while True:
            now = self.world.now
            schedule, age = Schedule(LIFETIME, self._jitter), now - self._requested
            if schedule.decide(age, paused=now < self._paused_until) != "serve":
                yield from self._fetch(now + DEADLINE)
            elif now < self._paused_until:
                yield min(self._paused_until, self._requested + schedule.expires)
            else:
                yield self._requested + schedule.refreshes + 0.001  # not just before, by rounding

    def _fetch(self, deadline: float) -> Steps:
        if self._loaded():
            return
        lock = yield from self._locked((deadline - self.world.now) * LOCK_FRACTION)
        try:
            if lock is not None:
                yield self.world.now + LOOK
            if not self._loaded():
                yield from self._request(deadline)
        finally:
            if lock is not None:
                lock.release()

    def _locked(self, seconds: float) -> Generator[float, None, Lock | None]:
        for lock in self._store.locks if self._store else ():
            if not lock.is_held:
                lock.is_held = True
                return lock
            self.has_lock = False
            lock.waiting.append((self, self.turn + 1))
            yield self.world.now + seconds / 2
            if self.has_lock:
                return lock
        return None

    def _loaded(self) -> bool:
        """Take the token of the store if it is a newer one."""
        if self._store is None or self._store.requested <= self._requested:
            return False
        self._take(self._store.requested)
        age = self.world.now - self._requested
        return Schedule(LIFETIME, self._jitter).decide(age) in ("serve", "serve and refresh")

    def _request(self, deadline: float) -> Steps:
        tries = 0
        while True:
            tries += 1
            sent = self.world.now
            is_token = self.world.endpoint.request(sent)
            yield sent + RESPONSE
            if is_token:
                self._take(sent)
                if self._store is not None:
                    self._store.requested = sent
                return
            left = deadline - self.world.now
            delay = retry_delay(ServerError("503"), tries, self.world.random(), left)
            age = self.world.now - self._requested
            if delay is None or Schedule(LIFETIME, self._jitter).decide(age) in CALM:
                self._paused_until = self.world.now + Schedule(LIFETIME, 0.0).pause()
                return
            yield self.world.now + delay

    def _take(self, requested: float) -> None:
        self._requested, self._jitter = requested, self.world.random()
        self._paused_until = _NEVER
