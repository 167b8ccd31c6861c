"""Make wrong edits in scratch copies of the checkout, and see that a test notices each.

document.toml, generated.toml and masking.toml beside this file say which, and what has to notice.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .trial import Trial, attempt

LISTS = ("document", "generated", "masking")
# The first three read the document only.
CONTRACT = [
    f"tests/contract/test_{name}.py"
    for name in ("facts", "document", "notes", "bodies", "models", "wire", "wrapper", "properties")
]


def trials() -> dict[str, list[Trial]]:
    """Return the trials of each list."""
    found: dict[str, list[Trial]] = {}
    for name in LISTS:
        edits = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))["edit"]
        if name == "masking":
            leaks = {e["tests"]: [f"tests/leaks/test_{e['tests']}.py"] for e in edits}
            found[name] = [Trial({}, [file for files in leaks.values() for file in files])]
            found[name] += [Trial(edit, leaks[edit["tests"]]) for edit in edits]
        elif name == "document":
            # Right after generating, models and wire are right by construction.
            asked = CONTRACT[:3], CONTRACT[3:4]
            found[name] = [Trial(edit, *asked) for edit in ({}, *edits)]
        else:
            found[name] = [Trial(edit, CONTRACT) for edit in ({}, *edits)]
    return found


def main() -> int:
    """Print a line for each trial; 1 when one is not as it should be."""
    parser = argparse.ArgumentParser(prog="scripts/prove edits", description=__doc__)
    parser.add_argument("word", nargs="*", help="a list, or a part of an edit's name")
    parser.add_argument("--sample", type=int, help="only as many of each list, the same each time")
    options = parser.parse_args()
    started, faults = time.monotonic(), 0
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["wrong_edits.trial"])
    with ProcessPoolExecutor(os.cpu_count(), forks, max_tasks_per_child=1) as pool:
        for name, listed in trials().items():
            words = [] if name in options.word else options.word
            chosen = [t for t in listed if not words or any(w in str(t) for w in words)]
            if options.sample and options.sample < len(chosen):
                chosen = random.Random(len(listed)).sample(chosen, options.sample)  # noqa: S311
            running = [(trial, pool.submit(attempt, trial)) for trial in chosen]
            for trial, future in running:
                try:
                    said = future.result() or "nobody"
                    wrong = (said == "nobody") != trial.silent
                except (ValueError, RuntimeError) as error:
                    said, wrong = str(error), True
                faults += wrong
                print(f"{'WRONG ' if wrong else ''}{name}: {trial}: {said}", flush=True)
    print(f"{faults} not as they should be, in {time.monotonic() - started:.0f} s")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
