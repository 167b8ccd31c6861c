"""README as a package index shows it: its links and pictures lead to the repository.

Read by hatchling (pyproject.toml, tool.hatch.metadata.hooks.custom).
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# A link or picture of Markdown, or an attribute of HTML, that is relative to the repository.
_RELATIVE = re.compile(r'(\]\(|\b(?:src|srcset)=")(?!https?:|#)([^)"\s]+)')
_PICTURES = (".png", ".svg")


def absolute(text: str, source: str) -> str:
    """Return a README whose links and pictures do not depend on where it is shown.

    Args:
        text: The README of the repository.
        source: The repository's address, as in `[project.urls]`.
    """

    def target(match: re.Match[str]) -> str:
        kind = "raw" if match[2].endswith(_PICTURES) else "blob"
        return f"{match[1]}{source}/{kind}/main/{match[2]}"

    return _RELATIVE.sub(target, text)


class ReadmeForIndex(MetadataHookInterface):
    """Gives hatchling the text."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme`."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        shown = absolute(text, metadata["urls"]["Source"])
        metadata["readme"] = {"content-type": "text/markdown", "text": shown}
