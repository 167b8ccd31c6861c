"""What happened, for logs and metrics: one line an event, numbers only, nothing secret."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal

    EventName = Literal["fetched", "refreshed", "loaded", "stale", "refused", "failed", "retrying"]

_LEVELS: Mapping[str, int] = {"stale": 30, "refused": 30, "failed": 30}  # WARNING; else INFO


class Event:
    """One thing that happened to a token.

    Attributes:
        name: `fetched` (the first token, or one after a 401), `refreshed`, `loaded` (from a shared
            store), `stale` (a renewal failed, the token still lives), `refused` (the
            endpoint said no), `failed` (no token could be had), `retrying` (before another try).
        client_id: Of the service account.
        fields: Numbers by name: `lifetime`, `seconds`, `tries`, `left`, `status`; and `error`,
            the name of an exception's class.
    """

    __slots__ = ("client_id", "fields", "name")

    def __init__(self, name: EventName, client_id: str, fields: Mapping[str, float | str]) -> None:
        self.name = name
        self.client_id = client_id
        self.fields = fields

    def __repr__(self) -> str:
        numbers = " ".join(
            f"{name}={value:.3f}" if isinstance(value, float) else f"{name}={value}"
            for name, value in self.fields.items()
        )
        return f"{self.name}: client_id={self.client_id} {numbers}".rstrip()


class Reporter:
    """Sends events to the logger `talend_oauth` and to the user's function.

    Args:
        client_id: Named in every event.
        listener: Called with each event, on the thread where it happened; what it raises is
            logged and goes no further.
    """

    __slots__ = ("_client_id", "_listener")

    def __init__(self, client_id: str, listener: Callable[[Event], object] | None) -> None:
        self._client_id = client_id
        self._listener = listener

    def __call__(self, name: EventName, **fields: float | str) -> None:
        """Report one event."""
        from ._log import logger

        event = Event(name, self._client_id, fields)
        logger().log(_LEVELS.get(name, 20), "%r", event)
        if self._listener is None:
            return
        try:
            self._listener(event)
        except Exception as error:  # noqa: BLE001 - a metrics hook must not cost a token
            logger().warning("the event listener raised %s", type(error).__name__)
