"""One language from its folder to the row of the table."""

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ._checks import check_conformance, check_samples
from ._commands import CONSUMERS, StepError, run_well
from ._mistakes import check_mistakes
from ._projects import Command, Project

COLUMNS = ("generated", "compiled", "linted", "mistakes", "samples", "conformance")
NOT_REACHED = "-"
FAILED = "FAIL"


@dataclass
class Row:
    """What became of one language.

    Attributes:
        language: The language.
        generators: Its generators and their versions.
        cells: What to show in each column; `FAIL` where it failed.
        problems: Why, for each column that failed.
        seconds: How long all of it took.
    """

    language: str
    generators: str = ""
    cells: dict[str, str] = field(default_factory=dict[str, str])
    problems: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0

    def attempt(self, column: str, action: Callable[[], str]) -> bool:
        """Do something, note in the column how it ended, and say whether it went well."""
        try:
            self.cells[column] = action()
        except StepError as problem:
            self.cells[column] = FAILED
            self.problems[column] = str(problem)
        print(f"{self.language}: {column} {self.cells[column]}", file=sys.stderr, flush=True)
        return self.cells[column] != FAILED


def run_language(project: Project, environment: Mapping[str, str]) -> Row:
    """Generate, compile and run everything of one language."""
    started = time.monotonic()
    row = Row(project.language, ", ".join(f"{g.name} {g.version}" for g in project.generators))
    cwd = CONSUMERS / project.language

    def timed(commands: tuple[Command, ...]) -> str:
        started = time.monotonic()
        for command in commands:
            run_well(command, cwd, environment)
        return f"{time.monotonic() - started:.1f} s"

    def generate() -> str:
        if missing := [tool for tool in project.tools if shutil.which(tool) is None]:
            raise StepError(f"not on PATH: {', '.join(missing)}")
        shutil.rmtree(cwd / "generated", ignore_errors=True)
        return timed(project.generate)

    steps: dict[str, Callable[[], str]] = {"generated": generate}
    if project.compile:
        steps["compiled"] = lambda: timed(project.compile)
    if project.compile or project.lint:
        # Code that a linter refuses can still be run, so this decides nothing.
        steps["linted"] = lambda: timed(project.lint) if project.lint else "by compiler"
    if project.mistakes:
        steps["mistakes"] = lambda: check_mistakes(project, cwd, environment)
    steps["samples"] = lambda: check_samples(project.samples, cwd, environment)
    if project.conformance:
        steps["conformance"] = lambda: check_conformance(project.conformance, cwd)
    row.cells = {column: NOT_REACHED if column in steps else "" for column in COLUMNS}
    for column, action in steps.items():
        if not row.attempt(column, action) and column in ("generated", "compiled"):
            break
    row.seconds = time.monotonic() - started
    return row
