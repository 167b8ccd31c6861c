"""The client under test: a process that is told what to do, line by line."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import IO, Any, cast

# Seconds that a client has to end after `exit`.
LEAVE = 5.0
_SHOWN = 400
_SHOWN_OF_LINE = 80
# Bytes that what a client prints may take in memory, of each output.
_MOST_PRINTED = 64 * 1024 * 1024
# Seconds between two looks at whether the run was stopped.
_LOOK = 0.5


class NoResult(Exception):  # noqa: N818 - says what there was in place of one
    """No result came; the text says what happened instead."""


class Silence(NoResult):
    """No result came in time."""


class Stopped(BaseException):
    """The run was stopped; no outcome of a case."""


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
        stopped: Set when the run is to end at once.

    Attributes:
        spoke: Whether it has reported anything.

    Raises:
        OSError: When it cannot be started.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], stopped: threading.Event
    ) -> None:
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
        self._stopped = stopped
        self._asked = ""
        self._printed: list[str] = []
        self._errors: list[str] = []
        self._no_result = ""  # says which line was none, if there was one
        self._prints_too_much = False
        self._results: queue.Queue[list[Item] | None] = queue.Queue()
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
        self._asked = line
        # A client that has gone is noticed where its result is awaited.
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(line + "\n")
            self._stdin.flush()

    def result(self, until: float) -> list[Item]:
        """Wait for its next result.

        Args:
            until: Monotonic time at which to give up.

        Raises:
            NoResult: When none has come by then, it is not one for each request, or the client has
                ended.
            Stopped: When the run is to end.
        """
        while True:
            if self._stopped.is_set():
                raise Stopped
            left = until - monotonic()
            try:
                items = self._results.get(timeout=min(max(0.0, left), _LOOK))
            except queue.Empty:
                if left > _LOOK:
                    continue
                raise Silence(self._no_result) from None
            if items is None:
                raise NoResult(self._how_it_ended())
            count = self._asked.removeprefix("call ")
            if len(items) != (int(count) if count.isdigit() else 1):
                raise NoResult(f"there were {len(items)} items for `{self._asked}`")
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
        self._kill_group()
        self._process.wait()
        until = monotonic() + LEAVE
        for reader in self._readers:
            # A process that it left behind, out of its group, may hold a pipe open for ever.
            reader.join(max(0.0, until - monotonic()))
        with contextlib.suppress(OSError):
            self._stdin.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    @property
    def _stdin(self) -> IO[str]:
        return cast("IO[str]", self._process.stdin)

    def _read_results(self) -> None:
        for line in self._read(cast("IO[str]", self._process.stdout), self._printed):
            items = _parse(line)
            if items is None:
                shown = repr(line.strip()[:_SHOWN_OF_LINE])
                self._no_result = f"; what it printed last is none: {shown}"
            else:
                self._results.put(items)
        self._results.put(None)

    def _read_errors(self) -> None:
        for _ in self._read(cast("IO[str]", self._process.stderr), self._errors):
            pass

    def _read(self, pipe: IO[str], into: list[str]) -> Iterator[str]:
        left = _MOST_PRINTED
        with pipe:
            while left > 0 and (line := pipe.readline(left)):
                into.append(line)
                left -= sys.getsizeof(line)
                yield line
        if left <= 0:
            self._prints_too_much = True
            self._kill_group()

    def _how_it_ended(self) -> str:
        if self._prints_too_much:
            return "the client printed too much"
        self._readers[1].join(LEAVE)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE)
        status = self._process.poll()
        ended = "closed its output" if status is None else f"ended with {status}"
        last = "".join(self._errors).strip()[-_SHOWN:]
        return f"the client {ended}" + (f": {last}" if last else "")


def _parse(line: str) -> list[Item] | None:
    """Return what a line reports, or None for one that is none of ours."""
    try:
        data: Any = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, list):
        return None
    items = [_item(entry) for entry in data]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return [item for item in items if item] if all(items) else None


def _item(entry: Any) -> Item | None:  # noqa: ANN401 - what a client reports
    given = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    # Some languages write the members that there are not as null.
    status, error, unsupported = map(given.get, ("status", "error", "unsupported"))
    if isinstance(status, int | float):
        return Item(status=int(status))
    if error is not None:
        return Item(error=str(error))
    return None if unsupported is None else Item(unsupported=str(unsupported))
