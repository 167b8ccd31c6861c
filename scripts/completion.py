"""Make the completion scripts of the command, by shtab from its parsers; see scripts/generate.

They are kept in the package, so that users need no shtab.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib import import_module
from pathlib import Path

import shtab

from talend_oauth.cli import COMMANDS

FOLDER = Path(__file__).resolve().parent.parent / "src/talend_oauth/_commands/completions"
_FUNCTION = "_shtab_talend_oauth"
# What follows `--` is the command line of another program.
_PROGRAM = {
    "bash": "_talend_oauth_program_or_File",
    "zsh": "_normal",
    "fish": "(__fish_complete_subcommand --fcs-skip=3)",
    "powershell": "$null",
}
_BASH_PREAMBLE = """\
_talend_oauth_program_or_File() {
  compgen -c -- "$1"
  compgen -f -- "$1"
}

# To bash, `--option=value` is three words: leave out the middle one.
_talend_oauth() {
  local -a kept=()
  local i cursor=$COMP_CWORD
  for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
    if [[ ${COMP_WORDS[i]} == "=" && $i -gt 0 && ${COMP_WORDS[i - 1]} == --* ]]; then
      if ((i == COMP_CWORD)); then
        kept+=("")
      elif ((i < COMP_CWORD)); then
        ((cursor--))
      fi
    else
      kept+=("${COMP_WORDS[i]}")
    fi
  done
  local -a COMP_WORDS=("${kept[@]}")
  local COMP_CWORD=$cursor
  _shtab_talend_oauth
}
"""


def parser() -> argparse.ArgumentParser:
    """Return a parser of the whole command, as shtab wants it."""
    whole = argparse.ArgumentParser(prog="talend-oauth")
    whole.add_argument("-V", "--version", action="store_true", help="show the version")
    commands = whole.add_subparsers()
    for name, text in COMMANDS.items():
        own = import_module(f"talend_oauth._commands.{name}").parser()
        for action in own._actions:
            if action.metavar == "FILE":
                action.complete = shtab.FILE  # type: ignore[attr-defined]
        added = commands.add_parser(name, help=text, parents=[own], add_help=False)
        if "PROGRAM" in (own.usage or ""):
            program = added.add_argument("program", nargs=argparse.REMAINDER, help="a program")
            program.complete = _PROGRAM  # type: ignore[attr-defined]
    return whole


def scripts() -> dict[str, str]:
    """Return the text of each file."""
    bash = shtab.complete(parser(), "bash", preamble=_BASH_PREAMBLE)
    bash = bash.replace(f"-F {_FUNCTION} talend-oauth", "-F _talend_oauth talend-oauth")
    zsh = shtab.complete(parser(), "zsh")
    # `--option=value` as well as `--option value`
    zsh = re.sub(r'^(  "\*?--[a-z-]+)(\[.*\]:.*")$', r"\1=\2", zsh, flags=re.MULTILINE)
    register = f"  compdef {_FUNCTION} -N talend-oauth\n"
    guarded = (
        f"  if (( $+functions[compdef] )); then\n  {register}"
        '  else\n    print -u2 "talend-oauth: run compinit before this script"\n  fi\n'
    )
    zsh = zsh.replace(register, guarded)
    # `--` ends the options.
    zsh = zsh.replace("_arguments -C -s $", "_arguments -C -s -S $")
    fish = shtab.complete(parser(), "fish")
    fish = fish.replace('-xka "(__fish_complete_path (commandline -ct))"', "-r -F")
    fish = re.sub(r'(?<=ka )"([a-z0-9. -]+)"', _without_descriptions, fish)
    powershell = shtab.complete(parser(), "powershell")
    made = {"bash": bash, "zsh": zsh, "fish": fish, "powershell": powershell}
    return {
        name: "\n".join(map(str.rstrip, text.splitlines())) + "\n" for name, text in made.items()
    }


def _without_descriptions(values: re.Match[str]) -> str:
    """Keep the description of an option from standing beside each of its values."""
    words = [f"{word}\\t''" for word in values[1].split()]
    return f'"{" ".join(words)}"'


def main() -> int:
    """Write the scripts, or with `--check` name those that are not up to date."""
    is_check = sys.argv[1:] == ["--check"]
    status = 0
    for name, text in scripts().items():
        path = FOLDER / f"talend-oauth.{name}"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            if is_check:
                print(f"{path.name} is not up to date: scripts/generate")
                status = 1
            else:
                path.write_text(text, encoding="utf-8", newline="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
