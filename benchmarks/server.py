"""The server of the bench: the sandbox, in a process of its own, on three ports of this machine.

One is the sandbox itself, the others serve the same sandbox to clients that send forms, plain and
behind TLS (see `forms`). All requests for tokens are counted in one place, by the sandbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from .address import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .forms import FormApp


class Server:
    """The running server, watched and changed over the sandbox's control API.

    Args:
        address: Of the server.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._control = httpx.Client(base_url=f"{address.url}/_sandbox", trust_env=False)

    def count(self) -> int:
        """Return how many token requests arrived so far."""
        return int(self._send("GET", "/health").json()["token_requests"])

    @contextlib.contextmanager
    def life(self, seconds: float) -> Iterator[None]:
        """Let new tokens live so long, meanwhile."""
        self._send("PATCH", "/settings", {"token_lifetime": seconds})
        try:
            yield
        finally:
            self._send("PATCH", "/settings", {"token_lifetime": 1800})

    @contextlib.contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Let every token request take so much longer, meanwhile."""
        self._send("POST", "/faults", {"delay": seconds, "times": None})
        try:
            yield
        finally:
            self._send("DELETE", "/faults")

    def close(self) -> None:
        """Close the connection to the control API."""
        self._control.close()

    def _send(self, method: str, path: str, body: object = None) -> httpx.Response:
        response = self._control.request(method, path, json=body)
        return response.raise_for_status()


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Run the server in a process of its own, meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.server", folder]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None  # noqa: S101
            assert process.stdout is not None  # noqa: S101
            server = Server(Address(*json.loads(process.stdout.readline())))
            try:
                yield server
            finally:
                server.close()
                process.stdin.close()  # which ends it


def _serve(folder: Path) -> None:
    """Serve until standard input ends."""
    from talend_oauth.sandbox import Sandbox, SandboxApp

    from .certificate import write_certificate
    from .forms import FormApp

    certificate, key = write_certificate(folder)
    with Sandbox() as sandbox:
        app = FormApp(SandboxApp(sandbox), sandbox.url)
        asyncio.run(_serve_forms(app, sandbox, certificate, key))


async def _serve_forms(app: FormApp, sandbox: Any, certificate: Path, key: Path) -> None:  # noqa: ANN401
    import uvicorn

    from .certificate import AUTHORITIES

    def server(**options: object) -> tuple[uvicorn.Server, socket.socket]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        config = uvicorn.Config(
            app, lifespan="off", ws="none", log_config=None, access_log=False, **options
        )
        return uvicorn.Server(config), listener

    plain, plain_socket = server()
    tls, tls_socket = server(ssl_certfile=str(certificate), ssl_keyfile=str(key))
    tasks = [
        asyncio.create_task(plain.serve([plain_socket])),
        asyncio.create_task(tls.serve([tls_socket])),
    ]
    while not (plain.started and tls.started):  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    address = Address(
        sandbox.url,
        f"http://127.0.0.1:{plain_socket.getsockname()[1]}",
        f"https://127.0.0.1:{tls_socket.getsockname()[1]}",
        sandbox.client_id,
        sandbox.client_secret,
        str(certificate.with_name(AUTHORITIES)),
    )
    sys.stdout.write(json.dumps(address) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    plain.should_exit = tls.should_exit = True
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
