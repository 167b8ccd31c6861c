"""The control API, `/_sandbox/`, which only the sandbox has."""

import ipaddress
import os
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from talend_oauth._version import __version__

from ._faults import Fault
from ._requests import BadBody, parse_object, read_body
from ._responses import PlainResponse, error_response, json_response
from ._state import SandboxState
from ._transmit import CLOSE

PREFIX = "/_sandbox"
_NO_CONTENT = 204
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?P<port>:\d+)?")


def as_starlette(response: PlainResponse) -> Response:
    """Return a response as one of Starlette."""
    return Response(response.body, response.status, response.headers)


def control_routes(state: SandboxState) -> list[Route]:
    """Return the routes of the control API."""

    def route(path: str, handlers: dict[str, Callable[[dict[str, Any]], object]]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                body = await read_body(request.receive)
                fields = {} if body == b"" else parse_object(body)
                result = handlers[request.method](fields)
            except (BadBody, ValueError, TypeError) as problem:
                return as_starlette(error_response(400, str(problem)))
            if result is None:
                return Response(status_code=_NO_CONTENT)
            return as_starlette(json_response(result))

        return Route(PREFIX + path, endpoint, methods=list(handlers))

    return [
        route("/health", {"GET": lambda _: _health(state)}),
        route(
            "/log",
            {
                "GET": lambda _: {"requests": [entry.as_json() for entry in state.log]},
                "DELETE": lambda _: state.requests.clear(),
            },
        ),
        route(
            "/faults",
            {
                "GET": lambda _: {"faults": state.faults.as_json()},
                "POST": lambda fault: state.faults.add(Fault.from_json(fault)),
                "DELETE": lambda _: state.faults.clear(),
            },
        ),
        route(
            "/settings",
            {
                "GET": lambda _: _settings(state),
                "PATCH": lambda changes: _change_settings(state, changes),
            },
        ),
        route("/revoke", {"POST": lambda request: _revoke(state, request)}),
        route("/hold", {"POST": lambda _: state.hold()}),
        route("/release", {"POST": lambda _: state.release()}),
        route("/stop", {"POST": lambda _: _stop(state)}),
    ]


def foreign_caller(scope: Scope) -> str | None:
    """Return why a request to the control API is refused, or None when it is not.

    A web page may not steer the sandbox of the person who looks at it: browsers send the page's
    origin, and after a rebinding of its name (DNS) the foreign name as `Host`. Without a port, in
    a test's own process, there is no browser.
    """
    if CLOSE not in scope.get("extensions", {}):
        return None
    headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
    if not all(_is_loopback(value) for name, value in headers if name == b"host"):
        return "the control API is for this machine: Host must be localhost or a loopback address"
    origins = [value.rpartition("://")[2] for name, value in headers if name == b"origin"]
    if not all(map(_is_loopback, origins)):
        return "the control API is not for web pages of other origins"
    return None


def _is_loopback(address: str) -> bool:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return False
    host = match["host"].strip("[]").lower()
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _health(state: SandboxState) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": __version__,
        "pid": os.getpid(),
        "token_requests": state.token_requests,
        "held": state.gate.held,
    }


def _settings(state: SandboxState) -> dict[str, Any]:
    return {**state.settings.as_json(), "clock_offset": state.clock.offset}


def _change_settings(state: SandboxState, changes: dict[str, Any]) -> dict[str, Any]:
    changes = dict(changes)
    offset = changes.pop("clock_offset", state.clock.offset)
    if type(offset) not in (int, float) or abs(offset) > 10**9:
        raise ValueError("clock_offset must be a number of seconds")
    state.settings.change(changes)
    state.clock.offset = offset
    return _settings(state)


def _revoke(state: SandboxState, request: dict[str, Any]) -> dict[str, int]:
    match request:
        case {"all": True, **rest} if not rest:
            return {"revoked": state.tokens.revoke_all()}
        case {"token": str(token), **rest} if not rest:
            return {"revoked": int(state.revoke(token))}
        case _:
            raise BadBody('the body must be {"token": "..."} or {"all": true}')


def _stop(state: SandboxState) -> None:
    if state.on_stop is None:
        raise BadBody("a program runs this sandbox; it stops with that program")
    state.on_stop()
