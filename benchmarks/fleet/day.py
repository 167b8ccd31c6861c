"""A day of a fleet: hours in peace, then an outage, then a restart of everything at once."""

from __future__ import annotations

from typing import NamedTuple

from .simulation import Endpoint, Process, Store, World

HOUR = 3600.0
WARM_UP = 4 * HOUR  # before the day: hosts are started in its first hour
OUTAGE_AFTER = 6 * HOUR  # of the day
OUTAGE_LASTS = 600.0
RESTART = 9 * HOUR
PER_HOST = 50  # processes
STORES = ("none", "files", "Redis")
SIZES = (10, 1_000, 10_000)


class Day(NamedTuple):
    """Token requests of a day.

    Attributes:
        processes: How many there are.
        store: One of `STORES`.
        hourly: Requests an hour, before the outage.
        highest: Requests in the highest minute, before the outage.
        outage: In the highest minute of the outage.
        after_outage: In the highest minute of the two hours after it.
        restart: In the minute after the restart.
        after_restart: In the highest minute of the last hour of the day, fourteen hours after it.
    """

    processes: int
    store: str
    hourly: float
    highest: int
    outage: int
    after_outage: int
    restart: int
    after_restart: int


def simulate(processes: int, store: str, seed: int = 1) -> tuple[Day, list[int]]:
    """Return what was counted in a day, and the requests in each of its minutes."""
    endpoint = Endpoint(WARM_UP + OUTAGE_AFTER, OUTAGE_LASTS)
    world = World(endpoint, seed)
    shared, begun = Store(), 0.0
    fleet: list[Process] = []
    for number in range(processes):
        if number % PER_HOST == 0:
            begun = world.random() * HOUR
            shared = Store() if store == "files" else shared
        process = Process(world, None if store == "none" else shared)
        process.start(begun + world.random() * 60)
        fleet.append(process)
    world.run(WARM_UP + RESTART)
    for process in fleet:
        process.start(world.now)
    world.run(WARM_UP + 24 * HOUR)
    first = int(WARM_UP // 60)
    minutes = [endpoint.minutes[first + minute] for minute in range(24 * 60)]
    begins = int((endpoint.outage_begins - WARM_UP) // 60)
    ends = begins + int(OUTAGE_LASTS // 60) + 1
    peace, restart = minutes[: int(OUTAGE_AFTER // 60)], int(RESTART // 60)
    day = Day(
        processes=processes,
        store=store,
        hourly=round(sum(peace) / len(peace) * 60, 1),
        highest=max(peace),
        outage=max(minutes[begins:ends]),
        after_outage=max(minutes[ends : ends + 120]),
        restart=minutes[restart],
        after_restart=max(minutes[-60:]),
    )
    return day, minutes
