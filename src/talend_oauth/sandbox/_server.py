"""Serves an ASGI application with uvicorn in a thread of this process."""

import asyncio
import contextlib
import logging
import os
import socket
import struct
import threading
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ._transmit import CLOSE, RESET

# A request that is not HTTP is the client's fault, and no line on our standard error.
LOGGER = logging.getLogger("talend_oauth.sandbox")
LOGGER.setLevel(logging.ERROR)

BACKLOG = 2048
START_TIMEOUT = 10.0


class ServerThread:
    """A server in a daemon thread of its own."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
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
        # A forked child has the object but not the thread.
        return self._pid == os.getpid()

    def stop(self) -> None:
        if self.is_ours:
            self._server.end()
            self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        # The same loop everywhere: Windows has one of its own, which closes connections otherwise.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._server.run_on(listener, self._started))


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, its log and its wait for connections at the end."""

    def __init__(self, app: ASGIApp) -> None:
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
        await self._close()

    async def _close(self) -> None:
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener)
        for task in list(self.server_state.tasks):
            task.cancel()
        self._abort_connections()
        # What was accepted just now becomes a connection first: asyncio would leave it open.
        await asyncio.gather(
            *(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True
        )
        for server in self.servers:
            server.close()
        self._abort_connections()
        await asyncio.sleep(0)  # in which they are closed

    def _abort_connections(self) -> None:
        for connection in list(self.server_state.connections):
            cast("Any", connection).transport.abort()

    def end(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)


class _Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 with two ways to end a connection that ASGI does not have."""

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
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()
