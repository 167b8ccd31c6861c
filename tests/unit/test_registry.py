"""The cached tokens of a process: how many are kept, and the end of the interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talend_oauth._lifecycle.registry import EXIT_TIMEOUT, KEPT, Registry
from talend_oauth._lifecycle.single_flight import PendingFetch

if TYPE_CHECKING:
    import pytest


def waits_of(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(PendingFetch, "wait", lambda _, seconds: waits.append(seconds))
    registry.before_exit()
    return waits


def test_at_its_end_the_interpreter_waits_a_moment_for_a_fetch_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = Registry()
    idle, waiting, working = (registry.cached(key) for key in ("idle", "waiting", "working"))
    pending = PendingFetch(20.0)
    pending.started = True
    waiting.replace(waiting.state, waiting.state.evolve(pending=PendingFetch(20.0)))
    working.replace(working.state, working.state.evolve(pending=pending))
    (wait,) = waits_of(registry, monkeypatch)

    assert (KEPT, EXIT_TIMEOUT) == (128, 0.5)  # as the documentation has them
    assert EXIT_TIMEOUT - 0.4 < wait <= EXIT_TIMEOUT
    assert idle.state.pending is None


def test_a_key_of_fingerprints_is_long_and_each_time_another() -> None:
    assert len(Registry().key) == 32
    assert Registry().key != Registry().key
