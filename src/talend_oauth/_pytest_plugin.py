"""The pytest plugin: fixtures, loaded by every pytest that finds this package installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from ._lifecycle.source import TokenSource
    from .sandbox import Sandbox
    from .sandbox._state import Options

MARKER = "talend_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, which pytest demands under `--strict-markers`."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(**options): options of the talend_sandbox fixture, such as token_lifetime=60",
    )


@pytest.fixture
def talend_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Generator[Sandbox]:
    """Run a local Talend on a real port, with the environment pointing at it."""
    from .sandbox import Sandbox
    from .testing import sandbox_variables

    marker = request.node.get_closest_marker(MARKER)
    options = cast("Options", {} if marker is None else marker.kwargs)
    with Sandbox(**options) as sandbox:
        for name, value in sandbox_variables(sandbox).items():
            if value is None:
                monkeypatch.delenv(name)
            else:
                monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def talend_token_source(talend_sandbox: Sandbox) -> TokenSource:
    """Return a `TokenSource` for the sandbox that lives in its time."""
    from .testing import token_source

    return token_source(talend_sandbox)
