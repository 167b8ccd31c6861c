"""Plain text tables for people."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]], width: int = 60) -> str:
    """Lays out rows under a head, in columns as wide as their widest cell.

    Args:
        head: The names of the columns.
        rows: The cells, as many a row as there are names.
        width: The number of characters after which a cell goes on in the next line.
    """
    cells = [[_wrap(str(cell), width) for cell in row] for row in [head, *rows]]
    widths = [max(len(line) for row in cells for line in row[i]) for i in range(len(head))]
    lines: list[str] = []
    for number, row in enumerate(cells):
        for parts in zip_longest(*row, fillvalue=""):
            padded = (part.ljust(size) for part, size in zip(parts, widths, strict=True))
            lines.append("  ".join(padded).rstrip())
        if number == 0:
            lines.append("  ".join("-" * size for size in widths))
    return "\n".join(lines)


def _wrap(text: str, width: int) -> list[str]:
    return [
        line
        for part in text.splitlines()
        for line in textwrap.wrap(part, width, break_on_hyphens=False) or [""]
    ] or [""]
