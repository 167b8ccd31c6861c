"""Damage the contract in scratch copies and print which kind of contract test notices.

The heavy libraries are imported once; every trial is a fork of this process, two at a time.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import multiprocessing
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

import document
import hypothesis
import hypothesis.errors
import hypothesis.strategies
import openapi_core  # noqa: F401 - imported here once, for all trials
import openapi_python_client.config  # noqa: F401 - imported here once, for all trials
import openapi_spec_validator  # noqa: F401 - imported here once, for all trials
from hypothesis import Phase
from trial import KINDS, Outcome, attempt

import generated

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from changes import Mutation

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
AREAS = {
    "the document": document.MUTATIONS,
    "the generated package": generated.MUTATIONS,
}
fork = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Job:
    """A mutation to try, with or without generating after it."""

    area: str
    mutation: Mutation | None
    generate: bool


def work(source: Path, job: Job, answer: Connection) -> None:
    """Do a job in a process of its own and send its outcome."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        try:
            outcome = attempt(source, Path(scratch), job.mutation, generate=job.generate)
        except BaseException:  # noqa: BLE001 - whatever it is, it is told in the table
            outcome = Outcome(broken=traceback.format_exc())
        answer.send(outcome)


def do_all(jobs: list[Job], source: Path) -> dict[Job, Outcome]:
    """Do all jobs, two at a time; print how far they are."""
    waiting, running, outcomes = list(jobs), {}, {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            job = waiting.pop(0)
            receiver, sender = fork.Pipe(duplex=False)
            process = fork.Process(target=work, args=(source, job, sender))
            process.start()
            sender.close()
            running[receiver] = (job, process)
        for receiver in wait(list(running)):
            job, process = running.pop(receiver)
            try:
                outcomes[job] = receiver.recv()
            except EOFError:
                outcomes[job] = Outcome(broken="its process ended without an answer")
            process.join()
            if len(outcomes) % 10 == 0 or len(outcomes) == len(jobs):
                print(f"{len(outcomes)} of {len(jobs)} trials done", file=sys.stderr, flush=True)
    return outcomes


def fault(job: Job, outcome: Outcome) -> str:
    """Return what is wrong with an outcome, or nothing."""
    caught = set(outcome.caught)
    if outcome.broken:
        return outcome.broken
    if job.mutation is None:
        return f"nothing was damaged, yet {outcome.caught}" if caught else ""
    if not job.mutation.noticeable:
        allowed = set() if job.generate else {"B"}
        return "" if caught == allowed else f"should be caught by {allowed}, not {outcome.caught}"
    if outcome.refused:
        return ""
    if job.generate and not caught & set("AFG"):
        return "survived: neither the facts nor the bodies nor the examples know better"
    if not job.generate and not caught - {"B"}:
        return "survived: only the drift check saw it"
    return ""


def shown(outcome: Outcome) -> str:
    """Return the kinds that caught a mutation, in columns."""
    if outcome.broken:
        return "broken".ljust(len(KINDS))
    if outcome.refused:
        return "refused".ljust(len(KINDS))
    return "".join(kind if kind in outcome.caught else "." for kind in KINDS)


def print_table(area: str, outcomes: dict[Job, Outcome]) -> None:
    """Print the outcomes of an area, a mutation a line."""
    mutations = {id(job.mutation): job.mutation for job in outcomes if job.area == area}
    width = max(len(it.name) if it else 0 for it in mutations.values())
    twice = any(job.generate for job in outcomes if job.area == area and job.mutation)
    print(f"\n{area:{width}}  as is  " + ("  generated again" if twice else ""))
    for mutation in mutations.values():
        pair = sorted(
            (job.generate, shown(outcome))
            for job, outcome in outcomes.items()
            if job.area == area and job.mutation is mutation
        )
        name = mutation.name if mutation else "nothing (must be clean)"
        note = "" if mutation is None or mutation.noticeable else "  (no consumer could notice)"
        print(f"{name:{width}}  " + "  ".join(text for _, text in pair) + note)


def prepare() -> None:
    """Do once, for all trials, what takes long in each: imports, and tables of hypothesis."""
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()
    warnings.simplefilter("ignore", hypothesis.errors.HypothesisSideeffectWarning)
    # That a test fails is enough here; the smallest example that makes it fail is not sought.
    hypothesis.settings.register_profile("trial", phases=[Phase.explicit, Phase.generate])
    hypothesis.settings.load_profile("trial")
    hypothesis.settings(database=None, max_examples=1)(
        hypothesis.given(hypothesis.strategies.text())(lambda _: None)
    )()


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="scripts/mutate-contract", description=__doc__)
    parser.add_argument("word", nargs="*", help="try only mutations with one of these in the name")
    words = parser.parse_args().word
    started = time.monotonic()
    prepare()
    jobs = []
    for area, mutations in AREAS.items():
        jobs.append(Job(area, None, generate=area == "the document"))
        for mutation in mutations:
            if not words or any(word in mutation.name for word in words):
                jobs += [Job(area, mutation, generate=False)]
                jobs += [Job(area, mutation, generate=True)] if area == "the document" else []
    outcomes = do_all(jobs, ROOT)
    for area in AREAS:
        print_table(area, {job: outcomes[job] for job in jobs if job.area == area})
    faults = [(job, text) for job in jobs if (text := fault(job, outcomes[job]))]
    print()
    for job, text in faults:
        name = job.mutation.name if job.mutation else "nothing"
        print(f"{job.area}, {name}, {'generated again' if job.generate else 'as is'}: {text}")
    print(
        f"{len(jobs)} trials in {time.monotonic() - started:.0f} s, {len(faults)} of them not as "
        f"they should be"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
