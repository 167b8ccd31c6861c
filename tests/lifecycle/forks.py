"""A forked child, asked by its parent: what it found, or that it hangs."""

from __future__ import annotations

import os
import select
import signal
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0


class Child:
    """A child of this process that calls a function and sends the text that it returns.

    Args:
        function: Called in the child; what it raises is sent by its name.
    """

    def __init__(self, function: Callable[[], str]) -> None:
        self._reader, writer = os.pipe()
        with warnings.catch_warnings():
            # Python warns of a fork beside threads, which is what the tests are about.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._reader)
                os.write(writer, _answer(function).encode())
            finally:
                os._exit(0)
        os.close(writer)

    def answer(self) -> str:
        """Return what the child sent; it has ended by then."""
        text, readable = b"", True
        while readable:
            ready, _, _ = select.select([self._reader], [], [], PATIENCE)
            part = os.read(self._reader, 65536) if ready else b""
            text, readable = text + part, bool(part)
        os.close(self._reader)
        if not text:
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return text.decode()


def _answer(function: Callable[[], str]) -> str:
    try:
        return function()
    except BaseException as error:  # noqa: BLE001 - the parent is to hear of anything
        return f"{type(error).__name__}: {error}"
