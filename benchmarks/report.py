"""The table for people, and the JSON for programs."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .options import Options
    from .result import Result

_HEADINGS = ("figure", "limit", "best other library", "talend-oauth", "met")


def table(results: Sequence[Result]) -> str:
    """Return the results as a table."""
    rows = [_HEADINGS, *((r.figure, r.limit, r.best or "-", r.ours, r.mark) for r in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": load,
    }


def describe(found: dict[str, Any]) -> str:
    """Return the machine in one line."""
    load = "" if found["load"] is None else f", load {found['load']:.1f} when it began"
    return (
        f"{found['processor']}, {found['cores']} cores, {found['system']}, {found['python']}{load}"
    )


def write_json(
    path: Path, results: Sequence[Result], measured_on: dict[str, Any], options: Options
) -> None:
    """Write everything that was measured."""
    document = {
        "machine": measured_on,
        "versions": {library.name: library.version for library in options.libraries},
        "results": [
            {
                "name": result.name,
                "figure": result.figure,
                "limit": result.limit,
                "best": result.best,
                "ours": result.ours,
                "met": result.met,
                "figures": _rounded(result.figures),
            }
            for result in results
        ],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
