"""Work in a renewal's thread for which a fork waits: imports, and the making of TLS contexts.

A module that another thread is just importing is half made in a forked child, and its import lock
is held for ever: the child's own first request would hang. The same holds for the locks inside of
OpenSSL while it loads authorities. So a fork waits until such work has ended.
"""

from __future__ import annotations

import os
from _thread import RLock
from contextlib import suppress
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_LONGEST = 20.0  # seconds that a fork is held up: rather a child with a risk than none


class _Importing:
    """A context in which a module is imported that a forked child will need, too."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._is_registered = False

    def __enter__(self) -> None:
        self._lock.acquire()
        if not self._is_registered:
            self._is_registered = True
            self._register()

    def _register(self) -> None:
        # What is registered last is called first. `logging` has a hook that takes its lock, which
        # modules want when they are imported: it must come after ours, so be registered before.
        import_module("logging")
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self.before_fork,
                after_in_parent=self.after_fork_in_parent,
                after_in_child=self.after_fork_in_child,
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(RuntimeError):  # a fork in between made it anew
            self._lock.release()

    def before_fork(self) -> None:
        """Wait until no thread is importing, and let none begin."""
        self._lock.acquire(timeout=_LONGEST)

    def after_fork_in_parent(self) -> None:
        """Let others import again."""
        with suppress(RuntimeError):  # it could not be had in time
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Begin anew: this is the only thread."""
        self._lock = RLock()


IMPORTING = _Importing()
