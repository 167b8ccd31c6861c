"""The table of docs/comparison.md.

.venv/docs/bin/python docs/checks/comparison_page.py    writes it from benchmarks/results.json
"""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "comparison.md"
COLUMNS = {
    "figure": "figure",
    "ours": "talend-oauth",
    "best": "best other library",
    "limit": "limit",
}
STARTS, ENDS = "from benchmarks/results.json -->\n", "<!-- end of table -->"


def table() -> str:
    """Return what was measured, where, and with which versions, as Markdown."""
    measured = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    machine = measured["machine"]
    versions = ", ".join(
        f"{name} {number}" for name, number in sorted(measured["versions"].items())
    )
    rows = [list(COLUMNS.values()), ["---"] * len(COLUMNS)]
    rows += [[result[column] or "-" for column in COLUMNS] for result in measured["results"]]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    parts = machine["processor"], f"{machine['cores']} cores", machine["system"], machine["python"]
    text = (
        "\n".join(lines)
        + f"\n\nMeasured on {machine['date']}, on {', '.join(parts)}, with {versions}.\n"
    )
    return text.replace(" us", " µs").replace("<=", "≤")


def page(text: str) -> str:
    """Return the page with today's table."""
    before, _, rest = text.partition(STARTS)
    return f"{before}{STARTS}\n{table()}\n{ENDS}{rest.partition(ENDS)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
