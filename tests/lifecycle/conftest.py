"""A local Talend on a real port, and sources of its tokens."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import Settings, TokenSource, _reporting
from talend_oauth._lifecycle.registry import REGISTRY
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth.sandbox import Sandbox

from ..clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talend_oauth._lifecycle.single_flight import Outcome

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TALEND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())
    REGISTRY._kept.clear()
    REGISTRY._by_key.clear()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(opaque_tokens=True) as running:
        yield running
        running.release()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(sandbox: Sandbox) -> Callable[..., Settings]:
    """Make settings for the sandbox, with changes."""

    def settings(**changes: Any) -> Settings:
        options: dict[str, Any] = {
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
            "api_url": sandbox.url,
        }
        return Settings(**{**options, **changes})

    return settings


@pytest.fixture
def source(settings: Callable[..., Settings], clock: FakeClock) -> TokenSource:
    return TokenSource(settings(), _clock=clock, _random=lambda: 0.0)


@pytest.fixture
def all_wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Block until so many callers have come to wait for a fetch."""
    arrived = threading.Semaphore(0)
    wait, wait_async = PendingFetch.wait, PendingFetch.wait_async

    def arrive(self: PendingFetch, seconds: float) -> Outcome:
        arrived.release()
        return wait(self, seconds)

    async def arrive_async(self: PendingFetch, seconds: float) -> Outcome:
        arrived.release()
        return await wait_async(self, seconds)

    def all_wait(count: int) -> None:
        for _ in range(count):
            assert arrived.acquire(timeout=PATIENCE)

    monkeypatch.setattr(PendingFetch, "wait", arrive)
    monkeypatch.setattr(PendingFetch, "wait_async", arrive_async)
    return all_wait
