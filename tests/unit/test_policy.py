"""What to do with a token of some age."""

from __future__ import annotations

import pytest

from talend_oauth._policy import Schedule

HALF_HOUR = 1800.0


@pytest.mark.parametrize(
    ("age", "paused", "action"),
    [
        (-5.0, False, "serve"),
        (0.0, False, "serve"),
        (1199.9, False, "serve"),
        (1200.0, False, "serve and refresh"),
        (1739.9, False, "serve and refresh"),
        (1740.0, False, "refresh or serve"),
        (1799.9, False, "refresh or serve"),
        (1800.0, False, "wait"),
        (1e9, False, "wait"),
        (1200.0, True, "serve"),
        (1740.0, True, "serve"),
        (1799.9, True, "serve"),
        (1800.0, True, "wait"),
    ],
)
def test_the_age_of_a_half_hour_token_decides(age: float, paused: bool, action: str) -> None:
    assert action == Schedule(HALF_HOUR, 0.0).decide(age, paused=paused)


@pytest.mark.parametrize(
    ("lifetime", "refreshes", "waits"),
    [
        (1800.0, 1200.0, 1740.0),
        (600.0, 400.0, 540.0),
        (60.0, 40.0, 54.0),
        (3.0, 2.0, 2.7),
        (86400.0, 57600.0, 86340.0),
    ],
)
def test_the_forced_wait_is_the_last_minute_or_the_last_tenth_of_a_short_life(
    lifetime: float, refreshes: float, waits: float
) -> None:
    schedule = Schedule(lifetime, 0.0)

    assert (refreshes, waits, lifetime) == pytest.approx(
        (schedule.refreshes, schedule.waits, schedule.expires)
    )


@pytest.mark.parametrize("lifetime", [0.01, 1.0, 59.0, 1800.0, 86400.0])
def test_jitter_refreshes_earlier_only_and_at_most_by_a_tenth(lifetime: float) -> None:
    latest = Schedule(lifetime, 0.0).refreshes
    earliest = Schedule(lifetime, 1.0).refreshes

    assert pytest.approx(latest * 0.9) == earliest
    assert earliest < Schedule(lifetime, 0.5).refreshes < latest
    assert latest < Schedule(lifetime, 0.0).waits < lifetime


@pytest.mark.parametrize(
    ("lifetime", "pause"), [(1800.0, 30.0), (86400.0, 30.0), (600.0, 10.0), (1.0, 0.05)]
)
def test_the_pause_between_vain_renewals_is_a_part_of_the_life(
    lifetime: float, pause: float
) -> None:
    assert pause == Schedule(lifetime, 0.0).pause()
