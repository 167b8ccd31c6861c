"""Processes that all ask for a token at the same moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

    from talend_oauth.sandbox import Sandbox

PATIENCE = 60.0

# Ready once everything is imported; then it does as each line of its standard input says.
_PROGRAM = """
import json, os, sys, warnings
warned = []
warnings.showwarning = lambda message, *_: warned.append(str(message))
from talend_oauth import TokenSource, FileStore, RedisStore
import talend_oauth._lifecycle.fetch, redis
from talend_oauth.errors import TalendOAuthError
store = eval(os.environ["STORE"])
source = TokenSource(store=store)
print("ready", flush=True)
for line in sys.stdin:
    command = line.strip()
    answer = {}
    if command == "discard":
        source.discard(source.token())
    try:
        answer["token"] = source.token().value
    except TalendOAuthError as error:
        answer["error"] = type(error).__name__
    answer["warned"] = warned
    print(json.dumps(answer), flush=True)
"""


class Asking:
    """One process.

    Args:
        sandbox: Whose tokens it asks for.
        store: An expression that makes its store.
        before: Code that is run first.
    """

    def __init__(self, sandbox: Sandbox, store: str, before: str = "") -> None:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(before) + _PROGRAM],
            # No bytecode, no coverage: what a full disk cuts off would be found by others.
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **sandbox.environment(), "STORE": store},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> Self:
        """Wait until it can ask."""
        assert self._read() == "ready"
        return self

    def ask(self, command: str = "token") -> None:
        """Make it ask."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, object]:
        """Return what it got: `token` or `error`, and the warnings that it gave."""
        answer: dict[str, object] = json.loads(self._read())
        return answer

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Processes:
    """Several of them."""

    def __init__(self, count: int, sandbox: Sandbox, store: str) -> None:
        self._all = [Asking(sandbox, store) for _ in range(count)]

    def __enter__(self) -> Self:
        for one in self._all:
            one.ready()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._all:
            one.close()

    def ask(self, command: str = "token") -> list[dict[str, object]]:
        """Let all ask at once, and return their answers."""
        for one in self._all:
            one.ask(command)
        return [one.answer() for one in self._all]
