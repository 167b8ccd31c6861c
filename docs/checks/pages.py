"""Runs the pages as their readers do: a plugin of pytest, over Sybil.

Every block of a page runs in the order of the page, in one shell that has only what the page gave:

- `sh` is pasted into the shell, `python` into Python with the shell's variables and folder;
- any block, or file of the repository that the page shows, under a line that ends in "`NAME`:"
  after *save* or *add* is written into that file, or added to it, and not run;
- `crontab` is an entry, whose command is run as cron does: by sh, with next to no environment;
- `text` is what the block above it printed, on either output; `...` stands for anything.

There are no hidden lines. Blocks in other languages are data; test_recipes.py checks them.
"""

import contextlib
import doctest
import os
import re
import shlex
import subprocess
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reader import Network, Python, Shell, checkout, machine, secrets_of_lambda
from sybil import Document, Example, Region, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst.lexers import DirectiveLexer

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The page whose settings the reader of every other page has made.
START = DOCS / "start.md"
# Pages that begin before that, and those that begin in a checkout, where pip may ask its index.
BEGINNINGS = {"docs/start.md", "docs/sandbox.md"}
IN_CHECKOUT = {"README.md": ".", "docs/maintaining.md": ".", "examples/README.md": "examples"}
# Its messages are those of failures.py, to which test_errors.py holds it.
MESSAGES = "docs/errors.md"
# Where a page's code runs, if not on a machine like any other.
PLACES = {"docs/recipes/lambda.md": secrets_of_lambda}
RUN = {"crontab", "python", "sh", "text"}
DATA = {"bat", "doscon", "dockerfile", "file", "groovy"}
DATA |= {"ini", "json", "powershell", "toml", "yaml"}
_FILE = re.compile(r"\b(?P<verb>[Ss]ave|[Aa]dd)\b[^`\n]*`(?P<name>[\w./-]+)`[^`\n]*:\s*$")


class Page:
    """A reader at work on a page."""

    def __init__(self, path: Path, network: Network) -> None:
        self._open = contextlib.ExitStack()
        name = str(path.relative_to(ROOT))
        self._network = network.environment()
        if name in IN_CHECKOUT:
            self._network = {
                key: os.environ[key] for key in os.environ if key.startswith(("GO", "PIP_"))
            }
        environment, folder = self._open.enter_context(machine(self._network))
        if name in PLACES:
            environment |= self._open.enter_context(PLACES[name]())
        if name in IN_CHECKOUT:
            folder /= "talend-oauth"
            checkout(folder)
            folder /= IN_CHECKOUT[name]
        self.shell = Shell(environment, folder)
        self._open.callback(self.shell.close)
        self._open.callback(self._stop_sandbox)
        self._interpreter: Python | None = None
        self.printed: str | None = None
        self.failed = False
        if name not in BEGINNINGS | IN_CHECKOUT.keys():
            self.shell.run(settings_of_the_start())

    def run(self, example: Example) -> None:
        __tracebackhide__ = True
        if self.failed:
            pytest.skip("a block above it failed")
        self.failed = True
        self._run(example)
        self.failed = False

    def _run(self, example: Example) -> None:
        __tracebackhide__ = True
        language, code = example.region.lexemes["language"], example.parsed
        above = example.document.text[: example.start].rstrip().rpartition("\n")[2]
        if file := _FILE.search(above):
            path = self.shell.folder / file["name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            before = f"{path.read_text()}\n\n" if file["verb"].lower() == "add" else ""
            path.write_text(before + code, encoding="utf-8")
        elif language == "sh":
            self.printed = self.shell.run(code)
        elif language == "crontab":
            self.printed = self.shell.run(self._of_cron(code))
        elif language == "python":
            self.printed = self._python(example)
        elif language == "text" and not example.path.endswith(MESSAGES):
            if self.printed is None:
                pytest.fail("nothing printed this: `text` is for output", pytrace=False)
            self._compare(code, self.printed)
            self.printed = None

    def _python(self, example: Example) -> str:
        __tracebackhide__ = True
        if self._interpreter is None:
            self._interpreter = Python(Path(example.path), self.shell)
            self._open.callback(self._interpreter.close)
        # So that a traceback names the line of the page.
        return self._interpreter.run("\n" * example.line + example.parsed)

    def _of_cron(self, entry: str) -> str:
        command = shlex.join(["/bin/sh", "-c", entry.strip().split(None, 5)[5]])
        given = {"HOME": self.shell.environment["HOME"], "PATH": "/usr/bin:/bin", **self._network}
        return f"env -i {shlex.join(f'{name}={value}' for name, value in given.items())} {command}"

    @staticmethod
    def _compare(shown: str, printed: str) -> None:
        __tracebackhide__ = True
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if not doctest.OutputChecker().check_output(shown, printed, flags):
            pytest.fail(f"the page shows\n\n{shown}\nbut this was printed\n\n{printed}", False)

    def _stop_sandbox(self) -> None:
        """Stop the sandbox that the page started, if it came to fail before it stopped it."""
        if self.shell.environment.get("TALEND_API_URL", "").startswith("http://127.0.0.1:"):
            stop = ["talend-oauth", "sandbox", "--stop"]
            subprocess.run(stop, env=self.shell.environment, capture_output=True, check=False)

    def close(self) -> None:
        self._open.close()


def settings_of_the_start() -> str:
    """Return the lines with which a reader sets region, client id and secret."""
    return next(
        region.lexemes["source"]
        for region in FencedCodeBlockLexer("sh")(Document(START.read_text(), str(START)))
        if "TALEND_CLIENT_ID" in region.lexemes["source"]
    )


def blocks(document: Document) -> Iterable[Region]:
    """Find every block that says its language, and every file that is shown as it is."""
    for region in FencedCodeBlockLexer(r"[^{\n].*|(?=$)")(document):
        region.parsed = region.lexemes["source"]
        region.evaluator = evaluate
        yield region
    for region in DirectiveLexer("literalinclude")(document):
        shown = Path(document.path).parent / region.lexemes["arguments"]
        region.parsed = shown.read_text(encoding="utf-8")
        region.lexemes["language"] = "file"
        region.evaluator = evaluate
        yield region


def evaluate(example: Example) -> None:
    """Run one block."""
    __tracebackhide__ = True
    language = example.region.lexemes["language"]
    assert language in RUN | DATA, f"a block of an unknown kind: {language or 'none'}"
    opened: dict[str, Any] = example.namespace["_page"]
    if "page" not in opened:
        opened["page"] = Page(Path(example.path), example.namespace["_network"])
    opened["page"].run(example)


def told(
    item: SybilItem, failure: pytest.ExceptionInfo[BaseException], _style: object = None
) -> str:
    """Return which block failed, and how."""
    where = f"{item.path.relative_to(ROOT)}:{item.example.line}"
    if isinstance(failure.value, pytest.fail.Exception):
        return f"{where}: {failure.value.msg}"
    return f"{where}:\n{''.join(traceback.format_exception(failure.value, limit=-8))}"


SybilItem.repr_failure = told
# Before and after a block: Sybil's own fails for a traceback that has none of its frames.
SybilItem._traceback_filter = lambda _item, failure: failure.traceback


def _close(namespace: dict[str, Any]) -> None:
    if page := namespace["_page"].get("page"):
        page.close()


@pytest.fixture(scope="session")
def _network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("network")) as network:
        yield network


pytest_collect_file = Sybil(
    parsers=[blocks],
    patterns=["*.md"],
    path=str(ROOT),
    setup=lambda namespace: namespace.update(_page={}),
    teardown=_close,
    fixtures=["_network"],
).pytest()
