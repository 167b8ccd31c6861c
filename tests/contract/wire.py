"""Real requests of the generated client, caught by a server on loopback and put to a judge."""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx
from openapi_core.testing import MockRequest
from talend_oauth_api import AuthenticatedClient, Client, models

if TYPE_CHECKING:
    from types import ModuleType

    from .reading import Contract, Operation

CLIENT_ID, SECRET, TOKEN = "Aladdin", "open_sesame", "example-token"
BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
# Reading the certificates of the machine takes 20 ms a client, and loopback speaks plain http.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
FUNCTIONS = ("sync_detailed", "sync", "asyncio_detailed", "asyncio")


@dataclass(frozen=True)
class Sent:
    """A request as it came over the wire."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value; None if it was not sent exactly once."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if len(found) == 1 else None

    def judged(self, contract: Contract, **changed: Any) -> None:
        """Put the request to openapi-core; it raises if the document does not allow it."""
        asked: dict[str, Any] = {
            "host_url": contract.document["servers"][0]["url"],
            "method": self.method,
            "path": self.path,
            "args": dict(self.query),
            "headers": dict(self.headers),
            "data": self.body,
            "content_type": self.header("content-type") or "",
        }
        contract.judge.validate_request(MockRequest(**(asked | changed)))


@dataclass
class Recorder:
    """A server on a free port of loopback that answers all alike and keeps what it was sent."""

    status: int = 200
    answer: Any = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Start the server."""
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline()
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                length = int(self.headers.get("content-length") or 0)
                url = urlsplit(self.path)
                recorder.sent.append(
                    Sent(
                        self.command,
                        url.path,
                        parse_qsl(url.query, keep_blank_values=True),
                        self.headers.items(),
                        self.rfile.read(length),
                    )
                )
                content = json.dumps(recorder.answer).encode()
                self.send_response(recorder.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Keep the test's output free of access logs."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server and wait for it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def only(self) -> Sent:
        """Return the one request that came since the last call."""
        (sent,) = self.sent
        self.sent.clear()
        return sent


def functions(operation: Operation) -> ModuleType:
    """Return the generated module of an operation."""
    return importlib.import_module(f"talend_oauth_api.{operation.module}")


def model(name: str) -> Any:
    """Return the generated class, or alias, of a named schema."""
    return getattr(models, name)


def client_for(
    contract: Contract, operation: Operation, base_url: str, **settings: Any
) -> Client | AuthenticatedClient:
    """Return a generated client that authenticates as the document demands.

    Args:
        contract: The document.
        operation: What will be called.
        base_url: The server.
        settings: More arguments of the client.
    """
    settings.setdefault("verify_ssl", NO_AUTHORITIES)
    if contract.scheme(operation) == "bearer":
        return AuthenticatedClient(base_url, token=TOKEN, **settings)
    arguments = {"auth": httpx.BasicAuth(CLIENT_ID, SECRET)} | settings.pop("httpx_args", {})
    return Client(base_url, httpx_args=arguments, **settings)


def call(
    operation: Operation, function: str, client: Client | AuthenticatedClient, **values: Any
) -> Any:
    """Call one of the four generated functions, close the client, return the result."""
    chosen = getattr(functions(operation), function)

    async def asynchronous() -> Any:
        async with client:
            return await chosen(client=client, **values)

    if function.startswith("asyncio"):
        return asyncio.run(asynchronous())
    with client:
        return chosen(client=client, **values)
