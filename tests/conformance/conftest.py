"""The kit, with clients that are right and wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talend_oauth._conformance import Case, Options, Result, load_cases, run_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OURS = [sys.executable, str(ROOT / "consumers" / "python" / "conformance.py")]
REFERENCE = [sys.executable, str(HERE / "reference.py")]

PATIENCE = 25.0
# The rest takes many seconds each, and is run by scripts/prove conformance.
SLOW_REQUIREMENTS = {"R8", "R15", "R17", "R18", "R19", "R20"}


def quick_cases() -> tuple[Case, ...]:
    return tuple(c for c in load_cases() if c.requirement.id not in SLOW_REQUIREMENTS)


@pytest.fixture(autouse=True)
def _quick(_one_key: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the clients, which are hundreds, without coverage: each would take 0.1 s longer."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def run() -> Callable[..., dict[str, Result]]:
    def run(
        command: Sequence[str], cases: Sequence[Case], patience: float = PATIENCE
    ) -> dict[str, Result]:
        options = Options(command=command, patience=patience, jobs=8)
        return {result.case.id: result for result in run_cases(cases, options)}

    return run
