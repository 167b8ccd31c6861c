"""The commands of openapi/README.md, run as a reader would run them."""

import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from talend_oauth.sandbox import Sandbox

from ._commands import COMMAND_TIMEOUT, CONSUMERS, TOP, end_session

README = TOP / "openapi" / "README.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_KEPT = 4000


@dataclass(frozen=True)
class Block:
    """A fenced block of commands.

    Attributes:
        section: The heading above it.
        line: Number of its first line in the file.
        script: What it says.
    """

    section: str
    line: int
    script: str


@dataclass(frozen=True)
class Ran:
    """How a block ended.

    Attributes:
        block: The block.
        status: Its exit status; negative for a signal, as when it took too long.
        seconds: How long it took.
        output: The end of what it printed.
    """

    block: Block
    status: int
    seconds: float
    output: str


def blocks_of(text: str) -> list[Block]:
    """Find the blocks of commands in a Markdown text.

    Raises:
        ValueError: When there are none.
    """
    found: list[Block] = []
    for match in _BLOCK.finditer(text):
        headings = _HEADING.findall(text, 0, match.start())
        line = text.count("\n", 0, match.start(1)) + 1
        found.append(Block(headings[-1] if headings else "", line, match[1]))
    if not found:
        raise ValueError("there is no block of commands")
    return found


def run_readme(environment: Mapping[str, str]) -> int:
    """Run every block in turn, in one folder, against a sandbox; return the exit status."""
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        variables = {
            **environment,
            **sandbox.environment(),
            "TALEND_OAUTH": str(TOP),
            # Dependencies that the consumers have compiled already need not be compiled again.
            "CARGO_TARGET_DIR": str(CONSUMERS / "rust" / "target"),
        }
        ran = [run_block(block, Path(folder), variables) for block in blocks_of(README.read_text())]
    return _report(ran)


def run_block(block: Block, folder: Path, variables: Mapping[str, str]) -> Ran:
    started = time.monotonic()
    log = folder / f"line-{block.line}.log"
    with log.open("w+") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-eux", "-c", block.script],
            cwd=folder,
            env={**variables, "PORT": str(_free_port())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            status = process.wait(COMMAND_TIMEOUT)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
        finally:
            end_session(process)
    ran = Ran(block, status, time.monotonic() - started, log.read_text(errors="replace")[-_KEPT:])
    print(f"{block.section}: {'ok' if status == 0 else 'FAIL'}", file=sys.stderr, flush=True)
    return ran


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _report(ran: list[Ran]) -> int:
    width = max(len(one.block.section) for one in ran)
    print(f"{'section'.ljust(width)}  line  seconds  ended")
    for one in ran:
        ended = "ok" if one.status == 0 else f"FAIL ({one.status})"
        print(f"{one.block.section.ljust(width)}  {one.block.line:4}  {one.seconds:7.1f}  {ended}")
    failed = [one for one in ran if one.status != 0]
    for one in failed:
        print(f"\n{README.relative_to(TOP)}, line {one.block.line}:\n{one.output}")
    print(f"\n{len(ran) - len(failed)} passed, {len(failed)} failed")
    return int(bool(failed))
