"""The command against a sandbox: in a process of its own, as a user runs it, or in this one."""

from __future__ import annotations

import os
import select
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from talend_oauth.cli import main
from talend_oauth.sandbox import Sandbox

_INSTALLED = Path(sys.executable).with_name("talend-oauth")
COMMAND = [str(_INSTALLED)] if os.name == "posix" else [sys.executable, "-m", "talend_oauth"]
SHELL_COMMAND = shlex.join(COMMAND)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
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


def changed(environment: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    merged = environment | {name: value for name, value in changes.items() if value is not None}
    return {name: value for name, value in merged.items() if changes.get(name, "") is not None}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run `talend-oauth` with these arguments; what it reads comes from `input`."""

    def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*more.pop("command", COMMAND), *arguments],
            env=changed(environment, more.pop("env", {})),
            **(
                {"input": "", "capture_output": True, "text": True, "timeout": 60, "check": False}
                | more
            ),
        )

    return run


@pytest.fixture
def call(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run the command in this process, which is much faster, with nothing on its standard input.

    Sources in one process share tokens: for what is about the store, use `run`.
    """
    own = {"TALEND_AUDIENCE": f"https://{uuid.uuid4()}.example"}

    def call(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("TALEND_")]:
                patch.delenv(name)
            for name, value in changed(environment | own, more.get("env", {})).items():
                patch.setenv(name, value)
            status = main(list(arguments))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, out, err)

    return call


# Takes the terminal for its own, and Ctrl+C, which whoever started pytest may have switched off.
_TAKE = """if True:
    import fcntl, os, signal, sys, termios
    fcntl.ioctl(0, termios.TIOCSCTTY)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])"""
_PATIENCE = 60  # seconds for a command in a terminal


@pytest.fixture
def in_terminal(environment: dict[str, str]) -> Callable[..., tuple[str, int]]:
    """Run the command in a terminal of 80 columns; return all that it shows, and its status.

    What is `typed` is typed when a prompt has been seen.
    """
    if os.name != "posix":
        pytest.skip("posix: needs a pseudo-terminal")

    def in_terminal(
        *arguments: str, env: dict[str, str | None] | None = None, typed: bytes = b""
    ) -> tuple[str, int]:
        controller, terminal = os.openpty()
        with (
            closing(os.fdopen(controller, "rb", buffering=0)),
            subprocess.Popen(
                [sys.executable, "-IS", "-c", _TAKE, *COMMAND, *arguments],
                env=changed(environment | {"TERM": "xterm", "COLUMNS": "80"}, env or {}),
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            ) as process,
        ):
            os.close(terminal)
            shown, end = b"", time.monotonic() + _PATIENCE
            while select.select([controller], [], [], max(0, end - time.monotonic()))[0]:
                try:
                    more = os.read(controller, 4096)
                except OSError:  # the terminal is closed
                    break
                if not more:
                    break
                shown += more
                if typed and shown.endswith(b": "):
                    os.write(controller, typed)
                    typed = b""
            else:
                process.kill()
                pytest.fail(f"it has not ended after {_PATIENCE} s; it showed {shown!r}")
            status = process.wait(_PATIENCE)
        return shown.decode().replace("\r\n", "\n"), status

    return in_terminal
