"""`talend-oauth regions`: the regions of Talend Cloud, and Qlik's names for the same places."""

from __future__ import annotations

import sys

from talend_oauth._settings.regions import DOCUMENTED, PLACES, QLIK_IDS

from . import _console as console
from ._parser import Parser

_NOTES = """\
The address of your Talend portal names the region: https://tmc.<region>.cloud.talend.com
Qlik uses some of the same ids for other places: its eu is Talend's ie.
inferred: the id is in Qlik's table of portals; that its API is at api.<region> follows from the
 others. Any other id is used with a warning."""


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser(
        "regions",
        "List the regions of Talend Cloud beside Qlik's names for the same places.",
        examples=("talend-oauth regions", "talend-oauth regions --json"),
    )
    found.add_json()
    return found


def run(arguments: list[str]) -> int:
    """Print the table."""
    if parser().parse(arguments).json:
        console.write_json(rows())
    else:
        _print_table()
    return 0


def rows() -> list[dict[str, str]]:
    """Return a row for each known region, sorted by id."""
    by_talend = {talend: qlik for qlik, talend in QLIK_IDS.items()}
    return [
        {
            "region": region,
            "qlik": by_talend.get(region, ""),
            "place": place,
            "source": "documented" if region in DOCUMENTED else "inferred",
            "api_url": f"https://api.{region}.cloud.talend.com",
        }
        for region, place in sorted(PLACES.items())
    ]


def _print_table() -> None:
    columns = (("region", "Talend"), ("qlik", "Qlik"), ("place", "place"), ("source", "source"))
    table = [dict(columns), *rows()]
    widths = {name: max(len(row[name]) for row in table) for name, _ in columns}
    for row in table:
        console.write(
            "  ".join(f"{row[name]:<{widths[name]}}" for name, _ in columns).rstrip() + "\n"
        )
    console.write("\n")
    for note in _NOTES.replace("\n ", " ").splitlines():
        console.write("\n".join(console.wrapped(note, 0, sys.stdout)) + "\n")
