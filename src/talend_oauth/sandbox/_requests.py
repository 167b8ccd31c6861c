"""Reads requests once and with a limit, and checks them against the document."""

import json
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from ._authorization import Authorization, parse_authorization

MAX_BODY = 64 * 1024
# A client that sends more is read to here, so that it can read its response, and then cut off.
MAX_DRAINED = 8 * 1024 * 1024


class BadBody(Exception):  # noqa: N818 - carries the reason for a 400, and is no failure of ours
    """The body is not what the operation takes."""


def replay(body: bytes | None, receive: Receive) -> Receive:
    """Return a `receive` that gives a body once more, then what comes after it.

    Layers inside the application, such as Sentry's, read the body too.
    """
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body or b"", "more_body": False}

    return again


async def read_body(receive: Receive) -> bytes | None:
    """Return the body of a request, or None when it is larger than the sandbox takes.

    Raises:
        ClientDisconnect: When the client went away before it was complete.
    """
    parts: list[bytes] = []
    size = 0
    more = True
    while more and size <= MAX_DRAINED:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= MAX_BODY else None


def parse_object(body: bytes | None) -> dict[str, Any]:
    """Return the JSON object in a body, which is None when it was too large.

    Raises:
        BadBody: When it is not one, in UTF-8 and by the letter of RFC 8259.
    """
    if body is None:
        raise BadBody(f"the body is larger than {MAX_BODY} bytes")
    try:
        data: object = json.loads(
            body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_unique
        )
        # An unpaired surrogate is legal in JSON's grammar, but is no text that could be sent on.
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise BadBody("the body is not valid JSON in UTF-8") from None
    if not isinstance(data, dict):
        raise BadBody("the body is not a JSON object")
    return data  # pyright: ignore[reportUnknownVariableType]


def _refuse(name: str) -> None:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def is_json(content_type: str | None) -> bool:
    """Say whether a `Content-Type` is `application/json`, with or without parameters."""
    return (content_type or "").partition(";")[0].strip().lower() == "application/json"


def authorization_of(headers: list[tuple[bytes, bytes]]) -> Authorization:
    """Return the credentials among the raw headers of a request."""
    return parse_authorization(authorization_values(headers))


def authorization_values(headers: list[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the values of the `Authorization` headers."""
    return [value for name, value in headers if name == b"authorization"]
