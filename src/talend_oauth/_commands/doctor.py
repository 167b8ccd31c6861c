"""`talend-oauth doctor`: finds the first thing that keeps you from a token."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap

from talend_oauth.cli import exit_status

from ._examination import examine
from ._options import parser_for, settings_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._examination import Finding
    from ._parser import Parser

_COLOURS = {"ok": "32", "warn": "33", "skip": "2", "fail": "31;1"}
_INDENT = 16


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = parser_for(
        "doctor",
        "Look at everything that a token needs, step by step, up to the first that fails: "
        "settings, DNS, TLS, token, claims, clock, whoami. The exit status is that of its kind.",
    )
    found.add_argument("--json", action="store_true", help="for machines")
    return found


def run(arguments: list[str]) -> int:
    """Print the findings; the exit status is that of the first failure."""
    options = parser().parse(arguments)
    findings = examine(lambda: settings_from(options))
    return _print_json(findings) if options.json else _print_lines(findings)


def _print_json(findings: Iterable[Finding]) -> int:
    steps: list[object] = []
    problem: object = None
    status = 0
    for finding in findings:
        step = {"step": finding.step, "state": finding.state, "detail": finding.detail}
        steps.append({**step, "facts": finding.facts})
        if finding.error is not None:
            error = finding.error
            status = exit_status(error)
            names = (
                "message",
                "hint",
                "status",
                "retryable",
                "retry_after",
                "request_id",
                "detail",
            )
            problem = {"kind": type(error).__name__}
            problem |= {name: getattr(error, name) for name in names}
    report = {"ok": problem is None, "exit_status": status, "steps": steps, "error": problem}
    sys.stdout.write(json.dumps(report, indent=2, ensure_ascii=False, default=str) + "\n")
    return status


def _print_lines(findings: Iterable[Finding]) -> int:
    coloured = _is_coloured()
    for finding in findings:
        mark = f"{finding.state:<5}"
        if coloured:
            mark = f"\x1b[{_COLOURS[finding.state]}m{mark}\x1b[0m"
        parts = finding.detail.split("; ") if finding.error is None else [finding.detail]
        text = _wrapped(*parts)
        sys.stdout.write(f"{mark} {finding.step:<9} {text}\n")
        sys.stdout.flush()  # the next step may take long
        if finding.error is not None:
            for line in str(finding.error).splitlines()[1:]:
                sys.stdout.write(f"{'':{_INDENT}}{_wrapped(line)}\n")
            return exit_status(finding.error)
    return 0


def _is_coloured() -> bool:
    # no-color.org: any value but the empty one.
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def _wrapped(*parts: str) -> str:
    """Fold texts into the width of the terminal; one line where it goes to a program."""
    printable = ["".join(c if c.isprintable() else "?" for c in part) for part in parts]
    if not sys.stdout.isatty():
        return "; ".join(printable)
    width = max(40, shutil.get_terminal_size().columns) - _INDENT
    lines = [
        line
        for part in printable
        for line in textwrap.wrap(part, width, break_on_hyphens=False) or [""]
    ]
    return f"\n{'':{_INDENT}}".join(lines)
