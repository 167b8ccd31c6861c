"""The slots of this process, at a fork and at the end of the interpreter."""

from __future__ import annotations

import atexit
import os
import time
from _thread import allocate_lock

from .cached_token import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, MutableMapping

EXIT_PATIENCE = 0.5  # seconds that an interpreter waits at most for renewals when it ends


class _Registry:
    """The slots of this process by what their sources have in common."""

    def __init__(self) -> None:
        from weakref import WeakValueDictionary

        self._lock = allocate_lock()
        self._slots: MutableMapping[Hashable, Slot] = WeakValueDictionary()
        # Fingerprints of secrets are worth nothing outside this process.
        self.key = os.urandom(32)

    def slot(self, key: Hashable) -> Slot:
        """Return the slot of a key, made at the first call and kept while a source has it."""
        with self._lock:
            slot = self._slots.get(key)
            if slot is None:
                slot = self._slots[key] = Slot()
            return slot

    def before_exit(self) -> None:
        """Give renewals a moment to end with the interpreter.

        A daemon thread that is inside of C code while the interpreter is taken down, as when TLS
        loads its authorities, can crash the process. One that waits for the network cannot, and
        is left behind.
        """
        until = time.monotonic() + EXIT_PATIENCE
        for slot in list(self._slots.values()):
            flight = slot.flight
            if flight is not None:
                flight.wait(until - time.monotonic())

    def after_fork(self) -> None:
        """Make locks anew that another thread of the parent may have held."""
        self._lock = allocate_lock()
        for slot in list(self._slots.values()):
            slot.after_fork()


REGISTRY = _Registry()
atexit.register(REGISTRY.before_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=REGISTRY.after_fork)
