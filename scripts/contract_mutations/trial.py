"""One trial: a mutation is made in a scratch copy, and the contract tests run in this process."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from changes import DoesNotApplyError

if TYPE_CHECKING:
    from pathlib import Path

    from changes import Mutation

NEEDED = ("generated", "openapi", "src", "generator-config.yml", "generator-overlay.toml")
KINDS = "ABCDEFG"


@dataclass
class Outcome:
    """What became of a mutation.

    Attributes:
        caught: For each kind that failed, the first test that did.
        refused: Why the generator would not take the document; empty if it did, or was not asked.
        broken: Why the trial itself failed; empty if it did not.
    """

    caught: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    broken: str = ""


class FirstFailures:
    """A plugin of pytest that notes the first failure of each kind and skips the kind's rest."""

    def __init__(self) -> None:
        self.caught: dict[str, str] = {}

    def note(self, node: str) -> None:
        """Note a failed test, or a file that cannot be read, by its kind."""
        found = re.search(r"test_([a-z])_\w+\.py", node)
        for kind in found[1].upper() if found else KINDS:
            self.caught.setdefault(kind, node.rpartition("::")[2] or node)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported."""
        if report.failed:
            self.note(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failed test."""
        if report.failed:
            self.note(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what has nothing to add."""
        found = re.match(r"test_([a-z])_", item.path.name)
        if found and found[1].upper() in self.caught:
            pytest.skip("the kind has failed already")


def copy_checkout(source: Path, target: Path) -> None:
    """Copy what the tests need; compiled files only of the tests, which no mutation touches."""
    for name in NEEDED:
        if (source / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / name, target / name, ignore=ignored)
        else:
            shutil.copy2(source / name, target / name)
    shutil.copytree(source / "tests" / "contract", target / "tests" / "contract")
    shutil.copy2(source / "pyproject.toml", target)
    (target / "scripts").mkdir()
    shutil.copy2(source / "scripts" / "generate.py", target / "scripts")


def regenerate(checkout: Path) -> str:
    """Generate in a checkout; return why that was refused, or nothing."""
    command = [sys.executable, "scripts/generate.py"]
    run = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else (run.stdout + run.stderr).strip() or "no reason given"


def run_tests(checkout: Path) -> dict[str, str]:
    """Run the contract tests of a checkout in this process, which must not have done so before."""
    os.chdir(checkout)
    sys.path[:0] = [str(checkout / "generated"), str(checkout / "src")]
    first_failures = FirstFailures()
    arguments = ["tests/contract", "-q", "--tb=no", "-p", "no:cacheprovider"]
    # The parent process has imported the plugins already; their asserts are not ours to rewrite.
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    arguments += ["--continue-on-collection-errors"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = pytest.main(arguments, plugins=[first_failures])
    ended = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if not ended and not first_failures.caught:
        raise RuntimeError(printed.getvalue())
    return first_failures.caught


def attempt(source: Path, checkout: Path, mutation: Mutation | None, *, generate: bool) -> Outcome:
    """Make a mutation in a fresh copy and run the tests.

    Args:
        source: The checkout to copy.
        checkout: The folder for the copy; empty.
        mutation: What to damage; None for nothing.
        generate: Whether to generate the package after it.
    """
    copy_checkout(source, checkout)
    try:
        if mutation:
            mutation.apply(checkout)
    except (DoesNotApplyError, KeyError, IndexError, OSError) as error:
        return Outcome(broken=f"does not apply: {error!r}")
    if generate and (refused := regenerate(checkout)):
        return Outcome(refused=refused)
    # What is compiled of a damaged file must not outlive it.
    sys.dont_write_bytecode = mutation is not None
    return Outcome(caught=run_tests(checkout))
