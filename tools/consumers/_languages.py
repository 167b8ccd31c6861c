"""One language from its folder to the row of the table."""

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ._checks import CHECKS, Trial
from ._commands import CONSUMERS, StepError, run_well
from ._mistakes import check_mistakes
from ._projects import Client, Command, Project

STEPS = ("generated", "compiled", "linted")
COLUMNS = (*STEPS, *CHECKS, "mistakes", "sample")
NOT_REACHED = "-"
NOT_APPLICABLE = ""
FAILED = "FAIL"


@dataclass
class Row:
    """What became of one generated client.

    Attributes:
        language: The language.
        generator: The generator and its version.
        cells: What to show in each column; `FAIL` where it failed.
        problems: Why, for each column that failed.
        seconds: How long the whole language took.
    """

    language: str
    generator: str
    cells: dict[str, str] = field(default_factory=dict[str, str])
    problems: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0

    def attempt(self, column: str, action: Callable[[], str | None]) -> bool:
        """Do something, note in the column how it ended, and say whether it went well."""
        try:
            self.cells[column] = action() or "ok"
        except StepError as problem:
            self.cells[column] = FAILED
            self.problems[column] = str(problem)
        print(f"{self.language}: {column} {self.cells[column]}", file=sys.stderr, flush=True)
        return self.cells[column] != FAILED


def run_language(project: Project, environment: Mapping[str, str]) -> list[Row]:
    """Generate, compile and run everything of one language.

    Returns:
        A row for each of its clients, or one for a folder that is only a sample; what the
        clients share is noted in each.
    """
    started = time.monotonic()
    shared = Row(project.language, "")
    if not project.clients:
        shared.cells = dict.fromkeys(COLUMNS, NOT_APPLICABLE)
        shared.attempt("sample", lambda: _sample(project, environment))
        rows = [shared]
    else:
        rows = _run_clients(project, shared, environment)
    for row in rows:
        row.seconds = time.monotonic() - started
    return rows


def _run_clients(project: Project, shared: Row, environment: Mapping[str, str]) -> list[Row]:
    cwd = CONSUMERS / project.language
    rows = [
        Row(project.language, f"{client.generator} {client.version}") for client in project.clients
    ]
    if _build(project, shared, environment):
        for row, client in zip(rows, project.clients, strict=True):
            _call(client, row, environment, cwd)
        shared.attempt("mistakes", lambda: check_mistakes(project, cwd, environment))
        shared.attempt("sample", lambda: _sample(project, environment))
    for row in rows:
        row.cells = dict.fromkeys(COLUMNS, NOT_REACHED) | row.cells | shared.cells
    # A problem of the language is told once, not once a client.
    rows[0].problems |= shared.problems
    return rows


def _build(project: Project, row: Row, environment: Mapping[str, str]) -> bool:
    def generate() -> str:
        _require_tools(project)
        shutil.rmtree(CONSUMERS / project.language / "generated", ignore_errors=True)
        return _timed(project.generate, project, environment)

    def lint() -> str:
        return _timed(project.lint, project, environment) if project.lint else "by compiler"

    built = row.attempt("generated", generate) and row.attempt(
        "compiled", lambda: _timed(project.compile, project, environment)
    )
    if built:
        # Code that a linter refuses can still be run, so this decides nothing.
        row.attempt("linted", lint)
    return built


def _require_tools(project: Project) -> None:
    missing = [tool for tool in project.tools if shutil.which(tool) is None]
    if missing:
        raise StepError(f"not on PATH: {', '.join(missing)}")


def _timed(commands: tuple[Command, ...], project: Project, environment: Mapping[str, str]) -> str:
    started = time.monotonic()
    for command in commands:
        run_well(command, CONSUMERS / project.language, environment)
    return f"{time.monotonic() - started:.1f} s"


def _call(client: Client, row: Row, environment: Mapping[str, str], cwd: Path) -> None:
    for name, check in CHECKS.items():
        trial = Trial(client.program, cwd, environment)

        def action(check: Callable[[Trial], None] = check, trial: Trial = trial) -> None:
            with trial.sandbox:
                check(trial)

        row.attempt(name, action)


def _sample(project: Project, environment: Mapping[str, str]) -> None:
    _require_tools(project)
    trial = Trial(project.sample, CONSUMERS / project.language, environment)
    with trial.sandbox:
        status, lines = trial.run()
        asked = trial.control("GET", "log")["requests"]
    if status != 0 or trial.account.name not in "\n".join(lines):
        raise StepError(f"the sample ended with {status} and printed {lines}")
    if {each["talend_version_header"] for each in asked if each["method"] == "POST"} != {"2021-03"}:
        raise StepError("the sample sends no version: the oldest supported one would respond")
