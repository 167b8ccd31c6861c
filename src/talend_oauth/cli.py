"""The command `talend-oauth`: results on stdout, everything else on stderr.

Each subcommand is a module of `_commands`, imported when it is called. This module imports next to
nothing, so that there is hardly a moment in which an interrupt meets no handler of ours.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # PyInstaller and its like read imports, not the names that `_run` builds.
    from ._commands import api as _api  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import cache as _cache  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import completion as _completion  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import conformance as _conformance  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import decode as _decode  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import doctor as _doctor  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import exec as _exec  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import regions as _regions  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import sandbox as _sandbox  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import spec as _spec  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import token as _token  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from ._commands import whoami as _whoami  # noqa: F401  # pyright: ignore[reportUnusedImport]

CANNOT_WRITE = 1
USAGE_ERROR = 2
INTERRUPTED = 130
_LONGEST_SHOWN = 12

COMMANDS: Mapping[str, str] = {
    "token": "print a valid access token",
    "exec": "run a program with a token in its environment",
    "api": "call one of Talend's APIs",
    "whoami": "show the account of the token (GET /account/me)",
    "doctor": "find out why there is no token",
    "decode": "print the claims of a token",
    "regions": "list the regions and Qlik's names for them",
    "cache": "show or empty the folder of stored tokens",
    "spec": "print the OpenAPI document of the token endpoint",
    "sandbox": "run a local mock of Talend Cloud",
    "conformance": "judge how a client, in any language, treats its token",
    "completion": "print the completion script of a shell",
}

_HELP = """\
usage: talend-oauth COMMAND [options]

Gets, caches and refreshes access tokens of Talend Cloud.

commands:
{commands}

options:
  -h, --help     show this help; talend-oauth COMMAND --help: that of a command
  -v, --verbose  say on stderr what is done and how often it is tried
  -V, --version  show the version

environment:
  TALEND_CLIENT_ID           client ID of the service account
  TALEND_CLIENT_SECRET       its secret, or
  TALEND_CLIENT_SECRET_FILE    a file that holds it
  TALEND_REGION              region of the tenant (eu, us, ap, au, us-west), or
  TALEND_API_URL               base URL of its API (also TALEND_BASE_URL)
  TALEND_AUDIENCE            the API that the token is for, if not that URL
  TALEND_ACCESS_TOKEN        a token to use as it is (also TALEND_API_TOKEN)
  TALEND_OAUTH_STORE         folder of stored tokens, a redis:// URL, or `off`
  TALEND_OAUTH_STORE_KEY     key to encrypt them with
  NO_COLOR, FORCE_COLOR      never or always colour the output

examples:
  talend-oauth token
  talend-oauth api /account/me
  talend-oauth exec -- python job.py
  eval "$(talend-oauth sandbox --background)"

exit status:
  0    success
  1    the output cannot be written, or a fault of this program
  2    wrong usage or settings
  3    refused (401, 403 and other 4xx)
  4    unreachable, too many requests, a server error, or no token in a response
  130  interrupted
  exec, sandbox: 126 or 127 if the program cannot be run, else the program's own
  conformance: 1 if a case failed
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Arguments without the program's name; those of the process when left out.

    Returns:
        The exit status. Without `argv`, one other than 0 ends the process: programs such as
        zipapp's ignore what this function returns.
    """
    is_process = argv is None
    try:
        if is_process:
            sys.unraisablehook = _end_if_interrupted
        status = _guarded(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        status = INTERRUPTED
    if is_process and status:
        sys.exit(status)
    return status


def _end_if_interrupted(problem: sys.UnraisableHookArgs) -> None:
    """End the process when an interrupt met code that cannot raise, such as a destructor."""
    if issubclass(problem.exc_type, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(problem)


def _guarded(arguments: list[str]) -> int:
    from ._commands import _console as console
    from .errors import TalendOAuthError

    is_verbose = bool({"-v", "--verbose"} & set(arguments))
    try:
        console.prepare()
        _show_warnings()
        try:
            status = _run(arguments)
        except SystemExit:  # argparse has printed a help
            status = 0
        console.flush()
    except TalendOAuthError as error:
        console.say_error(str(error))
        status = console.exit_status(error)
    except console.OutputError as error:
        console.silence(sys.stdout)
        console.say_error(f"{error}.")
        status = CANNOT_WRITE
    except BrokenPipeError:  # the reader of the output has seen enough
        console.silence(sys.stdout)
        status = 0
    except Exception as error:  # noqa: BLE001 - a traceback is no message
        console.say_error(_bug(error, is_verbose))
        status = CANNOT_WRITE
    return status


def _bug(error: Exception, is_verbose: bool) -> str:
    """Return what to say of an error that nothing here foresaw; its own words may be secret."""
    text = f"{type(error).__name__} inside talend-oauth: this is a bug."
    if not is_verbose:
        return f"{text}\nRun it again with --verbose, and report what it prints."
    import traceback

    places = (
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    return "\n".join([text, *places])


def _show_warnings() -> None:
    import warnings

    from ._commands import _console as console

    def show(message: Warning | str, *_: object, **__: object) -> None:
        console.say(str(message), prefix="warning: ", colour=console.YELLOW)

    warnings.showwarning = show


def _run(arguments: list[str]) -> int:
    from ._commands import _console as console

    flags: list[str] = []
    while arguments and arguments[0] in ("-v", "--verbose"):
        flags.append(arguments.pop(0))
    name = arguments[0] if arguments else ""
    if name == "help" and len(arguments) > 1:
        arguments = [arguments[1], "--help"]
        name = arguments[0]
    if name in ("-h", "--help", "help"):
        console.write(help_text())
        return 0
    if name in ("-V", "--version"):
        from ._version import __version__

        console.write(f"talend-oauth {__version__}\n")
        return 0
    if name not in COMMANDS:
        console.say_error(f"{_unknown(name)}\nCommands: {', '.join(COMMANDS)}.")
        return USAGE_ERROR
    from importlib import import_module

    status: int = import_module(f"._commands.{name}", __package__).run([*flags, *arguments[1:]])
    return status


def _unknown(name: str) -> str:
    if not name:
        return "a command is missing."
    if name.startswith("-"):
        return "there is no such option: options follow a command."
    from difflib import get_close_matches

    # What is longer than any command may be a secret in a wrong place.
    shown = repr(name) if name.isalpha() and len(name) <= _LONGEST_SHOWN else "of this name"
    near = get_close_matches(name, COMMANDS, 1)
    return f"there is no command {shown}." + (f" Did you mean {near[0]}?" if near else "")


def help_text() -> str:
    """Return the help of the whole command."""
    return _HELP.format(
        commands="\n".join(f"  {name:<12}{text}" for name, text in COMMANDS.items())
    )


if __name__ == "__main__":
    sys.exit(main())
