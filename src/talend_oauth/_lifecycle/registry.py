"""Every cached token of the process, with its hooks for a fork and for the interpreter's exit."""

from __future__ import annotations

import atexit
import os
import time
from _thread import RLock
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from .cached_token import CachedToken

if TYPE_CHECKING:
    from collections.abc import Hashable

    from talend_oauth._clock import Instant

KEPT = 128  # valid tokens that are kept although no source holds them
EXIT_TIMEOUT = 0.5  # seconds that the interpreter waits at most for fetches when it exits


class Registry:
    """The cached tokens of this process, by what their sources have in common."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._by_key: WeakValueDictionary[Hashable, CachedToken] = WeakValueDictionary()
        self._kept: OrderedDict[CachedToken, None] = OrderedDict()
        # Fingerprints of secrets are worth nothing outside this process.
        self.key = os.urandom(32)

    def cached(self, key: Hashable) -> CachedToken:
        """Return the cached token of a key; the same one while a source or `keep` holds it."""
        new = CachedToken()
        with self._lock:
            return self._by_key.setdefault(key, new)

    def keep(self, cached: CachedToken, now: Instant) -> None:
        """Keep a cached token while it is valid, so that sources that come and go share it.

        The number is bounded; expired ones are dropped whenever another is kept.

        Args:
            cached: Has just accepted a token.
            now: The time now.
        """
        with self._lock:
            self._kept[cached] = None
            self._kept.move_to_end(cached)
            for kept in list(self._kept):
                if kept is not cached and kept.unexpired(now) is None:
                    del self._kept[kept]
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def before_exit(self) -> None:
        """Wait a moment for fetches that are at work.

        A daemon thread that is inside of C code while the interpreter is taken down, as when TLS
        loads its authorities, can crash the process. One that waits for the network cannot, and
        is left behind.
        """
        until = time.monotonic() + EXIT_TIMEOUT
        for cached in list(self._by_key.values()):
            pending = cached.state.pending
            if pending is not None:
                pending.wait(until - time.monotonic())

    def after_fork(self) -> None:
        """Replace the locks that another thread of the parent may have held."""
        self._lock = RLock()
        for cached in list(self._by_key.values()):
            cached.after_fork()


REGISTRY = Registry()
atexit.register(REGISTRY.before_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=REGISTRY.after_fork)
