"""`talend-oauth completion`: a script by which a shell completes the command.

Made from the parsers of the subcommands, so that it knows what they know.
"""

from __future__ import annotations

import sys

from talend_oauth.cli import COMMANDS

from ._parser import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

_FILE_OPTIONS = ("--client-secret-file", "--accounts")


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser(
        "completion",
        'Print a script for your shell. bash: eval "$(talend-oauth completion bash)"; zsh: write '
        "it to _talend-oauth in a folder of $fpath; fish: write it to "
        "~/.config/fish/completions/talend-oauth.fish",
    )
    found.add_argument("shell", choices=("bash", "zsh", "fish"))
    return found


def run(arguments: list[str]) -> int:
    """Print the script."""
    shell = parser().parse(arguments).shell
    sys.stdout.write({"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]())
    return 0


class Option:
    """An option of a subcommand, or the choices of a positional argument.

    Attributes:
        names: Such as `--region`; empty for a positional argument.
        help: In a sentence.
        choices: The values that it takes, if it takes only some.
        takes_value: Whether a value follows.
    """

    def __init__(self, action: argparse.Action) -> None:
        self.names = tuple(action.option_strings)
        self.help = (action.help or "").replace("%%", "%")
        self.choices = tuple(str(choice) for choice in action.choices or ())
        self.takes_value = action.nargs != 0
        self.is_file = bool(set(self.names) & set(_FILE_OPTIONS)) or action.metavar == "FILE"


def options_of(name: str) -> list[Option]:
    """Return the options of a subcommand; none when its extra is not installed."""
    from importlib import import_module

    try:
        made: argparse.ArgumentParser = import_module(f"talend_oauth._commands.{name}").parser()
    except ImportError:
        return []
    return [Option(action) for action in made._actions]  # argparse has no other way


def _words(options: Sequence[Option]) -> Iterator[str]:
    for option in options:
        yield from option.names or option.choices


def _bash() -> str:
    cases: list[str] = []
    values: list[str] = []
    for command in COMMANDS:
        options = options_of(command)
        cases.append(f'    {command}) words="{" ".join(_words(options))}" ;;')
        for option in options:
            pattern = "|".join(f"{command}:{name}" for name in option.names)
            if option.choices and pattern:
                values.append(f'    {pattern}) words="{" ".join(option.choices)}" ;;')
            elif option.is_file and pattern:
                values.append(f'    {pattern}) COMPREPLY=($(compgen -f -- "$current")); return ;;')
            elif option.takes_value and pattern:
                values.append(f"    {pattern}) return ;;")
    return f"""\
# bash completion for talend-oauth
_talend_oauth() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{" ".join(COMMANDS)} --help --version" -- "$current"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{chr(10).join(cases)}
  esac
  case ${{COMP_WORDS[1]}}:$previous in
{chr(10).join(values)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _talend_oauth talend-oauth
"""


def _zsh() -> str:
    commands = "\n".join(f"    '{name}:{_quoted(text)}'" for name, text in COMMANDS.items())
    cases: list[str] = []
    for command in COMMANDS:
        specs = "".join(f" \\\n        {spec}" for spec in _zsh_specs(options_of(command)))
        cases.append(f"      {command}) _arguments{specs or ' :'} ;;")
    return f"""\
#compdef talend-oauth
_talend_oauth() {{
  local -a commands
  commands=(
{commands}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{chr(10).join(cases)}
  esac
}}
if [ "$funcstack[1]" = "_talend-oauth" ]; then
  _talend_oauth "$@"
else
  compdef _talend_oauth talend-oauth
fi
"""


def _zsh_specs(options: Sequence[Option]) -> Iterator[str]:
    for option in options:
        values = f"({' '.join(option.choices)})" if option.choices else ""
        values = "_files" if option.is_file else values
        value = f":value:{values or ' '}" if option.takes_value else ""
        for name in option.names:
            yield f"'{name}[{_quoted(option.help)}]{value}'"
        if not option.names:
            yield f"'1:value:{values or ' '}'"


def _fish() -> str:
    lines = ["# fish completion for talend-oauth", "complete -c talend-oauth -f"]
    for command, text in COMMANDS.items():
        first = "-n __fish_use_subcommand"
        lines.append(f"complete -c talend-oauth {first} -a {command} -d '{_quoted(text)}'")
        seen = f"-n '__fish_seen_subcommand_from {command}'"
        for option in options_of(command):
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            value = f" -xa '{' '.join(option.choices)}'" if option.choices else ""
            if option.takes_value and option.names and not option.choices:
                value = " -r -F" if option.is_file else " -x"
            help_text = f" -d '{_quoted(option.help)}'" if option.names else ""
            lines.append(f"complete -c talend-oauth {seen} {names}{value}{help_text}".rstrip())
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a text that can stand between single quotes and in zsh's brackets."""
    return "".join(" " if c in "'\\[]:\n`$\"" else c for c in text).strip()
