"""Lints OpenAPI documents with Redocly, Spectral, openapi-spec-validator and a check of examples.

No finding is allowed, not even a hint.

`redocly` and `spectral` have to be on PATH, as scripts/node-tools.sh puts them.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openapi_spec_validator.readers import read_from_filename
from openapi_spec_validator.shortcuts import get_validator_cls

from openapi_document.examples import wrong_examples
from openapi_document.loading import DERIVED, DOCUMENT, ROOT, DocumentError, read
from openapi_document.table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CONFIG = ROOT / "tools" / "lint"


class ToolError(Exception):
    """A tool could not be run, or answered with something else than its findings."""


@dataclass(frozen=True)
class Finding:
    """One complaint of one tool.

    Attributes:
        path: The file complained about.
        place: Where in it: a JSON pointer, or a line.
        rule: The tool's name for the rule.
        message: The tool's words.
    """

    path: Path
    place: str
    rule: str
    message: str


def _run(command: Sequence[str | Path]) -> tuple[str, str]:
    # Into files: Node's programs end before a full pipe has been read.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as log:
        try:
            done = subprocess.run(command, stdout=out, stderr=log, check=False, timeout=300)
        except FileNotFoundError as error:
            raise ToolError(f"{command[0]} is not installed: see scripts/node-tools.sh") from error
        out.seek(0)
        log.seek(0)
        output, notes = out.read(), log.read()
    if done.returncode not in (0, 1):
        raise ToolError(f"{command[0]} ended with {done.returncode}:\n{notes[-1000:]}")
    return output, notes


def _values(text: str) -> Iterator[Any]:
    """Reads JSON values that follow each other, with notes for people between them."""
    decoder, at = json.JSONDecoder(), 0
    while match := re.compile(r"[{\[]").search(text, at):
        value, at = decoder.raw_decode(text, match.start())
        yield value


def redocly(paths: Sequence[Path]) -> list[Finding]:
    """Runs Redocly over the files, in one process as long as it can read them."""
    config = CONFIG / "redocly.yaml"
    command = ["redocly", "lint", f"--config={config}", "--format=json", "--max-problems=100000"]
    findings: list[Finding] = []
    left = list(paths)
    while left:
        output, notes = _run([*command, *left])
        # One report a file, naming only those with problems. A file that cannot be read has none
        # and ends the run.
        for path, report in zip(left, reports := list(_values(output)), strict=False):
            for problem in report["problems"]:
                place = problem["location"][0]["pointer"] if problem["location"] else ""
                findings.append(Finding(path, place, problem["ruleId"], problem["message"]))
        left = left[len(reports) :]
        if left:
            unread = re.search(
                r"^Failed to parse API description at (.+):\n\n +- (.+)$", notes, re.MULTILINE
            )
            if not unread or unread[1] != str(left[0]):
                raise ToolError(f"redocly did not report on {left[0]}:\n{notes[-1000:]}")
            findings.append(Finding(left.pop(0), "", "parse", unread[2]))
    return findings


def spectral(paths: Sequence[Path]) -> list[Finding]:
    """Runs Spectral over the files, in one process; hints count like errors."""
    ruleset = CONFIG / "spectral.yaml"
    command = ["spectral", "lint", "--fail-severity=hint", f"--ruleset={ruleset}", "--format=json"]
    (report, *_) = _values(_run([*command, *paths])[0])
    return [
        Finding(
            Path(item["source"]), "/".join(map(str, item["path"])), item["code"], item["message"]
        )
        for item in report
    ]


def specification(paths: Sequence[Path]) -> list[Finding]:
    """Judges the files by openapi-spec-validator, in this process."""
    return [finding for path in paths for finding in _specification(path)]


def _specification(path: Path) -> list[Finding]:
    try:
        # Reads as its own command does, not as the rest of this tooling.
        document, uri = read_from_filename(str(path))
        errors = list(get_validator_cls(document)(document, base_uri=uri).iter_errors())
    except Exception as error:  # noqa: BLE001 - whatever it raises on a broken file is its verdict
        return [Finding(path, "", type(error).__name__, str(error))]
    return [
        Finding(path, "/".join(map(str, error.absolute_path)), type(error).__name__, error.message)
        for error in errors
    ]


def examples(paths: Sequence[Path]) -> list[Finding]:
    """Judges the examples of the files; a file that cannot be read is left to the other tools."""
    findings: list[Finding] = []
    for path in paths:
        try:
            document = read(path)
        except DocumentError:
            continue
        findings += [Finding(path, at, "example", words) for at, words in wrong_examples(document)]
    return findings


TOOLS: dict[str, Callable[[Sequence[Path]], list[Finding]]] = {
    "Redocly": redocly,
    "Spectral": spectral,
    "openapi-spec-validator": specification,
    "examples": examples,
}


def lint(paths: Sequence[Path]) -> dict[str, list[Finding]]:
    """Runs all tools over all files, side by side.

    Returns:
        The findings of each tool.

    Raises:
        ToolError: A tool could not be run.
        DocumentError: A file cannot be read.
    """
    for path in paths:
        if not path.is_file():
            raise DocumentError(f"{path} is not a file")
    with ThreadPoolExecutor(len(TOOLS)) as pool:
        runs = {name: pool.submit(tool, paths) for name, tool in TOOLS.items()}
        return {name: run.result() for name, run in runs.items()}


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/lint-document`."""
    parser = argparse.ArgumentParser(prog="scripts/lint-document", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE", default=[DOCUMENT, DERIVED])
    paths = [path.resolve() for path in parser.parse_args(arguments).paths]
    try:
        found = lint(paths)
    except (ToolError, DocumentError) as error:
        print(error, file=sys.stderr)
        return 2
    counts = [
        (path.name, *(sum(f.path == path for f in findings) for findings in found.values()))
        for path in paths
    ]
    print(table(["file", *TOOLS], counts))
    rows = [
        (name, finding.path.name, finding.rule, finding.place, finding.message)
        for name, findings in found.items()
        for finding in findings
    ]
    if rows:
        print("\n" + table(["tool", "file", "rule", "place", "message"], rows))
    print(f"{len(rows)} findings in {len(paths)} files")
    return 1 if rows else 0


if __name__ == "__main__":
    raise SystemExit(main())
