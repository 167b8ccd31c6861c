"""Every cached token of the process, and what they do when the interpreter exits."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING
from weakref import ref

from .cached_token import CachedToken, State

if TYPE_CHECKING:
    from collections.abc import Hashable

    from talend_oauth._clock import Instant

KEPT = 128  # valid tokens that are kept although no source holds them
EXIT_TIMEOUT = 0.5  # seconds that the interpreter waits at most for fetches when it exits


class Registry:
    """The cached tokens of this process, by what their sources have in common.

    Like `CachedToken` without a lock: each step is one operation of a dict.
    """

    def __init__(self) -> None:
        self._by_key: dict[Hashable, ref[CachedToken]] = {}
        self._kept: dict[CachedToken, None] = {}
        # Fingerprints of secrets are worth nothing outside this process.
        self.key = os.urandom(32)

    def cached(self, key: Hashable) -> CachedToken:
        """Return the cached token of a key; the same one while a source or `keep` holds it."""
        by_key = self._by_key

        def forget(dead: ref[CachedToken]) -> None:
            if by_key.get(key) is dead:
                by_key.pop(key, None)

        new = CachedToken(State())
        mine = ref(new, forget)
        while True:
            found = by_key.setdefault(key, mine)
            if cached := found():
                return cached
            forget(found)

    def keep(self, cached: CachedToken, now: Instant) -> None:
        """Keep a cached token while it is valid, so that sources that come and go share it.

        The number is bounded; expired ones are dropped whenever another is kept.

        Args:
            cached: Has just accepted a token.
            now: The time now.
        """
        self._kept.pop(cached, None)  # to the end of those that follow
        self._kept[cached] = None
        for newer, kept in enumerate(reversed(list(self._kept))):
            if newer >= KEPT or kept.state.unexpired(now) is None:
                self._kept.pop(kept, None)

    def before_exit(self) -> None:
        """Wait a moment for fetches that are at work.

        A daemon thread that is inside of C code while the interpreter is taken down, as when TLS
        loads its authorities, can crash the process. One that waits for the network cannot, and
        is left behind.
        """
        until = time.monotonic() + EXIT_TIMEOUT
        for each in list(self._by_key.values()):
            pending = cached.state.pending if (cached := each()) else None
            if pending is not None and pending.started:
                pending.wait(until - time.monotonic())


REGISTRY = Registry()
atexit.register(REGISTRY.before_exit)
