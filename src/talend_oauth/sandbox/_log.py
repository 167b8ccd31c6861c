"""What was asked of the sandbox, without what must stay secret."""

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
_TOKENS = (
    # A JWT. Tried once a word, not at each `eyJ` in it: a client may send one long word.
    r"(?<![\w-])(?=[\w-]*eyJ)[\w-]+\.[\w-]*\.[\w-]*",
    r"sandbox-[\w-]{43}",
)


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One request and what became of it.

    Attributes:
        time: Seconds since the epoch at which it arrived.
        method: HTTP method.
        path: Path, decoded.
        query: Query parameters; the values of all but `talendVersion` are masked.
        header_names: Names of the headers, in lower case, in the order in which they came.
        scheme: `Basic`, `Bearer`, or None for anything else.
        client_id: The account of the Basic pair or of the bearer; `***` for one that is unknown
            here, since a misplaced secret would stand there.
        talend_version_header: Value of the header `talend-version`.
        talend_version_query: Value of the query parameter `talendVersion`.
        grant_type: The body's `grant_type`.
        audience: The body's `audience`.
        status: Status of the answer; None when the connection was reset.
        fault: Whether a scripted fault befell it.
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

    def as_json(self) -> dict[str, Any]:
        """Return the entry as JSON can hold it."""
        return asdict(self)

    def masked(self, secrets: Iterable[str]) -> "LogEntry":
        """Return the entry with these texts, and whatever looks like a token, replaced."""
        longest_first = sorted((text for text in secrets if text), key=len, reverse=True)
        # Names of headers come in lower case, whatever stands in them.
        hidden = re.compile("|".join([*map(re.escape, longest_first), *_TOKENS]), re.IGNORECASE)

        def mask(value: Any) -> Any:  # noqa: ANN401 - walks what the fields hold
            if isinstance(value, tuple):
                return tuple(mask(part) for part in value)  # pyright: ignore[reportUnknownVariableType]
            return hidden.sub(MASK, value)[:MAX_TEXT] if isinstance(value, str) else value

        return replace(self, **{part.name: mask(getattr(self, part.name)) for part in fields(self)})


class RequestLog:
    """The entries so far; a long run keeps the newest.

    Args:
        limit: How many entries are kept.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: list[LogEntry] = []

    def add(self, entry: LogEntry) -> None:
        """Append an entry, which must be masked."""
        with self._lock:
            self._entries.append(entry)
            if len(self._entries) > self._limit:
                del self._entries[: self._limit // 10]

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._entries.clear()

    def entries(self) -> list[LogEntry]:
        """Return the entries, oldest first."""
        with self._lock:
            return list(self._entries)


def secrets_of(accounts: Sequence[Account], given: Authorization) -> list[str]:
    """Return every text that no entry may show: of the accounts, and of the request itself."""
    found: list[str] = []
    pairs = [(account.client_id, account.client_secret) for account in accounts]
    if given.client_secret:
        pairs.append((given.client_id or "", given.client_secret))
    for client_id, client_secret in pairs:
        encoded = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        found += [client_secret, encoded, encoded.rstrip("=")]
    if given.token:
        found.append(given.token)
    return found
