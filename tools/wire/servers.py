"""Servers of others, as processes on this machine."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .proof import NODE_TOOLS, Unexpected

if TYPE_CHECKING:
    from collections.abc import Generator

START_SECONDS = 30


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def prism(*arguments: str) -> Generator[str]:
    """Run Prism on a free port, and yield its base URL.

    Args:
        *arguments: What follows its name: `mock` or `proxy`, the document, ...
    """
    port = free_port()
    command = [str(NODE_TOOLS / "prism"), *arguments, "--port", str(port), "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--verboseLevel", "error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise Unexpected("Prism did not start") from None
            time.sleep(0.05)  # there is nothing to wait on but the port itself
        else:
            return
