"""The protocol of a token store, for stores of your own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class TokenStore(Protocol):
    """Shares tokens between processes or machines.

    A store may forget a record at any time, and any method may raise: either costs a token
    request, never a token. After an exception that fetch goes on without the store, a
    `TalendOAuthWarning` says so once, and the next fetch tries the store again.

    Methods are called from background threads, never from an event loop's thread.
    """

    def load(self, key: str) -> str | tuple[str, float] | None:
        """Return the record last saved under a key, or None.

        A store that counts down the seconds given to `save` by a clock of its own returns the
        seconds left too. The token then expires by that clock, if it is the earlier one: the
        clock of the machine that saved it may be wrong.

        Args:
            key: 32 hexadecimal digits; tells nothing about account or secret.

        Returns:
            The whole record, or the record and the seconds left.
        """
        ...

    def save(self, key: str, record: str, seconds: float) -> None:
        """Save a record so that no reader ever sees half of it.

        Args:
            key: As in `load`.
            record: Text that contains the token: nobody else may be able to read it.
            seconds: Time after which the record is worthless and may be dropped.
        """
        ...

    def lock(self, key: str, seconds: float) -> AbstractContextManager[object]:
        """Return a context manager that keeps other processes from the same key.

        It is held during a token request. The lock of a process that dies has to become free by
        itself within seconds. Entering raises `TimeoutError` if another process holds the lock
        all the time.

        Args:
            key: As in `load`.
            seconds: How long to wait for the lock.
        """
        ...
