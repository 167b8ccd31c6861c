"""The code blocks of a Markdown page, and the hidden lines that check what they did.

A line `%> statement` is Python that runs where it stands, a line `%$ command` is shell; MyST takes
both for comments, so that a reader does not see them.
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1]
README = DOCS.parent / "README.md"
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if path.relative_to(DOCS).parts[0] not in {"page", "checks", "samples", "pictures"}
)
_FENCE = re.compile(r"^ *(?P<ticks>`{3,}|:{3,})(?P<info>.*)$")
_HIDDEN = {"%> ": "python", "%$ ": "sh"}


@dataclass(frozen=True)
class Block:
    """A piece of code.

    Attributes:
        language: What the fence says, or the language of hidden lines.
        code: The text.
        line: Number of its first line on the page, from 1.
    """

    language: str
    code: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page in their order, directives of MyST left out."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence := _FENCE.match(line):
            start = number
            while number < len(lines) and lines[number].strip() != fence["ticks"]:
                number += 1
            info = fence["info"].strip()
            if not info.startswith("{"):
                code = textwrap.dedent("\n".join(lines[start:number])) + "\n"
                found.append(Block(info, code, start + 1))
            number += 1
        elif language := _HIDDEN.get(line[:3]):
            found.append(Block(language, line[3:] + "\n", number))
    return found


def program(page: Path, language: str) -> str:
    """Return the blocks of one language as one program whose line numbers are the page's."""
    text = ""
    for block in blocks_of(page):
        if block.language == language:
            text += "\n" * (block.line - 1 - text.count("\n")) + block.code
    return text
