"""scripts/prove fleet: the simulation follows the library, and the page shows its results."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import TokenSource

from ..clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
HOUR = 3600.0
DAY = 24 * HOUR
STEP = 0.25  # seconds between two calls


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT)
    import benchmarks.fleet.__main__ as fleet

    return fleet


def test_the_page_shows_the_results_of_the_last_run(fleet: Any) -> None:
    rows = json.loads((ROOT / "benchmarks/fleet/results.json").read_text())
    days = [fleet.Day(**row) for row in rows]

    assert [(day.processes, day.store) for day in days] == [
        (size, store) for size in fleet.SIZES for store in fleet.STORES
    ]
    page = fleet.PAGE.read_text(encoding="utf-8")
    assert fleet.BEGIN + fleet.table(days) + fleet.END in page


@pytest.mark.parametrize("store", ["none", "files", "Redis"])
def test_the_results_are_those_of_the_policy_as_it_is_now(fleet: Any, store: str) -> None:
    """If not, run scripts/prove fleet."""
    rows = json.loads((ROOT / "benchmarks/fleet/results.json").read_text())
    (row,) = (row for row in rows if (row["processes"], row["store"]) == (10, store))

    assert fleet.simulate(10, store)[0] == fleet.Day(**row)


def test_the_highest_minute_of_a_large_fleet_is_within_twice_the_mean(fleet: Any) -> None:
    rows = json.loads((ROOT / "benchmarks/fleet/results.json").read_text())
    large = [row for row in rows if row["processes"] >= 1000 and row["store"] == "none"]

    assert len(large) == 2
    assert [row for row in large if row["highest"] > 2 * row["hourly"] / 60] == []
    # As the page says of a restart: every process, and half a day later about twice the mean.
    assert [row["restart"] for row in large] == [row["processes"] for row in large]
    assert all(1.5 < row["after_restart"] / row["hourly"] * 60 < 2.5 for row in large)


def test_a_fleet_that_is_started_over_twenty_minutes_is_spread_at_once(fleet: Any) -> None:
    from benchmarks.fleet.simulation import Endpoint, Process, World

    endpoint = Endpoint(2 * DAY, 0.0)
    world = World(endpoint, seed=1)
    for number in range(1000):
        Process(world, None).start(number * 1200 / 1000)
    world.run(DAY)

    assert max(endpoint.minutes.values()) <= 2 * 1000 / 19


def test_the_picture_is_drawn_of_every_minute(fleet: Any) -> None:
    minutes = [0, 1, 10_000, *[5] * 1437]
    drawn = fleet.draw(dict.fromkeys(fleet.STORES, (300.0, minutes)))

    assert drawn.count('class="ours"') == 3
    assert "Redis: 300 requests an hour" in drawn
    assert "prefers-color-scheme: dark" in drawn
    assert (ROOT / "benchmarks/fleet/results.svg").read_text().count('class="ours"') == 3


def simulated(fails: Callable[[float], bool], hours: float) -> list[float]:
    """Return when a process of the simulation, without a store, sends requests."""
    from benchmarks.fleet.simulation import Endpoint, Process, World

    times: list[float] = []

    class Noting(Endpoint):
        def request(self, now: float) -> bool:
            times.append(now)
            return not fails(now)

    world = World(Noting(0.0, 0.0), seed=1)
    Process(world, None).start(0.0)
    world.run(hours * HOUR)
    return times


def real(fails: Callable[[float], bool], hours: float, response: float) -> list[float]:
    """Return when a `TokenSource` does that is asked all the time."""
    clock, times = FakeClock(monotonic=0.0), list[float]()

    def respond(_: httpx.Request) -> httpx.Response:
        now = clock.monotonic()
        times.append(now)
        clock.advance(response)
        if fails(now):
            return httpx.Response(503)
        content = {"access_token": f"token-{now}", "token_type": "Bearer", "expires_in": 1800}
        return httpx.Response(200, json=content)

    source = TokenSource(
        client_id="id",
        client_secret="secret",
        region="eu",
        _clock=clock,
        _random=random.Random(1).random,  # noqa: S311 - a simulation
        _transport=httpx.MockTransport(respond),
    )
    while clock.monotonic() < hours * HOUR:
        source.token()
        pending = source._cached.state.pending
        if pending is not None:
            pending.wait(30.0)
        clock.advance(STEP)
    return times


def test_a_simulated_process_sends_what_a_token_source_sends(fleet: Any) -> None:
    def fails(now: float) -> bool:
        return 4500 < now < 5100  # a refresh falls into it

    from benchmarks.fleet.simulation import RESPONSE

    expected, found = real(fails, 3, RESPONSE), simulated(fails, 3)
    assert len(found) == len(expected)
    assert len(found) > 20
    # A TokenSource is asked at every step only, which adds up.
    assert found == pytest.approx(expected, abs=STEP * len(found))
