"""Change the document in scratch copies and hold that only what truly has to change says so."""

from __future__ import annotations

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .document_changes import CHANGES
from .forks import Failed, do_all, prepare
from .trial import copy_checkout, regenerate, run_tests

if TYPE_CHECKING:
    from .document_changes import Change

ROOT = Path(__file__).resolve().parents[2]
DERIVED = "the 3.0 document"
VERDICTS = ("compatible", "breaking")
STAGES = ("edited", "generated", "decided")


@dataclass
class Result:
    """What the tests said at one stage of a change.

    Attributes:
        failed: The reason of each failure by the name of the test.
        lines: How many lines of hand-written files were added, by file.
        verdicts: What scripts/check-compatibility says of the change, a line each.
    """

    failed: dict[str, str]
    lines: dict[str, int]
    verdicts: list[str]


def texts(checkout: Path) -> dict[str, list[str]]:
    """Return the lines of every hand-written file of a checkout, by its path there."""
    return {
        path.relative_to(checkout).as_posix(): path.read_text(encoding="utf-8").splitlines()
        for folder in ("openapi", "tests", "src")
        for path in (checkout / folder).rglob("*")
        if path.suffix in {".yaml", ".md", ".py"}
    }


def document_tool(checkout: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the document in a scratch copy."""
    return subprocess.run(
        [sys.executable, "-m", f"openapi_document.{name}", *arguments],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout / "tools")},
        capture_output=True,
        text=True,
        check=False,
    )


def play(change: Change, stage: str) -> Result:
    """Make a change up to a stage in a fresh copy, and run all contract tests."""
    with tempfile.TemporaryDirectory(prefix="change-") as scratch:
        checkout = Path(scratch)
        copy_checkout(ROOT, checkout)
        shutil.copytree(
            ROOT / "tools" / "openapi_document", checkout / "tools" / "openapi_document"
        )
        at_first = texts(checkout)
        for edit in change.edits:
            edit(checkout)
        if stage != "edited" and (refused := regenerate(checkout)):
            raise RuntimeError(refused)
        if stage == "decided":
            for edit in change.decisions:
                edit(checkout)
        lines = {
            name: len(content) - len(at_first[name])
            for name, content in texts(checkout).items()
            if content != at_first[name]
        }
        verdicts = document_tool(checkout, "check_compatibility").stdout.splitlines()
        if stage == "decided":
            document_tool(checkout, "derive")
        derived = document_tool(checkout, "derive", "--check")
        found = run_tests(checkout, thorough=True)
        failed = {name.removeprefix("tests/contract/"): reason for name, reason in found.items()}
        if derived.returncode != 0:
            failed[DERIVED] = derived.stdout + derived.stderr
        return Result(failed, lines, [it for it in verdicts if it.startswith(VERDICTS)])


def judge(change: Change, stage: str, result: Result) -> list[str]:
    """Return how the failures of a stage differ from what they should be."""
    after = change.after | {DERIVED: "drifted"}
    expected = {"edited": change.before | after, "generated": after, "decided": {}}[stage]
    own = re.compile(rf".*\[({'|'.join(change.new)})(\W.*)?\]" if change.new else r"(?!)")
    wrong = [
        f"fails, but has no reason to: {it}"
        for it in result.failed
        if it not in expected and not (stage == "edited" and own.fullmatch(it))
    ]
    wrong += [f"should fail, but does not: {it}" for it in expected if it not in result.failed]
    wrong += [
        f"{it} should say {said!r}, but says: {result.failed[it][-400:]}"
        for it, said in expected.items()
        if it in result.failed and said not in result.failed[it]
    ]
    if not result.verdicts or any(it.startswith("breaking") for it in result.verdicts):
        wrong.append(f"should be judged compatible, not: {result.verdicts}")
    return wrong


def main() -> int:
    """Run the command; return its exit status."""
    argparse.ArgumentParser(prog="scripts/prove-document-changes", description=__doc__).parse_args()
    started = time.monotonic()
    prepare()
    played = [(change, stage) for change in CHANGES for stage in STAGES]
    results = do_all([functools.partial(play, *it) for it in played], every=4)
    faults = 0
    for (change, stage), result in zip(played, results, strict=True):
        if stage == STAGES[0]:
            print(f"\n{change.name.upper()}")
        if isinstance(result, Failed):
            wrong = [result.why]
        else:
            wrong = judge(change, stage, result)
            print(f"  {stage}: {len(result.failed) or 'no'} tests and checks fail")
            if stage == "generated" and not wrong:
                for name, said in (change.after | {DERIVED: "drifted"}).items():
                    print(f"    {name}\n      ... {said}")
            if stage == "decided":
                for name, count in result.lines.items():
                    print(f"    {name}: {count} lines more")
                for verdict in result.verdicts:
                    print(f"    {' '.join(verdict.split())}")
        for line in wrong:
            print(f"    WRONG {line}")
        faults += len(wrong)
    seconds = time.monotonic() - started
    print(f"\n{len(CHANGES)} changes in {seconds:.0f} s, {faults} things not as they should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
