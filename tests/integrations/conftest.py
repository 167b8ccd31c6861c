"""A sandbox and a source of tokens for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talend_oauth import TokenSource
from talend_oauth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def source(sandbox: Sandbox) -> TokenSource:
    return TokenSource(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret, api_url=sandbox.url
    )
