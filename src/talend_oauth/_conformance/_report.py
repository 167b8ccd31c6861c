"""What became of the cases, as a table and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talend_oauth._version import __version__
from talend_oauth.errors import ConfigurationError

from ._cases import LEVELS, behaviour_version, load_cases
from ._run import Result

_MARKS = {"passed": "ok", "failed": "FAILED", "not scored": "not scored"}


@dataclass(frozen=True)
class Report:
    """The results of a run.

    Args:
        results: Of all its cases.
        known: Ids of the cases that are known to fail.
    """

    results: Sequence[Result]
    known: frozenset[str] = frozenset()

    @property
    def failed(self) -> list[Result]:
        """The failures that are not known."""
        return [r for r in self.results if r.outcome == "failed" and r.case.id not in self.known]

    @property
    def stale(self) -> list[str]:
        """The known failures that passed."""
        return [
            r.case.id for r in self.results if r.outcome == "passed" and r.case.id in self.known
        ]

    @property
    def is_good(self) -> bool:
        """Whether nothing failed but what is known to, and all of that did."""
        return not self.failed and not self.stale

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {
            "talend_oauth": __version__,
            "behaviour": behaviour_version(),
            "passed": self.is_good,
            "levels": {level: dict(self._counts(level)) for level in LEVELS if self._counts(level)},
            "stale": self.stale,
            "cases": [
                {
                    "id": result.case.id,
                    "requirement": result.case.requirement.id,
                    "level": result.case.requirement.level,
                    "title": result.case.title,
                    "outcome": result.outcome,
                    "reason": result.reason,
                    "known": result.case.id in self.known,
                }
                for result in self.results
            ],
        }

    def as_text(self) -> str:
        """Return the report for a person: a line for each case, then why some did not pass."""
        width = max(len(result.case.id) for result in self.results)
        lines = [
            f"{r.case.requirement.id:<4} {r.case.requirement.level:<10} {r.case.id:<{width}}  "
            f"{self._mark(r):<13} {r.case.title}"
            for r in self.results
        ]
        for result in self.failed:
            requirement = result.case.requirement
            lines += [
                "",
                f"{requirement.id} {requirement.title}, case {result.case.id}",
                f"  {requirement.text}",
                f"  {result.reason}",
            ]
        unscored = [result for result in self.results if result.outcome == "not scored"]
        lines += ["", "not scored:"] if unscored else []
        lines += [f"  {result.case.id}: {result.reason}" for result in unscored]
        if self.stale:
            lines += ["", f"known to fail, but passed: {', '.join(self.stale)}"]
        lines.append("")
        for level in LEVELS:
            if counts := self._counts(level):
                words = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _MARKS)
                lines.append(f"{level:<10} {words}")
        return "\n".join(lines) + "\n"

    def _mark(self, result: Result) -> str:
        known = result.outcome == "failed" and result.case.id in self.known
        return "known to fail" if known else _MARKS[result.outcome]

    def _counts(self, level: str) -> Counter[str]:
        return Counter(r.outcome for r in self.results if r.case.requirement.level == level)


def read_baseline(path: Path) -> frozenset[str]:
    """Return the ids of the cases that are known to fail: one a line, after `#` what you like.

    Raises:
        ConfigurationError: When the file cannot be read, or a line names no case.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The file of known failures cannot be read ({type(error).__name__}).",
            hint="Write a file with the id of a case on each line.",
        ) from None
    ids = [line.partition("#")[0].strip() for line in lines]
    known = {case.id for case in load_cases()}
    for number, name in enumerate(ids, 1):
        if name and name not in known:
            raise ConfigurationError(
                f"Line {number} of the file of known failures names no case.",
                hint="See talend-oauth conformance --list.",
            )
    return frozenset(filter(None, ids))
