"""Damage the contract in scratch copies and print which kind of contract test notices."""

from __future__ import annotations

import argparse
import functools
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from . import document_mutations, generated_mutations, wrapper_mutations
from .changes import DoesNotApplyError
from .forks import Failed, do_all, prepare
from .trial import KINDS, copy_checkout, kinds, regenerate, run_tests

if TYPE_CHECKING:
    from .changes import Mutation

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = "the document"
WRAPPER = "the wrapper"
AREAS = {
    DOCUMENT: document_mutations.MUTATIONS,
    "the generated package": generated_mutations.MUTATIONS,
    WRAPPER: wrapper_mutations.MUTATIONS,
}


@dataclass(frozen=True)
class Trial:
    """A mutation to try, with or without generating after it; None damages nothing."""

    area: str
    mutation: Mutation | None
    generate: bool = False

    @property
    def kinds(self) -> str:
        """The kinds of test that can tell anything new."""
        if self.mutation is None:
            return KINDS
        if self.area == WRAPPER:
            return "EG"
        # Right after generating, the drift check passes by construction.
        return KINDS.replace("B", "") if self.generate else KINDS

    def __str__(self) -> str:
        """Name it for a person."""
        name = self.mutation.name if self.mutation else "nothing"
        return f"{self.area}, {name}, {'generated again' if self.generate else 'as is'}"


@dataclass
class Outcome:
    """What became of a mutation.

    Attributes:
        caught: The kinds of test that failed.
        tests: Their names.
        refused: Why the generator would not take the document; empty if it did, or was not asked.
        broken: Why the trial itself failed; empty if it did not.
    """

    caught: set[str] = field(default_factory=set)
    tests: list[str] = field(default_factory=list)
    refused: str = ""
    broken: str = ""

    def shown(self, trial: Trial) -> str:
        """Return the kinds that caught it, in columns."""
        if self.broken or self.refused:
            return ("broken" if self.broken else "refused").ljust(len(KINDS))
        marks = {kind: kind if kind in self.caught else "." for kind in trial.kinds}
        return "".join(marks.get(kind, " ") for kind in KINDS)


def attempt(trial: Trial) -> Outcome:
    """Make a mutation in a fresh copy and run the tests."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        checkout = Path(scratch)
        copy_checkout(ROOT, checkout)
        try:
            if trial.mutation:
                trial.mutation.apply(checkout)
        except (DoesNotApplyError, KeyError, IndexError, OSError) as error:
            return Outcome(broken=f"does not apply any more: {error!r}")
        if trial.generate and (refused := regenerate(checkout)):
            return Outcome(refused=refused)
        failed = run_tests(checkout, trial.kinds, thorough=False)
        return Outcome(set().union(*map(kinds, failed)), sorted(failed))


def fault(trial: Trial, outcome: Outcome) -> str:
    """Return what is wrong with an outcome, or nothing."""
    caught = outcome.caught
    if outcome.broken:
        return outcome.broken
    if trial.mutation is None:
        return f"nothing was damaged, yet {outcome.tests}" if caught else ""
    if not trial.mutation.noticeable:
        allowed = set() if trial.generate else {"B"}
        return "" if caught == allowed else f"no consumer could notice, yet {outcome.tests}"
    if outcome.refused:
        return ""
    if trial.generate and not caught & set("AFG"):
        return "survived: neither the facts nor the bodies nor the examples know better"
    if not trial.generate and not caught - {"B"}:
        return "survived: at most the drift check saw it"
    return ""


def print_table(area: str, outcomes: dict[Trial, Outcome]) -> None:
    """Print the outcomes of an area, a mutation a line."""
    rows: dict[str, list[str]] = {}
    for trial, outcome in outcomes.items():
        name = trial.mutation.name if trial.mutation else "(nothing)"
        rows.setdefault(name, []).append(outcome.shown(trial))
        if (
            trial.mutation
            and not trial.mutation.noticeable
            and trial.generate == (area == DOCUMENT)
        ):
            rows[name].append("(no consumer could notice)")
    width = max(len(area), *map(len, rows))
    again = "  generated again" if area == DOCUMENT else ""
    print(f"\n{area.upper():{width}}  as it is{again}")
    for name, columns in rows.items():
        print("  ".join([f"{name:{width}}", *columns]))


def trials(words: list[str]) -> list[Trial]:
    """Return all trials, or those with one of the words in their area or mutation."""
    found = [
        Trial(area, mutation, generate)
        for area, mutations in AREAS.items()
        for mutation in mutations
        for generate in ((False, True) if area == DOCUMENT else (False,))
    ]
    unharmed = [Trial(DOCUMENT, None), Trial(DOCUMENT, None, generate=True)]
    return unharmed + [it for it in found if not words or any(word in str(it) for word in words)]


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="scripts/mutate-contract", description=__doc__)
    parser.add_argument(
        "word", nargs="*", help="try only areas or mutations with one of these in the name"
    )
    started = time.monotonic()
    tried = trials(parser.parse_args().word)
    prepare()
    results = do_all([functools.partial(attempt, trial) for trial in tried], every=10)
    outcomes = {
        trial: Outcome(broken=result.why) if isinstance(result, Failed) else result
        for trial, result in zip(tried, results, strict=True)
    }
    for area in {trial.area: None for trial in tried}:
        print_table(area, {trial: it for trial, it in outcomes.items() if trial.area == area})
    faults = {trial: text for trial, it in outcomes.items() if (text := fault(trial, it))}
    print()
    for trial, text in faults.items():
        print(f"{trial}: {text}")
    seconds = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = f"{used.ru_utime + used.ru_stime:.0f} s of processor"
    print(
        f"{len(tried)} trials in {seconds:.0f} s ({processor}), {len(faults)} not as they should be"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
