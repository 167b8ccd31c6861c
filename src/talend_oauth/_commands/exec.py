"""`talend-oauth exec -- PROGRAM`: run a program with a token in its environment."""

from __future__ import annotations

import os

from ._options import add_freshness, parser_for, token_from
from ._programs import become, need_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._parser import Parser

_USAGE = "talend-oauth exec [options] -- PROGRAM [ARGUMENT ...]"
_CREDENTIALS = (
    "TALEND_CLIENT_ID",
    "TALEND_CLIENT_SECRET",
    "TALEND_CLIENT_SECRET_FILE",
    "TALEND_OAUTH_STORE_KEY",
)


def parser() -> Parser:
    """Return the parser of the arguments before the program."""
    found = parser_for(
        "exec",
        "Run a program with a valid token in TALEND_ACCESS_TOKEN, without the client ID and "
        "secret. It replaces this process: signals and the exit status are its own. The token is "
        "not refreshed while the program runs: what runs for longer needs the library.",
        (
            "talend-oauth exec -- python job.py",
            "talend-oauth exec --min-lifetime 1200 -- ./load.sh",
        ),
    )
    found.usage = _USAGE
    add_freshness(found)
    found.add_argument(
        "--keep-secret",
        action="store_true",
        help="leave client ID and secret in the program's environment",
    )
    return found


def run(arguments: list[str]) -> int:
    """Become the program.

    Returns:
        126 or 127 when the program cannot be run; otherwise this does not return.

    Raises:
        TalendOAuthError: When no program is given, or there is no valid token.
    """
    options, program = parser().parse_before_program(arguments)
    need_program(program, _USAGE)
    token = token_from(options)
    # The other name of the token would contradict it.
    dropped = {"TALEND_API_TOKEN", *(() if options.keep_secret else _CREDENTIALS)}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    return become(program, {**environment, "TALEND_ACCESS_TOKEN": token.value})
