"""`talend-oauth conformance -- COMMAND`: what a client of any language does with a token.

Needs the extra `sandbox`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from talend_oauth.errors import ConfigurationError

from ._parser import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LEVELS = ("core", "resilient", "fleet")


def parser() -> Parser:
    """Return the parser of the arguments before the command."""
    found = Parser(
        "conformance",
        "Run a client against the sandbox and say what it does with a token. COMMAND starts a "
        "program that reads lines such as `call 50` and writes a line of JSON for each; the page "
        "on conformance has it for five languages. Ends with 0 when nothing failed, with 1 when "
        "something did.",
    )
    found.usage = "talend-oauth conformance [options] -- COMMAND [ARGUMENT ...]"
    add = found.add_argument
    add("--level", choices=_LEVELS, default="fleet", help="this and those below (default: fleet)")
    add("--case", metavar="ID", help="one case, with those that it needs")
    add("--list", action="store_true", help="print the cases, and run none")
    add("--json", action="store_true", help="print the report as JSON")
    add("--baseline", metavar="FILE", help="ids of cases that are known to fail")
    add("--forms", action="store_true", help="take forms, for clients that cannot send JSON")
    add(
        "--lifetime",
        type=float,
        metavar="SECONDS",
        help="of tokens in the cases that watch one age, for clients with a fixed refresh window",
    )
    add("--patience", type=float, default=60, metavar="SECONDS", help="for a result (default: 60)")
    add("--jobs", type=int, default=4, metavar="N", help="cases at once (default: 4)")
    return found


def run(arguments: list[str]) -> int:
    """Run the cases and print what became of them.

    Returns:
        0 when nothing failed but what is known to; 1 otherwise.

    Raises:
        ConfigurationError: When the extra is not installed, an option is wrong, or the client does
            not report anything.
    """
    before, _, command = _split(arguments)
    options = parser().parse(before)
    kit = _kit()
    cases = kit.select_cases(options.level, options.case)
    if options.list:
        lines = [
            f"{c.requirement.id:<4} {c.requirement.level:<10} {c.id}: {c.title}" for c in cases
        ]
        sys.stdout.write("\n".join([*lines, ""]))
        return 0
    if not command:
        raise ConfigurationError(
            "talend-oauth conformance: there is no command.",
            hint="Put it behind two dashes: talend-oauth conformance -- COMMAND [ARGUMENT ...]",
        )
    known: frozenset[str] = (
        kit.read_baseline(Path(options.baseline)) if options.baseline else frozenset()
    )
    how = kit.Options(
        command=command,
        patience=options.patience,
        forms=options.forms,
        lifetime=options.lifetime,
        jobs=max(1, options.jobs),
    )
    results = kit.run_cases(cases, how, _progress(len(cases)))
    report = kit.Report(results, known)
    if options.json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    else:
        sys.stdout.write(report.as_text())
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


def _split(arguments: list[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return arguments, False, []
    place = arguments.index("--")
    return arguments[:place], True, arguments[place + 1 :]


def _progress(total: int) -> Callable[[Any], None]:
    """Return what tells a person at a terminal how far the run is."""
    done = 0

    def tell(result: Any) -> None:  # noqa: ANN401 - a Result
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            end = "" if done < total else "\r\033[K"
            sys.stderr.write(f"\r\033[K{done} of {total}: {result.case.id}{end}")
            sys.stderr.flush()

    return tell
