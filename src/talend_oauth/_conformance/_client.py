"""The client under test: a process that is told what to do, line by line."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import IO, Any, cast

# Seconds that a client has to end after `exit`.
LEAVE = 5.0
_SHOWN = 400


class NoResult(Exception):  # noqa: N818 - says what there was in place of one
    """No result came; the text says what happened instead."""


class Silence(NoResult):
    """No result came in time."""


@dataclass(frozen=True)
class Item:
    """What became of one request of the client.

    Attributes:
        status: HTTP status, if there was a response.
        error: The client's own message, if there was none.
        unsupported: Why the client does not do such a thing.
    """

    status: int | None = None
    error: str | None = None
    unsupported: str | None = None

    def __str__(self) -> str:
        return str(self.status) if self.status is not None else f"error {self.error!r}"


class Client:
    """A running client.

    Args:
        command: The program and its arguments.
        environment: Its whole environment.

    Attributes:
        spoke: Whether it has reported anything.

    Raises:
        OSError: When it cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - running what the user names is the purpose
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.spoke = False
        self._printed: list[str] = []
        self._errors: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_results, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def output(self) -> str:
        """All that it has printed, to either output."""
        return "".join([*self._printed, *self._errors])

    def send(self, line: str) -> None:
        """Tell it what to do."""
        # A client that has gone is noticed where its result is awaited.
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(line + "\n")
            self._stdin.flush()

    def result(self, until: float) -> list[Item]:
        """Wait for its next result.

        Args:
            until: Monotonic time at which to give up.

        Raises:
            NoResult: When none has come by then, or the client has ended.
        """
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, until - monotonic()))
            except queue.Empty:
                raise Silence("no result came") from None
            if line is None:
                raise NoResult(self._how_it_ended())
            items = _parse(line)
            if items is not None:
                self.spoke = True
                return items

    def close(self) -> None:
        """Let it end, and make it if it does not."""
        self.send("exit")
        with contextlib.suppress(OSError):
            self._stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE)
        self.kill()

    def kill(self) -> None:
        """End it at once, with all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(LEAVE)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                cast("IO[str]", pipe).close()

    @property
    def _stdin(self) -> IO[str]:
        return cast("IO[str]", self._process.stdin)

    def _read_results(self) -> None:
        for line in cast("IO[str]", self._process.stdout):
            self._printed.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        self._errors.extend(cast("IO[str]", self._process.stderr))

    def _how_it_ended(self) -> str:
        self._readers[1].join(LEAVE)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE)
        last = "".join(self._errors).strip()[-_SHOWN:]
        said = f": {last}" if last else ""
        return f"the client ended with {self._process.poll()}{said}"


def _parse(line: str) -> list[Item] | None:
    """Return what a line reports, or None for one that is none of ours."""
    try:
        data: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, list):
        return None
    items = [_item(entry) for entry in data]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return [item for item in items if item] if all(items) else None


def _item(entry: Mapping[str, Any]) -> Item | None:
    for name in ("status", "error", "unsupported"):
        if isinstance(entry, dict) and name in entry:
            return Item(**{name: entry[name]})
    return None
