"""Run all cases against the reference client, and against it with each of its mistakes.

Without a mistake, and in other ways to be right, every case has to pass. With one, its requirement
has to fail and no other. And each case has to be failed by some mistake: one that nothing fails
would show nothing.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mistakes import MISTAKES, OTHER_WAYS

from talend_oauth._conformance import Options, Result, load_cases, run_cases

REFERENCE = Path(__file__).with_name("reference.py")
# The reference gives up a request after 8 s; in a mistake that never does, this is waited for.
PATIENCE = 25
CASES_AT_ONCE = 12
MISTAKES_AT_ONCE = 6  # nearly all of the time is spent in waiting


def main() -> int:
    """Run what the command line names, or everything; the exit status is 0 when all is well."""
    parser = argparse.ArgumentParser(prog="scripts/prove conformance", description=__doc__)
    parser.add_argument("mistake", nargs="*", help="only these")
    wanted = parser.parse_args().mistake or ["", *OTHER_WAYS, *MISTAKES]
    caught: set[str] = set()
    problems = 0
    with ThreadPoolExecutor(MISTAKES_AT_ONCE) as pool:
        for mistake, results in zip(wanted, pool.map(outcomes, wanted), strict=True):
            failed = [result for result in results if result.outcome == "failed"]
            caught |= {result.case.id for result in failed}
            found = {result.case.requirement.id for result in failed}
            expected = {MISTAKES[mistake]} if mistake in MISTAKES else set[str]()
            passed = all(result.outcome == "passed" for result in results)
            well = found == expected and (passed or mistake in MISTAKES)
            problems += not well
            names = ", ".join(result.case.id for result in failed) or "nothing"
            say(f"{'ok' if well else 'WRONG':<6} {mistake or 'no mistake':<26} fails {names}")
            for result in [] if well else results:
                if result.reason:
                    say(f"       {result.case.id}: {result.outcome}, {result.reason}")
    if len(wanted) > len(MISTAKES):
        idle = [case.id for case in load_cases() if case.id not in caught]
        problems += len(idle)
        say(f"cases that no mistake fails: {', '.join(idle) or 'none'}")
    say(f"{problems} of {len(wanted)} are not as expected" if problems else "all as expected")
    return int(problems > 0)


def outcomes(mistake: str) -> list[Result]:
    """Run all cases against the reference with one mistake, or with none."""
    command = [sys.executable, str(REFERENCE), *filter(None, [mistake])]
    return run_cases(load_cases(), Options(command=command, patience=PATIENCE, jobs=CASES_AT_ONCE))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
