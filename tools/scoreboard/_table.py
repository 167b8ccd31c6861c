"""The libraries, and the tables that the documentation shows of them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benchmarks" / "scoreboard"
RESULTS = HERE / "results.json"
SCORES = ROOT / "docs" / "comparison.md"
VERDICTS = ROOT / "docs" / "oauth-libraries.md"
# Without these, Talend's endpoint gives no token.
NEEDED = ("request", "credentials")
_STARTS, _ENDS = "<!-- scores: scripts/prove scoreboard writes them -->\n", "<!-- end of scores -->"
_COMMENT = re.compile(r"\s*(#|//|/?\*|$)")
_LEVELS = ("core", "resilient", "fleet")


@dataclass(frozen=True, kw_only=True)
class Library:
    """A library, as libraries.toml has it.

    Attributes:
        name: Of its package.
        language: What it is written in.
        files: The lines that its user writes, from the top of the checkout; an adapter is one.
        hook: How those lines make it send what Talend wants; nothing when it needs none.
        shown_in: Address of the documentation that they follow.
        lifetime: Of tokens, in the cases that watch one age.
        level: The last one that is run.
        command: Starts the program, where it is none of the loops.
        cwd: Where it is started, from the top of the checkout.
    """

    name: str
    language: str
    files: tuple[str, ...]
    hook: str = ""
    shown_in: str = ""
    lifetime: float | None = None
    level: str = "resilient"
    command: tuple[str, ...] = ()
    cwd: str = "."

    @property
    def lines(self) -> int:
        """How many lines its user writes; blank ones and comments are not counted."""
        texts = [(ROOT / file).read_text(encoding="utf-8") for file in self.files]
        return sum(not _COMMENT.match(line) for text in texts for line in text.splitlines())


def load_libraries() -> dict[str, Library]:
    """Return the libraries by name, in the order of the table."""
    entries = tomllib.loads((HERE / "libraries.toml").read_text(encoding="utf-8"))
    return {name: Library(name=name, **fields) for name, fields in entries.items()}


def load_results() -> dict[str, Any]:
    """Return the results of the last run of each library."""
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def verdict(library: Library, result: dict[str, Any]) -> str:
    """Say whether a library works with Talend's endpoint, and with what."""
    if any(case in result["failed"] for case in NEEDED):
        return "cannot"
    return f"{library.lines} lines, with {library.hook}" if library.hook else "works as it is"


def scores() -> str:
    """Return what passed and what did not, as a table in Markdown."""
    header = ["library", "language", *_LEVELS, "lines", "what failed"]
    rows = []
    for library, result in _both():
        name = f"{library.name} {result['version']}".strip()
        passed = [_passed(result["levels"].get(level)) for level in _LEVELS]
        failed = "; ".join(result["requirements"]) or "nothing"
        if verdict(library, result) == "cannot":
            # What passes there passes because nothing is sent that could be wrong.
            passed, failed = ["-"] * len(_LEVELS), "cannot send the request"
        rows.append([name, library.language, *passed, str(library.lines), failed])
    return f"{_markdown(header, rows)}\nRun on {load_results()['date']}.\n"


def verdicts() -> str:
    """Return which library works, as a table in Markdown."""
    rows = [
        [one.name, one.language, verdict(one, result)] for one, result in _both() if not one.command
    ]
    return _markdown(["library", "language", "with Talend's endpoint"], rows)


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(text: str, table: str) -> str:
    """Return a page with today's table."""
    before, _, rest = text.partition(_STARTS)
    return f"{before}{_STARTS}\n{table}\n{_ENDS}{rest.partition(_ENDS)[2]}"


def write_pages() -> None:
    """Write the tables into their pages."""
    for file, table in ((SCORES, scores()), (VERDICTS, verdicts())):
        file.write_text(page(file.read_text(encoding="utf-8"), table), encoding="utf-8")


def _both() -> list[tuple[Library, dict[str, Any]]]:
    results = load_results()["libraries"]
    return [(one, results[name]) for name, one in load_libraries().items() if name in results]


def _passed(counts: dict[str, int] | None) -> str:
    if counts is None:
        return "-"
    unscored = counts.get("not scored")
    note = f" ({unscored} not scored)" if unscored else ""
    return f"{counts.get('passed', 0)} of {sum(counts.values())}{note}"
