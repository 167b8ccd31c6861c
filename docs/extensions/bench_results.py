"""The directive `bench-results`: the tables that scripts/bench wrote, and nothing by hand.

It reads benchmarks/results.json, an object with `ran_on` (text) and `tables`, a list of objects
with `title`, `columns` (texts) and `rows` (lists of texts or numbers).
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"
logger = logging.getLogger(__name__)


class BenchResults(Directive):
    """Puts the measured tables in its place, or says that nothing was measured."""

    def run(self) -> list[nodes.Node]:
        """Return one table for each of the file's."""
        settings = self.state.document.settings
        config = settings.env.config
        settings.env.note_dependency(str(RESULTS))
        if not RESULTS.is_file():
            if config.bench_results_required:
                logger.warning("%s is missing: run scripts/bench", RESULTS.name)
            return [nodes.paragraph(text="Not measured yet.")]
        measured = json.loads(RESULTS.read_text(encoding="utf-8"))
        shown: list[nodes.Node] = [nodes.paragraph(text=f"Measured on {measured['ran_on']}.")]
        tables = (
            _table(each["title"], each["columns"], each["rows"]) for each in measured["tables"]
        )
        return [*shown, *tables]


def _table(title: str, columns: list[str], rows: list[list[object]]) -> nodes.table:
    group = nodes.tgroup(cols=len(columns))
    group += [nodes.colspec(colwidth=1) for _ in columns]
    group += nodes.thead("", _row(list(columns)))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", nodes.title(text=title), group)


def _row(cells: list[object]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph(text=str(cell))) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive("bench-results", BenchResults)
    app.add_config_value("bench_results_required", default=False, rebuild="env", types=bool)
    return {"parallel_read_safe": True}
