"""The control API, `/_sandbox/`, which only the sandbox has."""

import os
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from talend_oauth._version import __version__

from ._answers import error_response, json_response
from ._faults import Fault
from ._requests import BadBody, parse_object, read_body
from ._talend import LocalTalend

PREFIX = "/_sandbox"
_NO_CONTENT = 204


def control_routes(talend: LocalTalend) -> list[Route]:
    """Return the routes of the control API."""

    def route(path: str, handlers: dict[str, Callable[[dict[str, Any]], object]]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                body = await read_body(request.receive)
                fields = {} if body == b"" else parse_object(body)
                answer = handlers[request.method](fields)
            except (BadBody, ValueError, TypeError) as problem:
                return error_response(400, str(problem))
            return Response(status_code=_NO_CONTENT) if answer is None else json_response(answer)

        return Route(PREFIX + path, endpoint, methods=list(handlers))

    return [
        route("/health", {"GET": lambda _: _health(talend)}),
        route(
            "/log",
            {
                "GET": lambda _: {"requests": [entry.as_json() for entry in talend.log]},
                "DELETE": lambda _: talend.requests.clear(),
            },
        ),
        route(
            "/faults",
            {
                "GET": lambda _: {"faults": talend.faults.as_json()},
                "POST": lambda fault: talend.faults.add(Fault.from_json(fault)),
                "DELETE": lambda _: talend.faults.clear(),
            },
        ),
        route(
            "/settings",
            {
                "GET": lambda _: _settings(talend),
                "PATCH": lambda changes: _change_settings(talend, changes),
            },
        ),
        route("/revoke", {"POST": lambda request: _revoke(talend, request)}),
    ]


def _health(talend: LocalTalend) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": __version__,
        "pid": os.getpid(),
        "token_requests": talend.token_requests,
    }


def _settings(talend: LocalTalend) -> dict[str, Any]:
    return {**talend.settings.as_json(), "clock_offset": talend.clock.offset}


def _change_settings(talend: LocalTalend, changes: dict[str, Any]) -> dict[str, Any]:
    changes = dict(changes)
    offset = changes.pop("clock_offset", talend.clock.offset)
    if type(offset) not in (int, float) or abs(offset) > 10**9:
        raise ValueError("clock_offset must be a number of seconds")
    talend.settings.change(changes)
    talend.clock.offset = offset
    return _settings(talend)


def _revoke(talend: LocalTalend, request: dict[str, Any]) -> dict[str, int]:
    match request:
        case {"all": True, **rest} if not rest:
            return {"revoked": talend.tokens.revoke_all()}
        case {"token": str(token), **rest} if not rest:
            return {"revoked": int(talend.revoke(token))}
        case _:
            raise BadBody('the body must be {"token": "..."} or {"all": true}')
