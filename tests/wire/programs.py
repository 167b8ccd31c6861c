"""The document, and the programs of others that are held to it."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "talend-oauth.yaml"
NODE_TOOLS = ROOT / "tools" / "node" / "node_modules" / ".bin"
PYTHON_TOOLS = ROOT / ".venv" / "tools" / "bin"
PATIENCE = 60


@contextmanager
def prism(*arguments: str) -> Iterator[str]:
    """Run Prism on a free port, and yield its base URL.

    Args:
        *arguments: What follows its name: `mock` or `proxy`, the document, ...
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [NODE_TOOLS / "prism", *arguments, "--port", str(port), "--verboseLevel", "error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None, "Prism ended"
                assert time.monotonic() < end, "Prism does not listen"
                time.sleep(0.05)  # there is nothing to wait on but the port itself
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
