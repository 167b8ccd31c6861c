"""`talend-oauth exec -- COMMAND`: run a command that finds a token in its environment."""

from __future__ import annotations

import os
import signal
import sys

from talend_oauth.errors import ConfigurationError

from ._options import parser_for, token_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from ._parser import Parser

NOT_EXECUTABLE = 126  # as a shell says it
NOT_FOUND = 127
_PAIR = ("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_CLIENT_SECRET_FILE")


def parser() -> Parser:
    """Return the parser of the arguments before the command."""
    found = parser_for(
        "exec",
        "Run a command with a valid token in TALEND_ACCESS_TOKEN, without the client id and "
        "secret. It takes the place of this process: signals and the exit status are its own. "
        "The token is not renewed meanwhile: use a library in what runs longer than it lives.",
    )
    found.usage = "talend-oauth exec [options] -- COMMAND [ARGUMENT ...]"
    found.add_argument(
        "--keep-secret", action="store_true", help="leave client id and secret in its environment"
    )
    return found


def run(arguments: list[str]) -> int:
    """Become the command.

    Returns:
        126 or 127 when the command cannot be run; otherwise this does not return.

    Raises:
        TalendOAuthError: When no command is given, or no token can be had.
    """
    before, dashes, command = _split(arguments)
    options = parser().parse(before)
    if not dashes or not command:
        raise ConfigurationError(
            "talend-oauth exec: there is no command.",
            hint="Put it behind two dashes: talend-oauth exec -- COMMAND [ARGUMENT ...]",
        )
    os.environ["TALEND_ACCESS_TOKEN"] = token_from(options).value
    if not options.keep_secret:
        for name in _PAIR:
            os.environ.pop(name, None)
    status = 0
    try:
        _become(command)
    except FileNotFoundError:
        status = NOT_FOUND
    except OSError:
        status = NOT_EXECUTABLE
    sys.stderr.write(f"talend-oauth: {command[0]}: cannot be run\n")
    return status


def _split(arguments: list[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return arguments, False, []
    place = arguments.index("--")
    return arguments[:place], True, arguments[place + 1 :]


def _become(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores these, and what is ignored stays so in the command.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 - running what the user names is the purpose
