"""Events, the logger `talend_oauth`, and warnings that are given once."""

from __future__ import annotations

import warnings
from contextlib import suppress

from .errors import ConfigurationError, TalendOAuthWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal

    EventName = Literal["fetched", "refreshed", "loaded", "stale", "refused", "failed", "retrying"]

_already_warned: set[str] = set()


class Event:
    """Something that happened to a token, for logs and metrics. Holds nothing secret.

    Attributes:
        name: `fetched` (the first token, or one after a 401), `refreshed`, `loaded` (from a
            store), `stale` (a refresh failed, the current token is still valid), `refused` (the
            endpoint said no), `failed` (no token is available), `retrying` (another try follows).
        client_id: Of the service account.
        fields: Numbers by name: `lifetime`, `seconds`, `tries`, `left`, `status`; and `error`,
            the name of an exception's class. Times are seconds.
    """

    __slots__ = ("client_id", "fields", "name")

    def __init__(self, name: EventName, client_id: str, fields: Mapping[str, float | str]) -> None:
        self.name = name
        self.client_id = client_id
        self.fields = fields

    def __repr__(self) -> str:
        text = f"{self.name}: client_id={self.client_id}"
        for name, value in self.fields.items():
            text += f" {name}={value:.3f}" if isinstance(value, float) else f" {name}={value}"
        return text


def report(event: Event, listener: Callable[[Event], object] | None) -> None:
    """Send an event to the logger `talend_oauth` and to the user's function.

    Args:
        event: What happened.
        listener: Called in this thread. An exception that it raises is logged and goes no further.
    """
    # WARNING or INFO
    log(30 if event.name in ("stale", "refused", "failed") else 20, "%r", event)
    try:
        if listener is not None:
            listener(event)
    except Exception as error:  # noqa: BLE001 - a metrics hook must not cost a token
        log(30, "the event listener raised %s", type(error).__name__)


def log(level: int, text: str, value: object) -> None:
    """Log to `talend_oauth`, which is silent unless the application listens.

    An exception that a handler of the application raises goes no further.
    """
    with suppress(Exception):
        import logging  # not at the top: printing a stored token does not need it

        logger = logging.getLogger("talend_oauth")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        logger.log(level, text, value)


def warn_once(text: str) -> None:
    """Issue a `TalendOAuthWarning` the first time this process meets the text.

    Raises:
        ConfigurationError: In place of the warning, where warnings are errors (`-W error`).
    """
    if text in _already_warned:
        return
    _already_warned.add(text)
    with suppress(TalendOAuthWarning):
        warnings.warn(text, TalendOAuthWarning, stacklevel=2)
        return
    _already_warned.discard(text)
    message = f"{text[:1].upper()}{text[1:]}."
    raise ConfigurationError(message, hint="This is an error because warnings are errors.")
