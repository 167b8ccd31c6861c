"""The command as a user runs it: in a process of its own, against a sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from talend_oauth.sandbox import Sandbox

COMMAND = str(Path(sys.executable).with_name("talend-oauth"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Iterator[Sandbox]:
    yield server
    server.faults.clear()


@pytest.fixture
def environment(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALEND_")}
    store = {"TALEND_OAUTH_STORE": str(tmp_path / "tokens"), "PYTHONWARNINGS": ""}
    return kept | sandbox.environment() | store


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run `talend-oauth` with these arguments; what it reads comes from `input`."""

    def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        changes: dict[str, str | None] = more.pop("env", {})
        merged = environment | {name: value for name, value in changes.items() if value is not None}
        for name in [name for name, value in changes.items() if value is None]:
            del merged[name]
        command = more.pop("command", [COMMAND])
        return subprocess.run(
            [*command, *arguments],
            env=merged,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **({"input": ""} | more),
        )

    return run
