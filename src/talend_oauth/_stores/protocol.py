"""What a store that shares tokens beyond one process has to do.

A store is a class of three methods. It promises less than one might think: it may forget
anything at any time, and it may fail; both cost a request, never a token. What it does return
must be what was saved under that key, whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class TokenStore(Protocol):
    """Where tokens are shared between processes or machines.

    Every method may raise: the token is then requested as if there were no store, and a
    `TalendOAuthWarning` says so once. Methods are called from renewal threads, one at a time
    for a key within a process, and never from an event loop's thread.
    """

    def load(self, key: str) -> str | None:
        """Return the whole record last saved under the key, or None.

        Args:
            key: 32 hexadecimal digits; tells nothing about account or secret.
        """
        ...

    def save(self, key: str, record: str, seconds: float) -> None:
        """Keep the record so that no reader ever sees half of it.

        Args:
            key: As in `load`.
            record: Text that holds the token: readable by nobody else.
            seconds: After which it is worthless and may be dropped.
        """
        ...

    def lock(self, key: str, seconds: float) -> AbstractContextManager[object]:
        """Return a context that keeps other processes from the same key.

        It is held across a token request. The lock of a holder that dies has to come free by
        itself. When it cannot be had in time, entering raises `TimeoutError`.

        Args:
            key: As in `load`.
            seconds: How long to wait for it.
        """
        ...
