"""The log of requests, without secrets."""

import base64
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ._accounts import Account
from ._authorization import Authorization

MASK = "***"
MAX_TEXT = 200
_RUNS = re.compile(r"[\w.-]+")


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """A request and its response.

    Attributes:
        time: When it arrived, in seconds since the epoch.
        method: HTTP method.
        path: Path, decoded.
        query: Query parameters; the values of all but `talendVersion` are masked.
        header_names: Names of the headers, in lower case, in the order in which they came.
        scheme: `Basic`, `Bearer`, or None for anything else.
        client_id: The account of the Basic credentials or of the bearer; `***` for one that is
            unknown here, since it may be a misplaced secret.
        talend_version_header: Value of the header `talend-version`.
        talend_version_query: Value of the query parameter `talendVersion`.
        grant_type: The body's `grant_type`.
        audience: The body's `audience`.
        status: Status of the response; None when the connection was reset.
        fault: Whether a scripted fault applied to it.
        seconds: How long it was held, delayed and worked on.
    """

    time: float
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    header_names: tuple[str, ...] = ()
    scheme: str | None = None
    client_id: str | None = None
    talend_version_header: str | None = None
    talend_version_query: str | None = None
    grant_type: str | None = None
    audience: str | None = None
    status: int | None = None
    fault: bool = False
    seconds: float = 0

    def as_json(self) -> dict[str, Any]:
        """Return the entry as a JSON object."""
        return asdict(self)

    def masked(self, secrets: Iterable[str]) -> "LogEntry":
        """Return the entry with these texts, and whatever looks like a token, replaced."""
        longest_first = sorted((text for text in secrets if text), key=len, reverse=True)
        # Names of headers come in lower case, whatever they hold.
        needles = re.compile("|".join(map(re.escape, longest_first)) or "(?!)", re.IGNORECASE)

        def mask(value: Any) -> Any:  # noqa: ANN401 - walks what the fields hold
            if isinstance(value, tuple):
                return tuple(mask(part) for part in value)  # pyright: ignore[reportUnknownVariableType]
            if not isinstance(value, str):
                return value
            return _RUNS.sub(_mask_token, needles.sub(MASK, value))[:MAX_TEXT]

        return replace(self, **{part.name: mask(getattr(self, part.name)) for part in fields(self)})

    def __str__(self) -> str:
        """Return a line for a person who watches."""
        status = "reset" if self.status is None else self.status
        return f"{status} {self.method} {self.path} {self.seconds:.3f} s"


def _mask_token(run: re.Match[str]) -> str:
    """Mask a run of letters, digits, dots and dashes that may hold a token.

    Each character is looked at a few times only: the text comes from a client.
    """
    text = run[0].lower()
    start = text.find("eyj")
    is_token = (start >= 0 and text.count(".", start) >= 2) or "sandbox-" in text
    return MASK if is_token else run[0]


class RequestLog:
    """The newest entries.

    Args:
        limit: How many entries are kept.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: list[LogEntry] = []

    def add(self, entry: LogEntry) -> None:
        """Append a masked entry."""
        with self._lock:
            self._entries.append(entry)
            if len(self._entries) > self._limit:
                del self._entries[: self._limit // 10]

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()

    def entries(self) -> list[LogEntry]:
        """Return the entries, oldest first."""
        with self._lock:
            return list(self._entries)


def secrets_of(accounts: Sequence[Account], given: Authorization) -> list[str]:
    """Return every text that no entry may show, from the accounts and from the request itself."""
    found: list[str] = []
    credentials = [(account.client_id, account.client_secret) for account in accounts]
    if given.client_secret:
        credentials.append((given.client_id or "", given.client_secret))
    for client_id, client_secret in credentials:
        encoded = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        found += [client_secret, encoded, encoded.rstrip("=")]
    if given.token:
        found.append(given.token)
    return found
