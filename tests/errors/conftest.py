"""A sandbox, and sources that wait for nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from talend_oauth import Settings, TokenSource, _reporting
from talend_oauth._clock import SystemClock
from talend_oauth._lifecycle.registry import REGISTRY
from talend_oauth.errors import TalendOAuthError
from talend_oauth.sandbox import Sandbox

Fails = Callable[..., TalendOAuthError]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TALEND_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())
    REGISTRY._kept.clear()
    REGISTRY._by_key.clear()


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Iterator[Sandbox]:
    yield server
    server.faults.clear()


@pytest.fixture
def fails(sandbox: Sandbox) -> Fails:
    """Ask for a token that will not come, and return the error."""

    def fails(**options: Any) -> TalendOAuthError:
        good = {
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
            "api_url": sandbox.url,
        }
        settings = Settings(**good | options)
        source = TokenSource(settings, _clock=SystemClock(), _random=lambda: 0.0)
        with pytest.raises(TalendOAuthError) as caught:
            source.token()
        assert len(str(caught.value).splitlines()) <= 3
        return caught.value

    return fails
