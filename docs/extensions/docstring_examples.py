"""Shows an indented paragraph of a docstring as code; reStructuredText would quote it."""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

SECTIONS = ("Args:", "Attributes:", "Raises:", "Returns:", "Source:", "Yields:")


def mark_examples(
    app: Sphinx, what: str, name: str, found: object, options: object, lines: list[str]
) -> None:
    """Put `::` before each indented block in front of the first section."""
    del app, what, name, found, options
    end = next((n for n, line in enumerate(lines) if line.startswith(SECTIONS)), len(lines))
    for number in range(end - 1, 0, -1):
        starts = lines[number].startswith("    ") and not lines[number - 1].strip()
        before = next((line for line in reversed(lines[: number - 1]) if line.strip()), "")
        if starts and not before.startswith("    "):
            lines[number - 1 : number] = ["", "::", ""]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx, ahead of napoleon."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", mark_examples, priority=400)
    return {"parallel_read_safe": True}
