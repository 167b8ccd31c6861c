"""`talend-oauth completion`: a script by which a shell completes the command.

The scripts are made from the parsers by shtab (scripts/completion.py) and kept in `completions`.
"""

from __future__ import annotations

from importlib.resources import files

from talend_oauth.errors import ConfigurationError

from . import _console as console
from ._parser import Parser

_SHELLS = ("bash", "zsh", "fish", "powershell")


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser(
        "completion",
        "Print a script by which your shell completes this command.",
        examples=(
            'eval "$(talend-oauth completion bash)"      in ~/.bashrc',
            'eval "$(talend-oauth completion zsh)"       in ~/.zshrc, after compinit',
            "talend-oauth completion fish > ~/.config/fish/completions/talend-oauth.fish",
            "talend-oauth completion powershell | Out-String | Invoke-Expression",
        ),
    )
    found.add_argument("shell", choices=_SHELLS, help="your shell")
    return found


def run(arguments: list[str]) -> int:
    """Print the script.

    Raises:
        ConfigurationError: When it is not where it was installed.
    """
    shell = parser().parse(arguments).shell
    text = ""
    try:
        place = files("talend_oauth._commands").joinpath("completions", f"talend-oauth.{shell}")
        text = place.read_text("utf-8")
    except OSError:
        pass
    if not text:
        raise ConfigurationError(
            "The completion scripts are not where they were installed.",
            hint="Install talend-oauth again; a frozen program needs its data files.",
        )
    console.write(text)
    return 0
