"""`talend-oauth regions`: the regions of Talend Cloud, and what Qlik calls the same places."""

from __future__ import annotations

import sys

from talend_oauth._settings.regions import DOCUMENTED, INFERRED, QLIK_IDS

from ._parser import Parser

_NOTE = """
The portal's address names the region: https://tmc.<region>.cloud.talend.com
Qlik uses some of the same ids for other places. `inferred`: Qlik's table of portals has the id;
that its API is at api.<region> follows from the others. Any other id is used with a warning.
"""


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser("regions", "List the regions of Talend Cloud beside Qlik's names.")
    found.add_argument("--json", action="store_true", help="for machines")
    return found


def run(arguments: list[str]) -> int:
    """Print the table."""
    options = parser().parse(arguments)
    sys.stdout.write(_as_json() if options.json else _as_table())
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
        for region, place in sorted({**DOCUMENTED, **INFERRED}.items())
    ]


def _as_json() -> str:
    import json

    return json.dumps(rows(), indent=2) + "\n"


def _as_table() -> str:
    columns = (("region", "Talend"), ("qlik", "Qlik"), ("place", "place"), ("source", "source"))
    widths = {name: max(len(title), *(len(row[name]) for row in rows())) for name, title in columns}
    lines = ["  ".join(f"{title:<{widths[name]}}" for name, title in columns)]
    lines += ["  ".join(f"{row[name]:<{widths[name]}}" for name, _ in columns) for row in rows()]
    return "\n".join(line.rstrip() for line in lines) + "\n" + _NOTE
