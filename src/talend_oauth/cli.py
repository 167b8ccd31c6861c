"""The command `talend-oauth`: results on stdout, everything else on stderr.

Each subcommand is a module of `_commands`, imported when it is called, so that printing a stored
token does not wait for the others.
"""

from __future__ import annotations

import os
import sys
import warnings

from ._version import __version__
from .errors import ConfigurationError, NotReplayedError, RefusedError, TalendOAuthError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE_ERROR = 2
INTERRUPTED = 130
_LONGEST_SHOWN = 12
_OTHER_FAILURE = 4
_EXIT_STATUS = ((ConfigurationError, USAGE_ERROR), (RefusedError, 3), (NotReplayedError, 3))

COMMANDS: Mapping[str, str] = {
    "token": "print a valid access token",
    "exec": "run a command with a token in its environment",
    "whoami": "ask Talend whose token it is (GET /account/me)",
    "doctor": "find out what keeps you from a token",
    "decode": "print what a token says of itself",
    "regions": "list the regions, beside Qlik's names",
    "cache": "show or empty the folder of stored tokens",
    "spec": "print the OpenAPI document of the endpoint",
    "sandbox": "run a local Talend to try things against",
    "conformance": "say what a client, in any language, does with a token",
    "completion": "print a completion script for bash, zsh or fish",
}

_HELP = """\
usage: talend-oauth COMMAND [options]

A Talend Cloud access token that is always valid.

commands:
{commands}

  talend-oauth COMMAND --help   the options of a command
  talend-oauth --version

environment:
  TALEND_CLIENT_ID           id of the service account
  TALEND_CLIENT_SECRET       its secret, or
  TALEND_CLIENT_SECRET_FILE    a file that holds it
  TALEND_REGION              region of the tenant (eu, us, ap, au, us-west), or
  TALEND_API_URL               base URL of its API (also TALEND_BASE_URL)
  TALEND_AUDIENCE            the API that the token is for, if not that URL
  TALEND_ACCESS_TOKEN        a ready token instead (also TALEND_API_TOKEN)
  TALEND_OAUTH_STORE         folder of shared tokens, or `off`

exit status:
  0    done
  2    wrong usage or settings
  3    refused (401, 403 and other 4xx)
  4    unreachable, a server error, or no token in the answer
  130  interrupted
  exec: 126 or 127 if the command cannot be run, else the command's own
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Arguments without the program's name; those of the process when left out.

    Returns:
        The exit status.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    warnings.showwarning = _show_warning
    try:
        return _run_and_flush(arguments)
    except TalendOAuthError as error:
        print_error(str(error))
        return exit_status(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain about it at exit, when
        # it writes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def exit_status(error: TalendOAuthError) -> int:
    """Return the exit status of the command after an error; see the command's help."""
    statuses = (status for kind, status in _EXIT_STATUS if isinstance(error, kind))
    return next(statuses, _OTHER_FAILURE)


def _run_and_flush(arguments: list[str]) -> int:
    status = _run(arguments)
    sys.stdout.flush()  # here and not at exit, where a reader that has gone is an error
    return status


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help", "help"):
        sys.stdout.write(help_text())
        return 0
    if name in ("-V", "--version"):
        sys.stdout.write(f"talend-oauth {__version__}\n")
        return 0
    if name not in COMMANDS:
        what = f"there is no command {_shown(name)}" if name else "a command is missing"
        print_error(f"{what}\nCommands: {', '.join(COMMANDS)}. See talend-oauth --help.")
        return USAGE_ERROR
    from importlib import import_module

    status: int = import_module(f"._commands.{name}", __package__).run(arguments[1:])
    return status


def _shown(name: str) -> str:
    # What is longer than any command may be a secret in a wrong place.
    return repr(name) if name.isalpha() and len(name) <= _LONGEST_SHOWN else "of this name"


def help_text() -> str:
    """Return the help of the whole command."""
    return _HELP.format(
        commands="\n".join(f"  {name:<12}{text}" for name, text in COMMANDS.items())
    )


def print_error(text: str) -> None:
    """Write an error to stderr: what happened, then what to do."""
    first, *rest = text.splitlines()
    sys.stderr.write("".join([f"talend-oauth: {first}\n", *(f"  {line}\n" for line in rest)]))


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    sys.stderr.write(f"talend-oauth: warning: {message}\n")
