"""A network and a token endpoint in this process; a sandbox on a real port."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from talend_oauth import TokenSource, _reporting
from talend_oauth.sandbox import Sandbox

from ..clocks import FakeClock
from .network import API, Endpoint, Network

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TALEND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox_source(sandbox: Sandbox) -> TokenSource:
    return TokenSource(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret, api_url=sandbox.url
    )


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source(endpoint: Endpoint, clock: FakeClock) -> TokenSource:
    return TokenSource(
        client_id="accounts",
        client_secret="plain-secret",
        api_url=API,
        _transport=endpoint,
        _clock=clock,
        _random=lambda: 0.0,
    )


@pytest.fixture
def token(source: TokenSource, clock: FakeClock) -> str:
    """A token that was fetched some time before the request of the test: token-1."""
    value = source.token().value
    clock.advance(5)
    return value
