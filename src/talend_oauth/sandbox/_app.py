"""The sandbox as an ASGI application."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any, Unpack
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from ._api import create_execution, get_execution, get_jwks, get_me
from ._authorization import Authorization
from ._control import PREFIX, as_starlette, control_routes, foreign_caller
from ._faults import TOKEN_PATH
from ._log import MASK, LogEntry, secrets_of
from ._requests import BadBody, authorization_of, parse_object, read_body, replay
from ._responses import PlainResponse, error_response
from ._state import Options, SandboxState
from ._token_endpoint import create_token
from ._transmit import transmit

Handler = Callable[[SandboxState, Request, bytes | None], PlainResponse]
# Where a handler finds the body, which was read before it.
BODY = "talend_oauth.sandbox.body"


class SandboxApp:
    """The local Talend as an ASGI application.

    It writes every request outside the control API into the log, holds token requests while the
    gate is closed, and lets faults befall the answers.

    Args:
        state: The state, which a test can watch and change while the application serves.
    """

    def __init__(self, state: SandboxState) -> None:
        self.state = state
        routes = [
            self._route("POST", TOKEN_PATH, create_token),
            self._route("GET", "/.well-known/jwks.json", get_jwks),
            self._route("GET", "/account/me", get_me),
            self._route("POST", "/processing/executions", create_execution),
            self._route("GET", "/processing/executions/{id}", get_execution),
            *control_routes(state),
        ]
        self._routes = Starlette(routes=routes, exception_handlers={HTTPException: _http_error})
        self._routes.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        path: str = scope.get("path", "")
        if scope["type"] != "http":
            await self._routes(scope, receive, send)
        elif path == PREFIX or path.startswith(f"{PREFIX}/"):
            if problem := foreign_caller(scope):
                await as_starlette(error_response(403, problem))(scope, receive, send)
            else:
                await self._routes(scope, receive, send)
        else:
            # A client that disconnects before its request is complete leaves no entry.
            with contextlib.suppress(ClientDisconnect):
                await self._serve(scope, await read_body(receive), receive, send)

    async def _serve(self, scope: Scope, body: bytes | None, receive: Receive, send: Send) -> None:
        started = monotonic()
        state = self.state
        given = authorization_of(scope["headers"])
        entry = _describe(state, scope, body, given).masked(secrets_of(state.accounts, given))
        fault = state.faults.take(scope["path"])
        if (scope["method"], scope["path"]) == ("POST", TOKEN_PATH):
            if state.gate.is_closed:
                state.watch(f"held {entry.method} {entry.path} until POST {PREFIX}/release")
            await state.gate.arrive()
        if fault is not None and fault.delay:
            state.watch(f"wait {entry.method} {entry.path} {fault.delay:g} s (scripted)")
            await asyncio.sleep(fault.delay)
        response = await self._respond(scope, body, receive)
        if fault is not None:
            response = fault.apply(response)
        is_reset = fault is not None and fault.reset
        entry = replace(
            entry,
            status=None if is_reset else response.status,
            fault=fault is not None,
            seconds=monotonic() - started,
        )
        state.requests.add(entry)
        state.watch(f"{entry}" if fault is None else f"{entry} (scripted: {fault})")
        await transmit(response, fault, scope, receive, send)

    async def _respond(self, scope: Scope, body: bytes | None, receive: Receive) -> PlainResponse:
        start: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        scope[BODY] = body
        await self._routes(scope, replay(body, receive), keep)
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in start["headers"]
            if name != b"content-length"
        }
        return PlainResponse(start["status"], headers, b"".join(parts))

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            return as_starlette(handler(self.state, request, request.scope[BODY]))

        return Route(path, endpoint, methods=[method])


def create_app(**options: Unpack[Options]) -> SandboxApp:
    """Return the sandbox as an ASGI application, for tests within one process.

    Its attribute `state` is the state. Faults of the connection itself (`reset`, `truncate`)
    show as `ConnectionResetError` here; on a real port they are what their names say.

    Args:
        **options: As for `Sandbox`: `accounts`, `token_lifetime`, `expires_in` and so on.
    """
    return SandboxApp(SandboxState(**options))


async def _http_error(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    return as_starlette(error_response(error.status_code, headers=error.headers))


def _describe(
    state: SandboxState, scope: Scope, body: bytes | None, given: Authorization
) -> LogEntry:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    fields: dict[str, Any] = {}
    with contextlib.suppress(BadBody):
        fields = parse_object(body)

    def text(name: str) -> str | None:
        value = fields.get(name)
        return value if isinstance(value, str) else None

    return LogEntry(
        time=state.clock(),
        method=scope["method"],
        path=scope["path"],
        query=tuple((name, value if name == "talendVersion" else MASK) for name, value in query),
        header_names=tuple(name.decode("latin-1") for name, _ in headers),
        scheme=given.scheme,
        client_id=_known_client(state, given),
        talend_version_header=next(
            (value.decode("latin-1") for name, value in headers if name == b"talend-version"), None
        ),
        talend_version_query=dict(query).get("talendVersion"),
        grant_type=text("grant_type"),
        audience=text("audience"),
    )


def _known_client(state: SandboxState, given: Authorization) -> str | None:
    if given.token is not None:
        issued = state.tokens.find(given.token)
        return issued.account.client_id if issued is not None else MASK
    if given.client_id is None:
        return None
    known = {account.client_id for account in state.accounts}
    return given.client_id if given.client_id in known else MASK
