"""Measures everything and prints the table: `scripts/bench`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from time import monotonic

from . import cached, requests_sent, starts, waits
from .drawing import draw
from .libraries import OURS
from .options import Options
from .report import describe, machine, table, write_json
from .server import running

MEASURES = (
    cached.cached_token,
    cached.per_request,
    starts.imports,
    starts.stored_token,
    starts.first_token,
    requests_sent.in_one_process,
    requests_sent.in_processes,
    requests_sent.on_machines,
    waits.renewal,
    waits.lag,
    cached.accounts,
)


def main() -> int:
    """Run the bench; the exit status is 1 when a count was wrong, whatever the durations."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="few rounds and libraries; writes no files"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[measure.__name__ for measure in MEASURES],
        help="this figure only, and write no files; may be repeated",
    )
    arguments = parser.parse_args()
    options = Options(quick=arguments.quick)
    found = machine()
    sys.stderr.write(f"On {describe(found)}\n")
    chosen = [m for m in MEASURES if not arguments.only or m.__name__ in arguments.only]
    results = []
    with running() as server:
        # The certificate is for those libraries that speak nothing but https.
        os.environ.update(server.address.environment)
        for number, measure in enumerate(chosen, 1):
            started = monotonic()
            sys.stderr.write(f"[{number}/{len(chosen)}] {measure.__name__} ... ")
            sys.stderr.flush()
            try:
                results.append(measure(server, options))
            except Exception as error:  # noqa: BLE001 - the other figures are still of use
                options.errors.append(f"{measure.__name__}: {type(error).__name__}: {error}")
            sys.stderr.write(f"{monotonic() - started:.0f} s\n")
    sys.stdout.write(table(results) + "\n")
    if len(results) == len(MEASURES) and not arguments.quick:
        folder = Path(__file__).parent
        write_json(folder / "results.json", results, found, options)
        footer = f"{OURS.name} {OURS.version}, {found['date']}, {describe(found)}"
        (folder / "results.svg").write_text(draw(results, footer), encoding="utf-8")
    for error in options.errors:
        sys.stderr.write(f"wrong: {error}\n")
    return 1 if options.errors else 0


if __name__ == "__main__":
    sys.exit(main())
