"""`talend-oauth doctor`: finds out why there is no token."""

from __future__ import annotations

import sys

from . import _console as console
from ._doctor_checks import run_checks
from ._options import listener, parser_for, settings_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._doctor_checks import CheckResult
    from ._parser import Parser

_COLOURS = {"ok": console.GREEN, "warn": console.YELLOW, "skip": console.FAINT, "fail": console.RED}
_INDENT = 16
_ERROR_FIELDS = (
    "message",
    "hint",
    "status",
    "retryable",
    "retry_after",
    "request_id",
    "detail",
)


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = parser_for(
        "doctor",
        "Check everything that a token needs, step by step, up to the first that fails: settings, "
        "DNS, TLS, token, claims, clock, whoami. The exit status is that of the failure. The "
        "output holds no secret.",
        ("talend-oauth doctor", "talend-oauth doctor --json | jq .error"),
    )
    found.add_json()
    return found


def run(arguments: list[str]) -> int:
    """Print the results; the exit status is that of the first failure."""
    options = parser().parse(arguments)
    results = run_checks(lambda: settings_from(options), listener(options))
    return _print_json(results) if options.json else _print_lines(results)


def _print_json(results: Iterable[CheckResult]) -> int:
    steps: list[object] = []
    problem: object = None
    status = 0
    for result in results:
        steps.append({name: getattr(result, name) for name in ("step", "state", "detail", "facts")})
        if result.error is not None:
            status = console.exit_status(result.error)
            fields = {name: getattr(result.error, name) for name in _ERROR_FIELDS}
            problem = {"kind": type(result.error).__name__, **fields}
    console.write_json(
        {"ok": problem is None, "exit_status": status, "steps": steps, "error": problem}
    )
    return status


def _print_lines(results: Iterable[CheckResult]) -> int:
    for result in results:
        mark = console.coloured(f"{result.state:<5}", _COLOURS[result.state], sys.stdout)
        parts = result.detail.split("; ") if result.error is None else [result.detail]
        console.write(f"{mark} {result.step:<9} {_folded(parts)}\n")
        console.flush()  # the next check may take long
        if result.error is not None:
            for line in str(result.error).splitlines()[1:]:
                console.write(f"{'':{_INDENT}}{_folded([line])}\n")
            return console.exit_status(result.error)
    return 0


def _folded(parts: list[str]) -> str:
    if not console.is_terminal(sys.stdout):
        parts = ["; ".join(parts)]
    lines = [line for part in parts for line in console.wrapped(part, _INDENT, sys.stdout)]
    return f"\n{'':{_INDENT}}".join(lines)
