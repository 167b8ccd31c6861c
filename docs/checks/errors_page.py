"""The page of errors and its messages.

.venv/bin/python docs/checks/errors_page.py    puts today's messages into docs/errors.md
"""

import os
import re
from pathlib import Path

from failures import FAILURES, clean_environment

PAGE = Path(__file__).parents[1] / "errors.md"


def slug(title: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def sections() -> dict[str, str]:
    """Return the text under each heading that explains a failure, by the heading's anchor."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {slug(title): text for title, text in zip(parts[::2], parts[1::2], strict=True)}


def block(name: str) -> str:
    """Return the block of text that shows a failure."""
    with clean_environment(os.environ):
        error = FAILURES[name]()
    return f"```text\n{type(error).__name__}: {error}\n```\n"


def update() -> None:
    """Write the messages as they are now into the page."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in sections().items():
        old = text[text.index("```text\n") : text.index("```\n", text.index("```text\n") + 8) + 4]
        page = page.replace(text, text.replace(old, block(name), 1))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    update()
