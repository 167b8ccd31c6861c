"""Run the consumers and print one table; see `scripts/consumers`."""

import argparse
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

from ._commands import toolchain_environment
from ._languages import COLUMNS, FAILED, NOT_REACHED, Row, run_language
from ._projects import PROJECTS
from ._readme import run_readme

# The machines that this runs on have two cores, and most compilers use more than one.
AT_ONCE = 2


def main() -> int:
    """Run the languages of the command line, all of them without any; return the exit status."""
    known = {project.language: project for project in PROJECTS}
    parser = argparse.ArgumentParser(prog="scripts/consumers", description=__doc__)
    parser.add_argument("language", nargs="*", help=f"one of {', '.join(known)}")
    parser.add_argument(
        "--readme", action="store_true", help="run the commands of openapi/README.md instead"
    )
    arguments = parser.parse_args()
    wanted: list[str] = arguments.language or list(known)
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"there is no consumer in {', '.join(unknown)}, only in {', '.join(known)}")
    # Java's client offers HTTP/2 with every request, and uvicorn remarks upon each.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    environment = toolchain_environment()
    if arguments.readme:
        return run_readme(environment)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [pool.submit(run_language, known[name], environment) for name in wanted]
        rows = [run.result() for run in runs]
    return report(rows)


def report(rows: list[Row]) -> int:
    """Print the table and what went wrong; return the exit status."""
    header = ["language", *COLUMNS, "seconds", "generators"]
    lines = [
        [row.language, *(row.cells[c] for c in COLUMNS), f"{row.seconds:.0f}", row.generators]
        for row in rows
    ]
    widths = [max(len(line[i]) for line in [header, *lines]) for i in range(len(header))]
    for line in [header, *lines]:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    for row in rows:
        for column, problem in row.problems.items():
            print(f"\n{row.language}, {column}: {problem}")
    # What was not reached counts as failed.
    cells = [cell for row in rows for cell in row.cells.values() if cell]
    failed = sum(cell in (FAILED, NOT_REACHED) for cell in cells)
    print(f"\n{len(cells) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
