"""Strategies for answers, from nearly right ones to bytes."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import httpx
from hypothesis import strategies as st

from .judging import PAIR, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

Part = TypeVar("Part")
_JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjEwMDAsImV4cCI6MjgwMH0.c2lnbmF0dXJl"
_TEXTS = st.one_of(
    st.sampled_from([_JWT, "Bearer", "bearer", "Basic", "", SECRET, PAIR, f"Bearer {SECRET}"]),
    st.text(max_size=20),
    st.text(alphabet="ABab01-._~+/= \r\n\t\x00\x7f\u00e9", max_size=20),
)
_NUMBERS = st.one_of(
    st.sampled_from([0, -1, 1, 1800, 1e308, 10**400, float("nan"), float("inf"), 0.5, True]),
    st.integers(),
    st.floats(),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS, st.integers(0, 10**5).map(str)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_NAMES = ("access_token", "token_type", "expires_in", "status", "message", "detail", "title")
_MORE_NAMES = ("error", "error_description", "requestId", "errors", "extra")
_RIGHT = {"access_token": _JWT, "token_type": "Bearer", "expires_in": 1800}


@st.composite
def _objects(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 3)) == 0:
        return json.dumps(_RIGHT).encode()
    members: dict[str, object] = dict(_RIGHT) if draw(st.booleans()) else {}
    changes = st.dictionaries(st.sampled_from(_NAMES + _MORE_NAMES), _VALUES, max_size=4)
    members |= draw(changes)
    for name in draw(st.lists(st.sampled_from(_NAMES), max_size=2)):
        members.pop(name, None)
    text = json.dumps(members, ensure_ascii=draw(st.booleans()))
    return text.encode("utf-8", "surrogatepass")


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    body = draw(
        st.one_of(
            _objects(),
            _VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
            st.binary(max_size=60),
            st.sampled_from(
                [b"[" * 3000, b"<html>", b'{"access_token":', b"\xef\xbb\xbf{}", b"1" * 5000]
            ),
            st.integers(0, 70_000).map(lambda size: b" " * size),
        )
    )
    kind = draw(st.integers(0, 7))
    if kind == 0 and body:
        at = draw(st.integers(0, len(body) - 1))
        return body[:at] + draw(st.binary(max_size=3)) + body[at + 1 :]
    return body[: draw(st.integers(0, len(body)))] if kind == 1 else body


_SAID = (
    *(b"application/json", b"application/problem+json", b"text/html; charset=x", b"gzip", b"br"),
    *(b"identity", b"120", b"-1", b"9" * 400, b"Sun, 06 Nov 1994 08:49:37 GMT", b"0", b""),
    *(b"https://elsewhere.example/x", b"//[", b"http://\xff", b"chunked", SECRET.encode()),
)
_NAMED = (
    *(b"content-type", b"content-encoding", b"retry-after", b"location", b"x-request-id"),
    *(b"date", b"set-cookie", b"content-length", b"transfer-encoding", b"www-authenticate"),
)
_HEADER_VALUES = st.one_of(
    st.sampled_from(_SAID),
    st.binary(max_size=20).map(lambda value: value.translate(None, b"\r\n\x00")),
)
_HEADERS = st.one_of(
    st.just([(b"content-type", b"application/json")]),
    st.lists(st.tuples(st.sampled_from(_NAMED), _HEADER_VALUES), max_size=4),
)
_STATUSES = st.one_of(
    st.just(200),
    st.sampled_from([201, 204, 301, 400, 401, 403, 407, 429, 500, 503, 520]),
    st.integers(100, 999),
)
_FAILURES = (httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError)


@dataclass(frozen=True)
class Answer:
    """What comes: status, headers, body, and perhaps a failure in the middle of it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    failure: type[httpx.HTTPError] | None = None

    def as_transport(self) -> httpx.BaseTransport:
        """Return a transport that answers so, without a network."""
        return httpx.MockTransport(self._respond)

    def as_bytes(self) -> bytes:
        """Return it as it stands on the wire, right or wrong."""
        lines = [b"HTTP/1.1 %d X" % self.status]
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join([*lines, b"", self.body])

    def _respond(self, request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(self.status, headers=self.headers, stream=_Stream(self))


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._answer.body) // 2
        yield self._answer.body[:half]
        if self._answer.failure is not None:
            raise self._answer.failure("broken")
        yield self._answer.body[half:]


_FAILURE = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(_FAILURES))
ANSWERS = st.builds(Answer, _STATUSES, _HEADERS, _bodies(), _FAILURE)
_EACH = 3


def _three(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[list[Part]]:
    return st.lists(parts, min_size=_EACH, max_size=_EACH)


def _combined(
    statuses: list[int],
    headers: list[list[tuple[bytes, bytes]]],
    bodies: list[bytes],
    failure: type[httpx.HTTPError] | None,
) -> list[Answer]:
    return [Answer(*parts, failure) for parts in itertools.product(statuses, headers, bodies)]


# Drawing costs ten times as much as judging, so what is drawn is judged in every combination.
COMBINATIONS = st.builds(
    _combined, _three(_STATUSES), _three(_HEADERS), _three(_bodies()), _FAILURE
)
PER_COMBINATION = _EACH**3
RAW = st.one_of(
    ANSWERS.map(Answer.as_bytes),
    st.binary(max_size=80),
    st.binary(max_size=20).map(lambda junk: b"HTTP/1.1 200 OK\r\n" + junk),
)
