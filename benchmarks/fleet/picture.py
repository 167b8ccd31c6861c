"""The picture for the page on stores: a day, minute by minute, drawn by hand as SVG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from benchmarks.drawing import STYLE, WIDTH

from .day import OUTAGE_AFTER, RESTART

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEFT, RIGHT, HEIGHT, GAP = 50, 20, 84, 46  # pixels, of a panel
DECADES = 4  # up to 10,000 requests a minute
COLUMN = 2  # minutes; of which the higher one is drawn
LINES = ".line { stroke: #8c959f; stroke-opacity: 0.35; }\n"
TITLE = "Token requests in each minute of a day, by 1,000 processes (logarithmic)"
WORDS = {"none": "without a store", "files": "a FileStore on each of 20 hosts", "Redis": "Redis"}


def draw(days: Mapping[str, tuple[float, Sequence[int]]]) -> str:
    """Return the picture.

    Args:
        days: By store, the requests an hour and those of each minute.
    """
    parts = [_text(LEFT, 18, TITLE, "title")]
    top = 50.0
    for store, (hourly, minutes) in days.items():
        title = f"{WORDS[store]}: {hourly:,.0f} requests an hour"
        parts += _panel(title, minutes, top)
        top += HEIGHT + GAP
    note = "At 6:00 the token endpoint fails for ten minutes; at 9:00 all processes are restarted."
    parts.append(_text(LEFT, top, note, "note"))
    height = int(top + 12)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{escape(TITLE)}">\n'
        f"<title>{escape(TITLE)}</title>\n<style>{STYLE}{LINES}</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _panel(title: str, minutes: Sequence[int], top: float) -> list[str]:
    width = (WIDTH - LEFT - RIGHT) / len(minutes)
    bottom = top + HEIGHT
    parts = [_text(LEFT, top - 8, title, "")]
    for decade in range(DECADES + 1):
        y = bottom - HEIGHT * decade / DECADES
        parts.append(f'<path class="line" d="M{LEFT} {y:.0f}H{WIDTH - RIGHT}"/>')
        if decade % 2 == 0:
            parts.append(_text(LEFT - 6, y + 4, f"{10**decade:,}", "note", "end"))
    for hour in (0, 3, OUTAGE_AFTER / 3600, RESTART / 3600, 12, 15, 18, 21, 24):
        x = LEFT + width * hour * 60
        parts.append(_text(x, bottom + 14, f"{hour:.0f}:00", "note", "middle"))
    steps = []
    for first in range(0, len(minutes), COLUMN):
        height = HEIGHT * _share(max(minutes[first : first + COLUMN]))
        steps.append(f"V{bottom - height:.0f}h{width * COLUMN:.4g}")
    return [*parts, f'<path class="ours" d="M{LEFT} {bottom:.0f}{"".join(steps)}V{bottom:.0f}Z"/>']


def _share(count: int) -> float:
    """Return the height of a count as a part of the panel; one request is to be seen."""
    return 0.0 if count == 0 else 0.03 + 0.97 * min(1.0, math.log10(count) / DECADES)


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'
    )
