"""Scripted failures of the sandbox."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from http import HTTPStatus
from typing import Any

from ._answers import Answer, error_answer

TOKEN_PATH = "/security/oauth/token"  # noqa: S105 - a path
MAX_DELAY = 600.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with the next requests.

    Parts that are not set stay as the sandbox would answer: with `delay` alone it is merely slow,
    with a `status` below 400 alone only the status is another one.

    Args:
        status: HTTP status of the answer, 200 to 599.
        times: How many requests it befalls; None for all, until the faults are cleared.
        path: The path that it befalls; `*` for every path.
        delay: Seconds to wait before the answer.
        reset: Whether the connection is reset in place of an answer.
        body: Body of the answer: text or bytes as they are, anything else as JSON.
        merge: Changes to the JSON object of the answer, by the rules of JSON Merge Patch
            (RFC 7396): a value of None takes the field away.
        content_type: Media type of the answer; an empty string for none.
        headers: More headers of the answer, in place of those of the same name.
        truncate: Whether the connection ends after half of the body that was announced.
        drip: Seconds between single bytes of the body.

    Raises:
        ValueError: When a value has no meaning.
    """

    status: int | None = None
    times: int | None = 1
    path: str = TOKEN_PATH
    delay: float = 0
    reset: bool = False
    body: object = field(default=None, repr=False)
    merge: Mapping[str, Any] | None = field(default=None, repr=False)
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    truncate: bool = False
    drip: float = 0

    def __post_init__(self) -> None:
        if self.status is not None and not _whole(self.status, 200, 599):
            raise ValueError("status of a fault must be a whole number from 200 to 599")
        if self.times is not None and not _whole(self.times, 1, 10**9):
            raise ValueError("times of a fault must be a whole number from 1, or absent")
        for name in ("delay", "drip"):
            value: object = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value <= MAX_DELAY:  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
                raise ValueError(f"{name} of a fault must be from 0 to {MAX_DELAY:.0f} seconds")
        for name in ("reset", "truncate"):
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"{name} of a fault must be true or false")
        if not _text(self.path) or not (self.path == "*" or self.path.startswith("/")):
            raise ValueError("path of a fault must start with a slash, or be *")
        if self.content_type is not None and not _text(self.content_type):
            raise ValueError("content_type of a fault must be text that fits a header")
        for name in ("headers", "merge"):
            value = getattr(self, name)
            if not isinstance(value, Mapping) and not (name == "merge" and value is None):
                raise ValueError(f"{name} of a fault must be an object")
        for name, header in self.headers.items():
            if not _token(name) or not _text(header):
                raise ValueError("headers of a fault must be names and texts that fit a header")
        try:
            self._encoded_body()
        except (TypeError, ValueError, RecursionError):
            raise ValueError("body of a fault must be text, bytes or JSON") from None

    @classmethod
    def from_json(cls, item: object) -> "Fault":
        """Make a fault from a JSON object.

        Raises:
            ValueError: When it is not one, or has unknown fields.
        """
        if not isinstance(item, dict):
            raise ValueError("a fault must be a JSON object")  # noqa: TRY004 - one error for bad data
        values: dict[str, Any] = {str(key): value for key, value in item.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if unknown := values.keys() - {part.name for part in fields(cls)}:
            raise ValueError(f"a fault has no field {', '.join(sorted(unknown))}")
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return the fault without its body and headers, which may hold anything."""
        shown = ("status", "times", "path", "delay", "reset", "content_type", "truncate", "drip")
        return {name: getattr(self, name) for name in shown}

    def apply(self, answer: Answer) -> Answer:
        """Return the answer that the client gets in place of the right one."""
        if self.status is not None:
            replaces = self.status >= HTTPStatus.BAD_REQUEST and self.body is None
            answer = error_answer(self.status) if replaces else answer.replace(status=self.status)
        if self.body is not None:
            answer = answer.replace(body=self._encoded_body(), content_type="text/plain")
            if not isinstance(self.body, str | bytes):
                answer = answer.replace(content_type="application/json")
        if self.merge is not None:
            answer = answer.replace(body=_merged(answer.body, self.merge))
        if self.content_type is not None:
            answer = answer.replace(content_type=self.content_type)
        return answer.with_headers(self.headers)

    def _encoded_body(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode("utf-8")
        return json.dumps(self.body).encode()


class FaultQueue:
    """The faults to come, in the order in which they were scripted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Put a fault behind those that wait already."""
        with self._lock:
            self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault that befalls a request to this path, and count it."""
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
        """Return the faults that wait, each with how often it still will befall a request."""
        with self._lock:
            return [{**fault.as_json(), "times": left} for fault, left in self._waiting]


def _whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value.isascii()


def _token(value: object) -> bool:
    """Say whether the text is a header's name (RFC 9110, section 5.6.2)."""
    return isinstance(value, str) and bool(value) and not set(value) - _TOKEN_CHARACTERS


_TOKEN_CHARACTERS = set(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)


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
