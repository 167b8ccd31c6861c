"""`talend-oauth conformance -- PROGRAM`: what a client of any language does with a token.

Needs the extra `sandbox`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from talend_oauth.errors import ConfigurationError

from . import _console as console
from ._parser import Parser, number
from ._programs import need_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LEVELS = ("core", "resilient", "fleet")
_USAGE = "talend-oauth conformance [options] -- PROGRAM [ARGUMENT ...]"


def parser() -> Parser:
    """Return the parser of the arguments before the command."""
    found = Parser(
        "conformance",
        "Run a client against the sandbox and say what it does with a token. PROGRAM reads lines "
        "such as `call 50` and writes a line of JSON for each; the page on conformance has it for "
        "five languages. The exit status is 0 when nothing failed, 1 when something did, 2 when "
        "the client could not be run.",
        examples=(
            "talend-oauth conformance --level core -- python adapter.py",
            "talend-oauth conformance --json -- node adapter.mjs",
            "talend-oauth conformance --list",
        ),
    )
    found.usage = _USAGE
    add = found.add_argument
    add("--level", choices=_LEVELS, default="fleet", help="this and those below (default: fleet)")
    add("--case", metavar="ID", help="one case, with those that it needs")
    add("--list", action="store_true", help="print the cases, and run none")
    found.add_json()
    add("--baseline", metavar="FILE", help="ids of cases that are known to fail")
    add("--forms", action="store_true", help="take forms, for clients that cannot send JSON")
    add(
        "--lifetime",
        type=number(0, 86400),
        metavar="SECONDS",
        help="of tokens in the cases that watch one age, for clients with a fixed refresh window",
    )
    add(
        "--patience",
        type=number(0, 3600),
        default=90,
        metavar="SECONDS",
        help="how long to wait for a result (default: 90)",
    )
    add(
        "--jobs",
        type=number(1, 64, whole=True),
        default=4,
        metavar="N",
        help="cases at once (default: 4)",
    )
    return found


def run(arguments: list[str]) -> int:
    """Run the cases and print what became of them.

    Returns:
        0 when nothing failed but what is known to; 1 otherwise.

    Raises:
        ConfigurationError: When the extra is not installed, an option is wrong, or the client does
            not report anything.
    """
    options, program = parser().parse_before_program(arguments)
    kit = _kit()
    cases = kit.select_cases(options.level, options.case)
    if options.list:
        lines = [
            f"{c.requirement.id:<4} {c.requirement.level:<10} {c.id}: {c.title}" for c in cases
        ]
        console.write("\n".join([*lines, ""]))
        return 0
    need_program(program, _USAGE)
    known: frozenset[str] = (
        kit.read_baseline(Path(options.baseline)) if options.baseline else frozenset()
    )
    how = kit.Options(
        command=program,
        patience=options.patience,
        forms=options.forms,
        lifetime=options.lifetime,
        jobs=options.jobs,
    )
    results = kit.run_cases(cases, how, _progress(len(cases)))
    report = kit.Report(results, known)
    if options.json:
        console.write_json(report.as_json())
    else:
        console.write(report.as_text())
    return 0 if report.is_good else 1


def _kit() -> Any:  # noqa: ANN401 - a module
    try:
        from talend_oauth import _conformance
    except ImportError:
        raise ConfigurationError(
            "The conformance kit is not installed.",
            hint="Install it: pip install 'talend-oauth[sandbox]'",
        ) from None
    return _conformance


def _progress(total: int) -> Callable[[Any], None]:
    """Return what tells a person at a terminal how far the run is."""
    done = 0

    def tell(result: Any) -> None:  # noqa: ANN401 - a Result
        nonlocal done
        done += 1
        if console.is_terminal(sys.stderr):
            end = "" if done < total else "\r\033[K"
            sys.stderr.write(f"\r\033[K{done} of {total}: {result.case.id}{end}")
            sys.stderr.flush()

    return tell
