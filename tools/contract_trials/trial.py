"""Scratch copies of the checkout, and the contract tests run on one in this process."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = ("generated", "openapi", "src", "generator-config.yml", "generator-overlay.toml")
KINDS = "ABCDEFG"


class Failures:
    """A plugin of pytest that notes which tests failed and why.

    Args:
        thorough: Run every test, not only each kind up to its first failure.
    """

    def __init__(self, *, thorough: bool) -> None:
        self.thorough = thorough
        self.found: dict[str, str] = {}
        self._failed_kinds: set[str] = set()

    def note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        """Note a failed test, or a file that cannot be read."""
        if report.failed:
            self.found.setdefault(report.nodeid, report.longreprtext)
            self._failed_kinds |= kinds(report.nodeid)

    pytest_collectreport = pytest_runtest_logreport = note

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what has nothing to add."""
        if not self.thorough and kinds(item.nodeid) <= self._failed_kinds:
            pytest.skip("the kind has failed already")


def kinds(node: str) -> set[str]:
    """Return the kind of a test by its file; all of them for what they share."""
    found = re.search(r"/test_([a-z])_\w+\.py", node)
    return {found[1].upper()} if found else set(KINDS)


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


def run_tests(checkout: Path, wanted: str = KINDS, *, thorough: bool) -> dict[str, str]:
    """Run the contract tests of a checkout in this process, which must not have done so before.

    Args:
        checkout: The scratch copy.
        wanted: The kinds of test to run.
        thorough: Run every test, not only each kind up to its first failure.

    Returns:
        The reason of each failure by the name of the test.
    """
    ours = {"talend_oauth", "talend_oauth_api"} & sys.modules.keys()
    if ours:
        raise RuntimeError(f"{ours} is imported already, and not from the scratch copy")
    # What is compiled of a damaged file must not outlive it.
    sys.dont_write_bytecode = True
    os.chdir(checkout)
    sys.path[:0] = [str(checkout / "generated"), str(checkout / "src")]
    failures = Failures(thorough=thorough)
    arguments = ["tests/contract", "-q", "-p", "no:cacheprovider"]
    arguments += [f"--ignore-glob=*/test_{it.lower()}_*.py" for it in KINDS if it not in wanted]
    arguments.append("--tb=short" if thorough else "--tb=no")
    # The parent process has imported the plugins already; their asserts are not ours to rewrite.
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    arguments += ["--continue-on-collection-errors"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = pytest.main(arguments, plugins=[failures])
    ended = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if not ended and not failures.found:
        raise RuntimeError(printed.getvalue())
    return failures.found
