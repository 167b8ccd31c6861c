"""Sends a response, or fails to, as a fault says."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from starlette.types import Receive, Scope, Send

from ._faults import Fault
from ._responses import PlainResponse

if TYPE_CHECKING:
    from collections.abc import Callable

# Where the server leaves the two ways of ending a connection that ASGI itself does not have.
CLOSE = "talend_oauth.sandbox.close"
RESET = "talend_oauth.sandbox.reset"
_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


async def transmit(
    response: PlainResponse, fault: Fault | None, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send a response.

    Args:
        response: What to send.
        fault: What goes wrong with it.
        scope: Scope of the request.
        receive: ASGI's receive, with the body read.
        send: ASGI's send.
    """
    if fault is not None and fault.reset:
        await _end(scope, receive, RESET)
        return
    body = b"" if response.status in _BODILESS else response.body
    headers = dict(response.headers)
    if response.status != HTTPStatus.NO_CONTENT:
        headers.setdefault("content-length", str(len(body)))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    if fault is not None and fault.truncate:
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        await _end(scope, receive, CLOSE)
        return
    if fault is not None and fault.drip:
        for index in range(len(body)):
            part = body[index : index + 1]
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(fault.drip)
        body = b""
    await send({"type": "http.response.body", "body": body})


async def _end(scope: Scope, receive: Receive, how: str) -> None:
    end = cast("Callable[[], None] | None", scope.get("extensions", {}).get(how))
    if end is None:
        raise ConnectionResetError("the sandbox was told to end the connection here")
    end()
    # The connection closes in a later turn of the event loop; uvicorn reports an application that
    # returns before that without a complete response. With the body read, this waits for it.
    await receive()
