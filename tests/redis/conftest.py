"""Real Redis servers on ports of their own, and a local Talend."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import redis

from talend_oauth import _reporting
from talend_oauth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 30


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


class Server:
    """`redis-server`, which can be stopped for good, or halted so that it does not answer.

    Args:
        folder: For its files; made if it is not there.
        *options: More of its options, a configuration file first.
        tls: Whether it speaks TLS alone, which needs options too.
    """

    def __init__(self, folder: Path, *options: str, tls: bool = False) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.fail("redis-server is not on PATH (Debian: apt-get install redis-server)")
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"redis{'s' if tls else ''}://127.0.0.1:{self.port}/0"
        ports = ["--port", "0", "--tls-port"] if tls else ["--port"]
        self._process = subprocess.Popen(
            [binary, *options, *ports, str(self.port), "--bind", "127.0.0.1", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        wait_for(self._accepts)
        self.client = redis.Redis.from_url(self.url)

    def _accepts(self) -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0

    def add_user(self, *commands: str) -> str:
        """Return the URL of a new user who may run these commands only."""
        rules = [f"+{command}" for command in commands]
        user = ("ACL", "SETUSER", "limited", "on", ">secret", "~talend-oauth:*")
        self.client.execute_command(*user, *rules)
        return self.url.replace("://", "://limited:secret@")

    def halt(self) -> None:
        """Let it accept connections, but answer nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def stop(self) -> None:
        """End it."""
        self.client.close()
        self._process.kill()
        self._process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers that keep nothing, each with its options; they are ended after the test."""
    servers: list[Server] = []

    def started(*options: str, **how: bool) -> Server:
        folder = tmp_path / f"server-{len(servers)}"
        servers.append(Server(folder, *options, "--save", "", **how))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start()


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
