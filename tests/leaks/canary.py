"""Marked secrets, every form in which one could come to light, and the search for them."""

from __future__ import annotations

import base64
import json
import pickle
import pprint
import traceback
from pathlib import Path
from types import FunctionType, MethodType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import attrs
import httpx
import talend_oauth_api

import talend_oauth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CLIENT_ID = "canary-accounts"  # no multiple of three with its colon: base64 differs
SECRET = "cAnArY/sEcReT+7f3a9c~~~~Zq"
WRONG_SECRET = "wRoNg/cAnArY+41d8e0~Xk"
PLAIN = "cAnArYpLaIn0123456789"  # without a character that no region has
PASSWORD = "pAsSwOrD+cAnArY/90b1"

_OURS = tuple(
    str(Path(module.__file__).parent)
    for module in (talend_oauth, talend_oauth_api)
    if module.__file__ is not None
)
_OPAQUE = (ModuleType, FunctionType, MethodType, TracebackType, type)


def forms(value: str, client_id: str = CLIENT_ID) -> set[str]:
    """Return every form of a secret or token that is searched for, in lower case.

    Both halves stand for whatever cuts a text short.
    """
    found = {value, value[: len(value) // 2], value[len(value) // 2 :]}
    for plain in (value, f"{client_id}:{value}"):
        encoded = base64.b64encode(plain.encode()).decode().rstrip("=")
        found |= {encoded, encoded.replace("+", "-").replace("/", "_"), quote(encoded, safe="")}
        found |= {quote(plain, safe=""), quote(plain), quote_plus(plain)}
        found |= {repr(plain)[1:-1], json.dumps(plain)[1:-1]}
    found.add(base64.b64encode(f"Bearer {value}".encode()).decode().rstrip("="))
    return {form.lower() for form in found}


class Canary:
    """Searches what a program shows for secrets and tokens.

    Args:
        *values: What must not be found.
    """

    def __init__(self, *values: str) -> None:
        self._forms = set[str]().union(*(forms(value) for value in values))

    def add(self, value: str) -> None:
        """Search for one more."""
        self._forms |= forms(value)

    def check(self, where: str, shown: str | bytes) -> None:
        """Fail if any form of any secret is in a text."""
        text = shown.decode("latin-1") if isinstance(shown, bytes) else shown
        lowered = text.lower()
        for form in self._forms:
            assert form not in lowered, f"{where} shows a secret: {lowered.index(form)}"

    def check_object(self, where: str, thing: object) -> None:
        """Search everything by which an object could be shown or copied to somewhere."""
        for shown in _shown(thing):
            self.check(where, shown)

    def check_error(self, where: str, error: BaseException) -> None:
        """Search an error, its chain, its attributes and the locals of our frames under it."""
        self.check_object(where, error)
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.check(
            f"{where}, traceback",
            "".join(traceback.TracebackException.from_exception(error).format()),
        )
        for part in _chain(told):
            for frame in part.stack:
                if frame.filename.startswith(_OURS):
                    for name, shown in (frame.locals or {}).items():
                        self.check(f"{where}, local {name} of {frame.name}", shown)
        for path, thing in reachable(error):
            assert not isinstance(thing, httpx.Request | httpx.Response | httpx.Headers), path
            if isinstance(thing, str | bytes):
                self.check(f"{where}, {path}", thing)


def _chain(told: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    if told is not None:
        yield told
        yield from _chain(told.__cause__)
        yield from _chain(told.__context__)


def _shown(thing: object) -> Iterator[str | bytes]:
    yield repr(thing)
    yield str(thing)
    yield f"{thing}"
    yield pprint.pformat(thing)
    yield json.dumps({"it": thing}, default=str)
    try:
        yield pickle.dumps(thing)
    except (TypeError, pickle.PicklingError, AttributeError, RecursionError) as error:
        yield str(error)  # refusing is fine, as long as the refusal says nothing
    if hasattr(thing, "__dict__"):
        yield repr(vars(thing))
    if attrs.has(type(thing)):
        yield repr(attrs.asdict(thing))  # type: ignore[call-overload]


def reachable(error: BaseException) -> Iterator[tuple[str, Any]]:
    """Yield what hangs on an exception, by attributes and containers; not its frames."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [(type(error).__name__, error)]
    while waiting:
        path, thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _OPAQUE):
            continue
        seen.add(id(thing))
        yield path, thing
        waiting += [(f"{path}.{name}", value) for name, value in _parts(thing)]


def _parts(thing: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(thing, str | bytes | int | float | None):
        return
    if isinstance(thing, dict):
        yield from ((f"[{key!r}]", value) for key, value in thing.items())
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from ((f"[{index}]", value) for index, value in enumerate(thing))
    if isinstance(thing, BaseException):
        yield from (
            (name, getattr(thing, name))
            for name in ("args", "__cause__", "__context__", "__notes__")
            if hasattr(thing, name)
        )
    yield from getattr(thing, "__dict__", {}).items()
    for kind in type(thing).__mro__:
        slots = getattr(kind, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                yield name, getattr(thing, name)
