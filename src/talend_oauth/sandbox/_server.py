"""The sandbox on a real port, served by uvicorn from a thread."""

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
import struct
import threading
from types import TracebackType
from typing import Any, Self, Unpack, cast

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from talend_oauth.errors import ConfigurationError

from ._app import SandboxApp
from ._talend import LocalTalend, Options
from ._transmit import CLOSE, RESET

# A request that is no HTTP is the client's affair and no line on our standard error.
LOGGER = logging.getLogger("talend_oauth.sandbox")
LOGGER.setLevel(logging.ERROR)

BACKLOG = 2048
START_TIMEOUT = 10.0


class Sandbox(LocalTalend):
    """A local Talend on a port of this machine.

        with Sandbox(token_life=2) as sandbox:
            httpx.post(f"{sandbox.url}/security/oauth/token", ...)

    It may be stopped and started again on the same port, which is how a server goes away and
    comes back.

    Args:
        host: A loopback address or `localhost`; any other is refused.
        port: The port, or 0 for any that is free.
        **options: `accounts` (one with a random pair when there are none) and the fields of
            `Settings`: `token_life`, `expires_in`, `same_token`, `opaque_tokens`, ...

    Raises:
        ConfigurationError: When the host is not this machine alone.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, **options: Unpack[Options]
    ) -> None:
        super().__init__(**options)
        self._host = _loopback(host)
        self._port = port
        self._app = SandboxApp(self)
        self._running: _Running | None = None

    def __repr__(self) -> str:
        return f"<Sandbox {self.url if self._port else 'not started'}>"

    @property
    def url(self) -> str:
        """Base URL, known once it was started."""
        if not self._port:
            raise RuntimeError("the sandbox has no address before it is started")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def environment(self) -> dict[str, str]:
        """Return the variables that make a client use this sandbox."""
        return {
            "TALEND_CLIENT_ID": self.client_id,
            "TALEND_CLIENT_SECRET": self.client_secret,
            "TALEND_API_URL": self.url,
        }

    def start(self) -> None:
        """Start to serve; returns when connections are accepted.

        Raises:
            OSError: When the port cannot be had.
        """
        if self._running is not None and self._running.is_ours:
            raise RuntimeError("the sandbox runs already")
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.issuer = self.url
        running = _Running(self._app, listener)
        # Here, while the server starts in its thread: nobody waits for it at the first token.
        self.tokens.key()
        running.wait()
        self._running = running

    def stop(self) -> None:
        """Stop to serve, ending every connection at once; does nothing when it does not run."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Running:
    """A server in a daemon thread of its own."""

    def __init__(self, app: SandboxApp, listener: socket.socket) -> None:
        self._pid = os.getpid()
        self._server = _Server(app)
        self._started = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="talend-sandbox", daemon=True
        )
        self._thread.start()

    def wait(self) -> None:
        if not self._started.wait(START_TIMEOUT):
            raise RuntimeError("the sandbox did not start")

    @property
    def is_ours(self) -> bool:
        # A forked child has the object, but not the thread.
        return self._pid == os.getpid()

    def stop(self) -> None:
        if self.is_ours:
            self._server.end()
            self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        asyncio.run(self._server.run_on(listener, self._started))


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, its log and its patience at the end."""

    def __init__(self, app: SandboxApp) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=60,
        )
        config.load()
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()

    async def run_on(self, listener: socket.socket, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[listener])
        started.set()
        while not self._ended.is_set():
            # Once a second, for the Date header.
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), timeout=1)
        for server in self.servers:
            server.close()
        for task in list(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            cast("Any", connection).transport.abort()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def end(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, with two ways to end a connection that ASGI does not have."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        self.logger = LOGGER
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {}).update({CLOSE: self._close, RESET: self._reset})
            await inner(cast("Any", scope), cast("Any", receive), cast("Any", send))

        self.app = cast("Any", app)

    def _close(self) -> None:
        self.transport.close()

    def _reset(self) -> None:
        # With a linger time of zero the kernel sends RST in place of FIN.
        found = self.transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _loopback(host: str) -> str:
    name = host.strip("[]")
    if name.lower() == "localhost":
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(name).is_loopback:
            return name
    except ValueError:
        pass
    raise ConfigurationError(
        f"The sandbox serves this machine only, and {host!r} is not a loopback address.",
        hint="Use 127.0.0.1, which is the default, or ::1.",
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; without, every answer would
    # wait 40 ms for a delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
