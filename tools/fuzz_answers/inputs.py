"""What is not from the endpoint's body: stored records, settings, and dates of a response.

Each function judges bytes and returns the kind of outcome; `INPUTS` names each with what to try.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import strategies as st

from talend_oauth import Secret, Settings, errors
from talend_oauth._clock import Instant
from talend_oauth._policy import LONGEST_PAUSE
from talend_oauth._settings.regions import is_loopback
from talend_oauth._stores.record import StoredToken
from talend_oauth._token import AccessToken
from talend_oauth._token_endpoint.http_date import parse_http_date, parse_retry_after

from .judging import CLIENT_ID, PAIR, SECRET, FinderError, judge_error, settings

if TYPE_CHECKING:
    from collections.abc import Callable

_NOW = Instant(1_800_000_000.0, 1_000.0)
_TOKEN = AccessToken("aaa.bbb.ccc", expires_in=1800.0, requested=_NOW)
_LEFT = (float("inf"), 1800.0, 900.0, 1.0, 0.0, -5.0, float("nan"))
_TEXTS = ("client_id", "client_secret", "region", "api_url", "audience", "access_token")


class _Memory:
    """A store of one record, which others can write."""

    record = ""
    left = 0.0

    def load(self, _: str) -> tuple[str, float]:
        return self.record, self.left

    def save(self, _: str, record: str, __: float) -> None:
        self.record = record


_MEMORY = _Memory()
_STORED = StoredToken(_MEMORY, settings(), Secret(SECRET))  # type: ignore[arg-type]  # has no lock
_STORED.save(_TOKEN, _TOKEN.expires_in)
_RECORD = _MEMORY.record.encode()


def judge_record(data: bytes) -> str:
    """Load a record that others could have written: the token that was saved, or none."""
    _MEMORY.left = _LEFT[(data or b"0")[0] % len(_LEFT)]
    _MEMORY.record = data[1:].decode("utf-8", "surrogateescape")
    token = _STORED.load(_NOW)
    if not _STORED._works:
        raise FinderError("a record raised an error")
    if token is None:
        return "record: no token"
    if not token.same_value(_TOKEN) or token.age(_NOW) >= token.expires_in:
        raise FinderError(f"a token that nobody saved, or that has expired: {token!r}")
    return "record: the saved token"


def judge_settings(data: bytes) -> str:
    """Give an odd text as a setting: a request that can be sent, or an error without a secret."""
    number, text = data[0] if data else 0, data[1:].decode("utf-8", "surrogateescape")
    name = _TEXTS[number % len(_TEXTS)]
    if name == "client_secret" and number > 127:  # within whatever is written round it
        text = f"{text[: len(text) // 2]}{SECRET}{text[len(text) // 2 :]}"
    given: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": SECRET, name: text}
    if name != "api_url":
        given.setdefault("region", "eu")
    with warnings.catch_warnings(action="ignore"):
        try:
            made = Settings(**given)
            secret = made.secret.read(made.client_id).reveal() if made.secret is not None else ""
        except errors.ConfigurationError as error:
            judge_error(error)
            return f"{name} refused"
    url = httpx.URL(made.api_url or "")
    if url.userinfo or url.query or not (url.scheme == "https" or is_loopback(url.host)):
        raise FinderError(f"a base URL that must not be: {made.api_url!r}")
    request = httpx.Request("POST", url, json={"audience": made.audience})
    next(httpx.BasicAuth(made.client_id, secret).sync_auth_flow(request))
    return f"{name} accepted"


def judge_date(data: bytes) -> str:
    """Read a `Retry-After` and a `Date`: seconds that can be waited, or nothing."""
    text = data.decode("latin-1")
    pause, moment = parse_retry_after(text, _NOW.wall), parse_http_date(text)
    if moment is not None and not math.isfinite(moment):
        raise FinderError(f"a moment that cannot be: {moment}")
    if pause is not None and not 0.0 <= pause <= LONGEST_PAUSE:
        raise FinderError(f"a pause that cannot be: {pause}")
    kind = "unreadable" if pause is None else "seconds" if moment is None else "a date"
    return f"Retry-After: {kind}"


@st.composite
def _changed(draw: st.DrawFn, text: bytes) -> bytes:
    """Return a text with a part of it taken out, and something else in its place."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + draw(st.sampled_from([0, 1, 4, 99])))))
    return text[:start] + draw(st.binary(max_size=4)) + text[end:]


def _near(*texts: bytes) -> st.SearchStrategy[bytes]:
    right = st.sampled_from(texts)
    odd = st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(right, right.flatmap(_changed), odd, st.binary(max_size=30))


_SETTINGS = (
    *(b"eu", b"us-west", b"Frankfurt", b"https://api.eu.cloud.talend.com/", b"http://127.0.0.1:1"),
    *(b"https://user:password@host/", b"//[::1", b"Basic eA==", PAIR.encode(), SECRET.encode()),
    *(b"${SECRET}", b"'quoted'", b"client_secret=x", b"/run/secrets/x", b"\xef\xbb\xbfx\r\n"),
)
_DATES = (
    *(b"120", b"0", b"9" * 70, b" 5 ", b"-1", b"Sun, 06 Nov 1994 08:49:37 GMT", b"1.5"),
    *(b"Fri, 31 Dec 9999 23:59:59 -2359", b"Mon, 01 Jan 0001 00:00:00 +2359"),
    *(b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"),
)
_BYTE = st.binary(min_size=1, max_size=1)
_RECORDS = st.tuples(_BYTE, _near(_RECORD, b"{}", b"[[1]]", b'{"seal": 1}'))
INPUTS: dict[Callable[[bytes], str], st.SearchStrategy[bytes]] = {
    judge_record: _RECORDS.map(b"".join),
    judge_settings: st.tuples(_BYTE, _near(*_SETTINGS)).map(b"".join),
    judge_date: _near(*_DATES),
}
