"""Shows files of the repository as pages of the site.

A line that is only a link to a Markdown file outside of docs/, as `[Security](../SECURITY.md)`, is
replaced by the text of that file, or by a section of it when the link names one. On a forge it is
the link that one sees. Every other link to a file outside of docs/ leads to the repository.
"""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
_ALONE = re.compile(r"^\[[^\]\n]+\]\((\.\.[^)#\s]+\.md)(?:#([\w-]+))?\)$", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
# Files of the repository that are pages here, or are copied into the site.
PAGES = {
    "openapi/README.md": "languages.md",
    "openapi/NOTES.md": "facts.md",
    "openapi/CHANGELOG.md": "document-changes.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "conformance/BEHAVIOUR.md": "behaviour.md",
    "README.md": "index.md",
}


def section(text: str, slug: str) -> str:
    """Return what is under the heading of the second level with this anchor."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        if title.strip().lower().replace(" ", "-") == slug:
            return body.strip()
    raise LookupError(f"there is no section {slug}")


def show(text: str, folder: Path, repository: str) -> str:
    """Return a page's text with what it shows of the repository.

    Args:
        text: The page.
        folder: The folder that links in it are relative to.
        repository: Address of the repository's files.
    """

    def included(match: re.Match[str]) -> str:
        file = (folder / match[1]).resolve()
        found = file.read_text(encoding="utf-8")
        return _LINK.sub(
            lambda link: target(link, file.parent), section(found, match[2]) if match[2] else found
        )

    def target(match: re.Match[str], base: Path) -> str:
        file = (base / match[1]).resolve()
        if not file.exists():
            raise LookupError(f"a link leads nowhere: {match[1]}")
        name, anchor = str(file.relative_to(ROOT)), match[2] or ""
        if name in PAGES or file.is_relative_to(DOCS):
            page = DOCS / PAGES[name] if name in PAGES else file
            return os.path.relpath(page, folder) + anchor
        return f"{repository}/{name}{anchor}"

    text = _ALONE.sub(included, text)
    return re.sub(
        r"(?<=\]\()(\.\.[^)#\s]*)(#[^)\s]*)?(?=\))",
        # A picture is copied by Sphinx.
        lambda link: link[0] if link[1].endswith(".svg") else target(link, folder),
        text,
    )


def read(app: Sphinx, name: str, content: list[str]) -> None:
    """Change a page's text as it is read."""
    file = Path(os.fspath(app.env.doc2path(name)))
    if file.suffix == ".md":
        content[0] = show(content[0], file.parent, app.config.repository_files)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_config_value("repository_files", default="", rebuild="env", types=str)
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
