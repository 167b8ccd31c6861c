"""The picture for the README: four small bar charts, drawn by hand as SVG.

Colours follow the reader's light or dark scheme; every bar is labelled with its number, so that
the picture can be read without them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from .libraries import LIBRARIES, OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .result import Result

WIDTH, PANEL, LEFT, BAR, STEP = 880, 430, 150, 15, 21
LONGEST = PANEL - LEFT - 80  # pixels, leaving room for the number behind the bar
STYLE = """
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 13px; }
.note { fill: #57606a; font-size: 11px; }
.other { fill: #8c959f; }
.ours { fill: #1f883d; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .note { fill: #9198a1; }
  .other { fill: #6e7681; }
  .ours { fill: #3fb950; }
}
"""


class Chart(NamedTuple):
    """One chart.

    Attributes:
        title: What is shown.
        values: By library; the best first.
        text: Writes a value.
        logarithmic: Whether lengths are, which the title then says.
    """

    title: str
    values: Mapping[str, float]
    text: Callable[[float], str]
    logarithmic: bool


def draw(results: Sequence[Result], footer: str) -> str:
    """Return the picture.

    Args:
        results: Those of a whole run.
        footer: What it was measured on.
    """
    charts = _charts({result.name: result.figures for result in results})
    parts: list[str] = []
    top = 34.0
    for index in range(0, len(charts), 2):
        pair = charts[index : index + 2]
        for column, chart in enumerate(pair):
            parts += _panel(chart, 10 + column * (PANEL + 10), top)
        top += 30 + STEP * max(len(chart.values) for chart in pair) + 22
    parts.append(_text(10, top, footer, "note"))
    height = int(top + 14)
    title = "talend-oauth beside other token libraries, against the same local server"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _charts(figures: Mapping[str, Mapping[str, Any]]) -> list[Chart]:
    return [
        Chart(
            "Cached token: time of one call (logarithmic)",
            _known(figures["cached"]["nanoseconds"]),
            lambda ns: f"{ns:.0f} ns" if ns < 1000 else f"{ns / 1000:.1f} µs",
            logarithmic=True,
        ),
        Chart(
            "Token requests: 64 threads and 200 tasks at once",
            _known(figures["threads"]["requests"]),
            lambda count: f"{count:.0f}",
            logarithmic=False,
        ),
        Chart(
            "16 threads and a refresh of 2 s: longest wait (logarithmic)",
            _known(figures["renewal"]["milliseconds"]),
            lambda ms: f"{ms:.2f} ms" if ms < 1000 else f"{ms / 1000:.1f} s",
            logarithmic=True,
        ),
        Chart(
            "Token requests: 8 processes at once",
            _known(figures["processes"]["requests"]),
            lambda count: f"{count:.0f}",
            logarithmic=False,
        ),
    ]


def _known(values: Mapping[str, float]) -> dict[str, float]:
    """Return the libraries' values, the smallest first and ours before its equals."""
    found = [(value, name != OURS.name, name) for name, value in values.items()]
    return {name: value for value, _, name in sorted(found) if name in LIBRARIES}


def _panel(chart: Chart, left: float, top: float) -> list[str]:
    parts = [_text(left, top, chart.title, "title")]
    y = top + 14
    for name, value in chart.values.items():
        kind = "ours" if name == OURS.name else "other"
        length = LONGEST * _share(value, chart)
        bar = (
            f'<rect class="{kind}" x="{left + LEFT:.0f}" y="{y:.0f}" width="{length:.1f}" '
            f'height="{BAR}" rx="2"/>'
        )
        parts += [
            _text(left + LEFT - 8, y + 12, name, "", anchor="end"),
            bar,
            _text(left + LEFT + length + 6, y + 12, chart.text(value), ""),
        ]
        y += STEP
    return parts


def _share(value: float, chart: Chart) -> float:
    """Return the length of a bar as a part of the longest, at least a visible one."""
    largest, smallest = max(chart.values.values()), min(chart.values.values())
    if not chart.logarithmic:
        return max(value / largest, 0.01)
    decades = math.log10(largest / smallest) + 0.5
    return (math.log10(value / smallest) + 0.5) / decades


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'
    )
