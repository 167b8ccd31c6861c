"""Running a program for the user: in place of this process, or beside it."""

from __future__ import annotations

import os
import signal
import sys

from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOT_EXECUTABLE = 126  # as shells say it
NOT_FOUND = 127
# Python ignores these, and what is ignored stays so in the program.
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")


def need_program(program: Sequence[str], usage: str) -> None:
    """Refuse to run nothing.

    Raises:
        ConfigurationError: When there is no program.
    """
    if not program:
        raise ConfigurationError("A program to run is missing.", hint=f"Usage: {usage}")


def become(program: Sequence[str], environment: Mapping[str, str]) -> int:
    """Replace this process by a program, so that signals and the exit status are its own.

    Windows cannot: there it runs beside this process.

    Returns:
        126 or 127 when it cannot be run; on Windows, its exit status.
    """
    if os.name == "nt":
        return run_beside(program, environment)
    from . import _console as console

    console.flush()
    for name in _IGNORED_BY_PYTHON:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(program[0], list(program), dict(environment))  # noqa: S606 - what the user names
    except (OSError, ValueError) as error:
        return _cannot_run(program[0], error)


def run_beside(program: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program, wait for it, and return its exit status.

    Ctrl+C, and Ctrl+Break on Windows, reach it from the terminal; a request to end (SIGTERM) is
    passed on.
    """
    import subprocess

    process: subprocess.Popen[bytes] | None = None
    is_ended = False

    def pass_on(number: int, frame: object) -> None:
        nonlocal is_ended
        del frame
        if number == signal.SIGTERM:
            is_ended = True
            if process is not None:
                process.terminate()

    # Before the start: a signal must not end this process alone.
    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    numbers = [signal.Signals[name] for name in names]
    previous = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        process = subprocess.Popen(_found(program), env=dict(environment))  # noqa: S603
        if is_ended:
            process.terminate()
        status = process.wait()
    except (OSError, ValueError) as error:
        return _cannot_run(program[0], error)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return _exit_status(status)


def _found(program: Sequence[str]) -> list[str]:
    """Return a program as it can be started: Windows itself finds `npm.exe`, but no `npm.cmd`."""
    name, *arguments = program
    if os.name == "nt":
        import shutil

        name = shutil.which(name) or name
    return [name, *arguments]


def _exit_status(status: int) -> int:
    """Return what to exit with: of a signal as shells say it; of 32 bits as Python takes them."""
    if os.name == "nt":
        return status - 2**32 if status >= 2**31 else status
    return status if status >= 0 else 128 - status


def _cannot_run(name: str, error: Exception) -> int:
    """Say why a program cannot be run, and return the status that a shell would."""
    from . import _console as console

    status, reason = _reason(name, error)
    console.say_error(f"{name}: {reason}.")
    return status


def _reason(name: str, error: Exception) -> tuple[int, str]:
    if not name:
        return NOT_FOUND, "the name of the program is empty"
    if isinstance(error, FileNotFoundError):
        is_path = bool(os.path.dirname(name))  # noqa: PTH120
        if os.path.exists(name) if is_path else _is_on_path(name):  # noqa: PTH110
            return NOT_FOUND, "the interpreter in its first line (#!) was not found"
        return NOT_FOUND, "no such file" if is_path else "no such program"
    if isinstance(error, PermissionError):
        if os.path.isdir(name):  # noqa: PTH112
            return NOT_EXECUTABLE, "it is a folder"
        return NOT_EXECUTABLE, "permission denied (chmod +x makes a file executable)"
    if isinstance(error, OSError) and error.strerror:
        import errno

        if error.errno == errno.ENOEXEC:
            return NOT_EXECUTABLE, "it is neither a program nor a script with a first line (#!)"
        return NOT_EXECUTABLE, error.strerror[:1].lower() + error.strerror[1:]
    return NOT_EXECUTABLE, "it cannot be run"


def _is_on_path(name: str) -> bool:
    import shutil

    return shutil.which(name) is not None


def this_command() -> list[str]:
    """Return how to start this very command again, also when it is frozen or a zip file."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    if not os.path.exists(__file__):  # within a zip file  # noqa: PTH110
        return [sys.executable, sys.argv[0]]
    return [sys.executable, "-P", "-m", "talend_oauth"]
