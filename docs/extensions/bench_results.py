"""The directive `bench-results`: what scripts/bench measured, and nothing by hand.

It reads benchmarks/results.json, which `scripts/bench` writes.
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"
COLUMNS = {
    "figure": "figure",
    "ours": "talend-oauth",
    "best": "best other library",
    "limit": "held against",
}
logger = logging.getLogger(__name__)


class BenchResults(Directive):
    """Puts the measured table in its place, or says that nothing was measured."""

    def run(self) -> list[nodes.Node]:
        """Return where it was measured, with which versions, and the table."""
        environment = self.state.document.settings.env
        environment.note_dependency(str(RESULTS))
        if not RESULTS.is_file():
            if environment.config.bench_results_required:
                logger.warning("benchmarks/results.json is missing: run scripts/bench")
            return [nodes.paragraph(text="Not measured yet.")]
        measured = json.loads(RESULTS.read_text(encoding="utf-8"))
        machine = measured["machine"]
        where = ", ".join(
            [
                machine["processor"],
                f"{machine['cores']} cores",
                machine["system"],
                machine["python"],
            ]
        )
        versions = ", ".join(
            f"{name} {version}" for name, version in sorted(measured["versions"].items())
        )
        return [
            nodes.paragraph(text=f"Measured on {machine['date']}, on {where}; with {versions}."),
            _table(
                [[result[column] or "-" for column in COLUMNS] for result in measured["results"]]
            ),
        ]


def _table(rows: list[list[str]]) -> nodes.table:
    group = nodes.tgroup(cols=len(COLUMNS))
    group += [nodes.colspec(colwidth=1) for _ in COLUMNS]
    group += nodes.thead("", _row(list(COLUMNS.values())))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group)


def _row(cells: list[str]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph(text=cell)) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive("bench-results", BenchResults)
    app.add_config_value("bench_results_required", default=False, rebuild="env", types=bool)
    return {"parallel_read_safe": True}
