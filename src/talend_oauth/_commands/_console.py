"""Output of the command: results on stdout, everything else on stderr, and never a traceback."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

RED, YELLOW, GREEN, FAINT = "31;1", "33", "32", "2"
REFUSED, FAILED, USAGE_ERROR = 3, 4, 2  # exit statuses
_NARROWEST = 40
_LARGEST_INPUT = 65536


class OutputError(Exception):
    """Standard output does not take what is written."""


def prepare() -> None:
    """Make the streams take every character, as an escape where they have no other way.

    Raises:
        OutputError: When a program that calls the command as a function has closed its output:
            argparse would ask it whether it takes colours, and fail (Python 3.14).
    """
    if getattr(sys.stdout, "closed", False):
        flush()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and not getattr(stream, "closed", False):
            reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write to standard output.

    Raises:
        OutputError: When it is closed or full.
        BrokenPipeError: When its reader has closed it.
    """
    _checked(lambda: sys.stdout.write(text))


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output; see `write`."""

    def put() -> None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)

    _checked(put)


def write_json(value: object, *, indent: int | None = 2) -> None:
    """Write a value as JSON and a newline; in ASCII where the output is not UTF-8."""
    import json

    is_utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, indent=indent, ensure_ascii=not is_utf8, default=str)
    write(f"{text}\n")


def flush() -> None:
    """Send what was written; here and not at exit, where nobody could say what failed."""
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison] - closed at start
        _checked(sys.stdout.flush)


def _checked(put: object) -> None:
    failure = "it is closed"
    if sys.stdout is not None and callable(put):  # pyright: ignore[reportUnnecessaryComparison]
        try:
            put()
        except BrokenPipeError:
            raise
        except OSError as error:
            if os.name == "nt" and error.errno == errno.EINVAL:
                raise BrokenPipeError from None  # its name there
            failure = error.strerror or type(error).__name__
        except ValueError:  # closed by a program that called the command as a function
            pass
        else:
            return
    raise OutputError(f"cannot write to standard output: {failure}")


def silence(stream: TextIO | None) -> None:
    """Let go of what a broken stream still holds: Python would complain about it at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return


def say(text: str, *, prefix: str = "", colour: str = "") -> None:
    """Write to standard error: what happened, then, indented, what to do.

    In a terminal the lines are wrapped at words. What standard error does not take is lost: there
    is no other place for it.

    Args:
        text: One or more lines.
        prefix: A word behind the program's name, such as `warning: `.
        colour: Of the program's name and the prefix.
    """
    head = f"talend-oauth: {prefix}"
    first, *rest = text.splitlines() or [""]
    lines = [line for part in [head + first, *rest] for line in wrapped(part, 2, sys.stderr)]
    if colour and lines[0].startswith(head):
        lines[0] = f"{coloured(head.rstrip(), colour, sys.stderr)} {lines[0][len(head) :]}"
    say_plainly("\n  ".join(lines))


def say_plainly(text: str) -> None:
    """Write a line to standard error as it is."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        silence(sys.stderr)


def say_error(text: str) -> None:
    """Write an error to standard error."""
    say(text, colour=RED)


def wrapped(text: str, indent: int, stream: TextIO | None) -> list[str]:
    """Return the lines of a text: wrapped at words in a terminal, else one line.

    Args:
        text: Without line breaks.
        indent: Columns that the caller puts before the lines.
        stream: Where it goes.
    """
    text = "".join(c if c.isprintable() else "?" for c in text)
    if not is_terminal(stream):
        return [text]
    import shutil
    import textwrap

    width = max(_NARROWEST, shutil.get_terminal_size().columns) - indent
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False) or [""]


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a person reads the stream in a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def coloured(text: str, colour: str, stream: TextIO | None) -> str:
    """Return the text in a colour if its reader wants colours (no-color.org, force-color.org)."""
    get = os.environ.get
    # The old console of Windows shows them as they are written; Windows Terminal names itself.
    knows_colours = get("TERM") != "dumb" if os.name != "nt" else bool(get("WT_SESSION"))
    wanted = bool(get("FORCE_COLOR")) or (is_terminal(stream) and knows_colours)
    return f"\x1b[{colour}m{text}\x1b[0m" if wanted and not get("NO_COLOR") else text


def read_stdin(what: str, limit: int | None = None) -> bytes:
    """Return what standard input holds.

    Args:
        what: What is read, for the error.
        limit: How many bytes are read; None for all.

    Raises:
        ConfigurationError: When it is closed or cannot be read.
    """
    failure = "it is closed"
    try:
        return sys.stdin.buffer.read(-1 if limit is None else limit)
    except AttributeError:
        pass
    except (OSError, ValueError) as error:
        failure = getattr(error, "strerror", None) or "it is closed"
    from talend_oauth.errors import ConfigurationError

    raise ConfigurationError(
        f"{what} cannot be read from standard input: {failure}.", hint="Pipe it in, or name a file."
    )


def ask(prompt: str) -> str:
    """Return what a person types in the terminal, without an echo.

    Raises:
        ConfigurationError: When there is no terminal, or nothing is typed.
    """
    from talend_oauth.errors import ConfigurationError

    if not _has_terminal():
        raise ConfigurationError(
            "There is no terminal to ask in.",
            hint="Pipe the secret in with --client-secret-file -, or set TALEND_CLIENT_SECRET.",
        )
    import getpass

    try:
        return getpass.getpass(prompt)
    except EOFError:
        pass
    raise ConfigurationError("Nothing was typed.", hint="Type the value and press Enter.")


def _has_terminal() -> bool:
    if os.name == "nt":
        return is_terminal(sys.stdin)
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return is_terminal(sys.stdin)
    return True


def exit_status(error: Exception) -> int:
    """Return the exit status that belongs to an error."""
    from talend_oauth.errors import ConfigurationError, NotReplayedError, RefusedError

    if isinstance(error, ConfigurationError):
        return USAGE_ERROR
    return REFUSED if isinstance(error, RefusedError | NotReplayedError) else FAILED
