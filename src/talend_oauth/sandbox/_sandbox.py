"""The sandbox on a loopback port."""

import ipaddress
import socket
from typing import Self, Unpack

from talend_oauth.errors import ConfigurationError

from ._app import SandboxApp
from ._server import BACKLOG, ServerThread
from ._state import Options, SandboxState


class Sandbox(SandboxState):
    """A local mock of Talend Cloud, on a loopback port.

        with Sandbox(token_lifetime=2) as sandbox:
            httpx.post(f"{sandbox.url}/security/oauth/token", ...)

    It can be stopped and started again on the same port, to simulate an outage.

    Args:
        host: A loopback address or `localhost`; any other is refused.
        port: The port; 0 takes any free one.
        **options: `accounts` (one with random credentials when there are none) and the fields of
            `Settings`: `token_lifetime`, `expires_in`, `same_token`, `opaque_tokens`, ...

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
        self._running: ServerThread | None = None

    def __repr__(self) -> str:
        return f"<Sandbox {self.url if self._port else 'not started'}>"

    @property
    def url(self) -> str:
        """Base URL, known once it is started."""
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
        """Start serving; returns when connections are accepted.

        Raises:
            OSError: When the port is in use or not allowed.
        """
        if self._running is not None and self._running.is_ours:
            raise RuntimeError("the sandbox runs already")
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self.issuer = self.url
        running = ServerThread(self._app, listener)
        # Made while the server starts in its thread, so that the first token does not wait for it.
        if not self.settings.opaque_tokens:
            self.tokens.key()
        running.wait()
        self._running = running

    def stop(self) -> None:
        """Stop serving and close every connection; does nothing when it is not running."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


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
        "The sandbox serves this machine only: its host must be a loopback address.",
        hint="Use 127.0.0.1, which is the default, or ::1.",
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; without, every response would
    # wait 40 ms for a delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # With SO_REUSEADDR, Windows would give one port to two sandboxes at once.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
