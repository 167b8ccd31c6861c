"""Simulates the fleets and writes results.json, results.svg and the table of docs/stores.md.

With numbers of processes as arguments, prints their rows and writes nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .day import SIZES, STORES, Day, simulate
from .picture import draw

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs/stores.md"
BEGIN = "<!-- table: scripts/prove fleet writes it from benchmarks/fleet/results.json -->\n\n"
END = "\n\n<!-- end of table -->"
DRAWN = 1_000  # processes
HEADINGS = (
    "processes",
    "store",
    "requests an hour",
    "highest minute",
    "highest of an outage",
    "highest of the two hours after it",
    "minute of a restart of all",
)


def table(days: Sequence[Day]) -> str:
    """Return the results as a table of the page."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_row(day) for day in days)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(day: Day) -> tuple[str, ...]:
    counts = (day.highest, day.outage, day.after_outage, day.restart)
    hourly = f"{day.hourly:,.0f}" if day.hourly >= 100 else f"{day.hourly:.1f}"
    return (f"{day.processes:,}", day.store, hourly, *(f"{count:,}" for count in counts))


def main(arguments: Sequence[str]) -> int:
    """Simulate every fleet, or those of some sizes."""
    days: list[Day] = []
    drawn: dict[str, tuple[float, list[int]]] = {}
    for processes in map(int, arguments or SIZES):
        for store in STORES:
            sys.stderr.write(f"{processes} processes, store: {store}\n")
            day, minutes = simulate(processes, store)
            days.append(day)
            if processes == DRAWN:
                drawn[store] = day.hourly, minutes
    sys.stdout.write(table(days) + "\n")
    if not arguments:
        rows = ",\n".join(f"  {json.dumps(day._asdict())}" for day in days)
        (FOLDER / "results.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")
        (FOLDER / "results.svg").write_text(draw(drawn), encoding="utf-8")
        page = PAGE.read_text(encoding="utf-8")
        shown = page[page.index(BEGIN) : page.index(END) + len(END)]
        PAGE.write_text(page.replace(shown, BEGIN + table(days) + END), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
