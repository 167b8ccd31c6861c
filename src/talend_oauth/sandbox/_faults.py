"""Scripted failures of the sandbox."""

import json
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import attrs

from ._responses import PlainResponse, error_response
from ._validators import boolean, is_number, is_printable, is_whole, must_be

TOKEN_PATH = "/security/oauth/token"  # noqa: S105 - a path
MAX_DELAY = 600.0

# RFC 9110, section 5.6.2
_TOKEN_CHARACTERS = set(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)


def _fits_header(value: object) -> bool:
    return is_printable(value) and str(value).isascii()


def _is_path(value: object) -> bool:
    return _fits_header(value) and (value == "*" or str(value).startswith("/"))


def _are_headers(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and name and not set(name) - _TOKEN_CHARACTERS and _fits_header(text)
        for name, text in cast("Mapping[object, object]", value).items()
    )


def _is_body(value: object) -> bool:
    try:
        _encoded(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _encoded(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


_seconds = must_be(
    f"from 0 to {MAX_DELAY:.0f} seconds", lambda value: is_number(value, 0, MAX_DELAY)
)


@attrs.frozen(kw_only=True)
class Fault:
    """A scripted failure, and how many requests it applies to.

    Parts that are not set stay as the sandbox would respond: with `delay` alone it is merely slow,
    with a `status` below 400 alone only the status is another one.

    Args:
        status: HTTP status of the response, 200 to 599.
        times: How many requests it applies to; None for all, until the faults are cleared.
        path: The path that it applies to; `*` for every path.
        delay: Seconds to wait before the response.
        reset: Whether the connection is reset instead of a response.
        body: Body of the response: text or bytes as they are, anything else as JSON.
        merge: Changes to the JSON object of the response, by the rules of JSON Merge Patch
            (RFC 7396): a value of None removes the field.
        content_type: Media type of the response; an empty string for none.
        headers: More headers of the response, in place of those of the same name.
        truncate: Whether the connection closes after half of the body that was announced.
        drip: Seconds between single bytes of the body.

    Raises:
        ValueError: When a value has no meaning.
    """

    status: int | None = attrs.field(
        default=None,
        validator=must_be(
            "a whole number from 200 to 599",
            lambda value: value is None or is_whole(value, 200, 599),
        ),
    )
    times: int | None = attrs.field(
        default=1,
        validator=must_be(
            "a whole number from 1, or null",
            lambda value: value is None or is_whole(value, 1, 10**9),
        ),
    )
    path: str = attrs.field(
        default=TOKEN_PATH, validator=must_be("a path that starts with a slash, or *", _is_path)
    )
    delay: float = attrs.field(default=0, validator=_seconds)
    reset: bool = attrs.field(default=False, validator=boolean)
    body: object = attrs.field(
        default=None, repr=False, validator=must_be("text, bytes or JSON", _is_body)
    )
    merge: Mapping[str, Any] | None = attrs.field(
        default=None,
        repr=False,
        validator=must_be("an object", lambda value: value is None or isinstance(value, Mapping)),
    )
    content_type: str | None = attrs.field(
        default=None,
        validator=must_be(
            "text that fits a header", lambda value: value is None or _fits_header(value)
        ),
    )
    headers: Mapping[str, str] = attrs.field(
        factory=dict,
        repr=False,
        validator=must_be("an object of names and texts that fit a header", _are_headers),
    )
    truncate: bool = attrs.field(default=False, validator=boolean)
    drip: float = attrs.field(default=0, validator=_seconds)

    @classmethod
    def from_json(cls, item: object) -> "Fault":
        """Make a fault from a JSON object.

        Raises:
            ValueError: When it is not one, or has unknown fields.
        """
        if not isinstance(item, dict):
            raise ValueError("a fault must be a JSON object")  # noqa: TRY004 - one error for bad data
        values: dict[str, Any] = {str(key): value for key, value in item.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if unknown := values.keys() - attrs.fields_dict(cls).keys():
            raise ValueError(f"a fault has no field {', '.join(sorted(unknown))}")
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return the fault without its body and headers, which may hold anything."""
        shown = ("status", "times", "path", "delay", "reset", "content_type", "truncate", "drip")
        return {name: getattr(self, name) for name in shown}

    def apply(self, response: PlainResponse) -> PlainResponse:
        """Return the response that the client gets instead of the right one."""
        if self.status is not None:
            replaces = self.status >= HTTPStatus.BAD_REQUEST and self.body is None
            response = error_response(self.status) if replaces else response
            response = response.replace(status=self.status)
        if self.body is not None:
            is_text = isinstance(self.body, str | bytes)
            media_type = "text/plain" if is_text else "application/json"
            response = response.replace(body=_encoded(self.body), content_type=media_type)
        if self.merge is not None:
            response = response.replace(body=_merged(response.body, self.merge))
        if self.content_type is not None:
            response = response.replace(content_type=self.content_type)
        return response.with_headers(self.headers)

    def __str__(self) -> str:
        """Return what was scripted in a few words, without what may be secret."""
        numbers = {"status": self.status, "delay": self.delay, "drip": self.drip}
        words = [f"{name} {value:g}" for name, value in numbers.items() if value]
        flags = ("reset", "truncate", "body", "merge", "content_type", "headers")
        return ", ".join(words + [name for name in flags if getattr(self, name)]) or "no change"


class FaultQueue:
    """The faults that are still to be applied, in the order in which they were scripted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        with self._lock:
            self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault that applies to a request to this path, and count it."""
        with self._lock:
            for index, (fault, left) in enumerate(self._waiting):
                if fault.path not in ("*", path):
                    continue
                if left is None:
                    return fault
                if left > 1:
                    self._waiting[index] = (fault, left - 1)
                else:
                    del self._waiting[index]
                return fault
            return None

    def as_json(self) -> list[dict[str, Any]]:
        """Return the faults, each with the number of requests that it still applies to."""
        with self._lock:
            return [{**fault.as_json(), "times": left} for fault, left in self._waiting]


def _merged(body: bytes, changes: Mapping[str, Any]) -> bytes:
    try:
        merged = json.loads(body)
    except ValueError:
        return body
    if not isinstance(merged, dict):
        return body
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)  # pyright: ignore[reportUnknownMemberType]
        else:
            merged[name] = value
    return json.dumps(merged).encode()
