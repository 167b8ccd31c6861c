"""A real Redis server on a port of its own, and a local Talend."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
import redis

from talend_oauth import _reporting
from talend_oauth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 30


class Server:
    """`redis-server`, which can be stopped for good, or halted so that it does not answer."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.fail("redis-server is not on PATH (Debian: apt-get install redis-server)")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        self._process = subprocess.Popen(
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                break
        self.client = redis.Redis.from_url(self.url)

    def add_user(self, *commands: str) -> str:
        """Return the URL of a new user who may run these commands only."""
        rules = [f"+{command}" for command in commands]
        connecting = [f"+{command}" for command in ("hello", "auth", "client", "select", "ping")]
        self.client.execute_command(
            *("ACL", "SETUSER", "limited", "on", ">secret", "~talend-oauth:*"),
            *connecting,
            *rules,
        )
        return self.url.replace("://", "://limited:secret@")

    def halt(self) -> None:
        """Let it accept connections, but answer nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def stop(self) -> None:
        """End it."""
        self.client.close()
        self._process.kill()
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(opaque_tokens=True) as running:
        yield running
        running.release()


@pytest.fixture(autouse=True)
def _environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())
