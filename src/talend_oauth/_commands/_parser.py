"""Parser of a subcommand's arguments, which repeats no value: it may be a secret."""

from __future__ import annotations

import argparse
import re
from functools import partial

from talend_oauth.errors import ConfigurationError

from . import _console as console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

_OPTION = re.compile(r"--?[a-z]+(?:-[a-z]+){0,3}")
_LONGEST_OPTION = 24
_SECRET_OPTIONS = frozenset(
    {"--client-secret", "--secret", "--password", "--token", "--access-token"}
)


class Parser(argparse.ArgumentParser):
    """`argparse` without abbreviations, and with errors like the other ones of the command.

    Args:
        name: Of the subcommand.
        description: For its help.
        examples: Command lines for its help.
        reads_settings: Whether the command reads settings from the environment.
    """

    def __init__(
        self,
        name: str,
        description: str,
        *,
        examples: Sequence[str] = (),
        reads_settings: bool = False,
    ) -> None:
        lines = ["examples:", *(f"  {example}" for example in examples)] if examples else []
        if reads_settings:
            more = "Settings not given here are read from the environment: talend-oauth --help"
            lines += ["", more] if lines else [more]
        self._name = name
        super().__init__(
            prog=f"talend-oauth {name}",
            description=description,
            epilog="\n".join(lines) or None,
            allow_abbrev=False,
            # argparse makes one for each option; without a width, each would import shutil for it.
            formatter_class=partial(_Formatter, width=80),
        )
        self.add_argument("-v", "--verbose", action="store_true", help="say on stderr what is done")

    def add_json(self) -> None:
        """Add the option `--json`, which means the same in every command."""
        self.add_argument("--json", action="store_true", help="print JSON")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the options, and refuse what is unknown without repeating its value.

        Raises:
            ConfigurationError: When the arguments are wrong.
        """
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            raise self._unknown(unknown)
        return options

    def parse_before_program(
        self, arguments: Sequence[str]
    ) -> tuple[argparse.Namespace, list[str]]:
        """Return the options before a program, and the program with its arguments.

        The program begins behind two dashes; where those are forgotten, with the first argument
        that is neither an option nor the value of one.

        Raises:
            ConfigurationError: When the arguments are wrong.
        """
        place = 0
        while place < len(arguments) and arguments[place].startswith("-"):
            if arguments[place] == "--":
                return self.parse(arguments[:place]), list(arguments[place + 1 :])
            action = self._option_string_actions.get(arguments[place])  # argparse has no other way
            place += 1 if action is None or action.nargs == 0 else 2
        return self.parse(arguments[:place]), list(arguments[place:])

    def _unknown(self, arguments: list[str]) -> ConfigurationError:
        names = {argument.partition("=")[0] for argument in arguments}
        if names & _SECRET_OPTIONS:
            return ConfigurationError(
                "There is no option for a secret: every user of this machine can read arguments.",
                hint="Use --client-secret-file FILE (- reads stdin), --prompt, or the environment.",
            )
        shown = sorted(n for n in names if _OPTION.fullmatch(n) and len(n) <= _LONGEST_OPTION)
        if not shown:
            return ConfigurationError(f"{self._name}: unexpected argument.", hint=self._help_hint())
        from difflib import get_close_matches

        near = get_close_matches(shown[0], self._option_string_actions, 1)
        return ConfigurationError(
            f"{self._name}: unknown option {shown[0]}.",
            hint=f"Did you mean {near[0]}? {self._help_hint()}" if near else self._help_hint(),
        )

    def error(self, message: str) -> NoReturn:
        """Raise the error with the argument's name, not with its value.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(f"{self._name}: {self._said(message)}.", hint=self._help_hint())

    def _said(self, message: str) -> str:
        name, _, problem = message.partition(": ")
        if problem.startswith(("invalid", "ignored")):
            _, _, choices = problem.rpartition("(choose from ")
            if choices == problem:
                return f"{name}: no such value"
            return f"{name}: not one of {choices.removesuffix(')')}"
        if name.endswith("arguments are required"):
            return f"{' and '.join(self._described(part) for part in problem.split(', '))} missing"
        return message

    def _described(self, name: str) -> str:
        action = next((a for a in self._actions if name in (a.dest, a.metavar)), None)
        choices = action.choices if action is not None else None
        return f"{name} ({' or '.join(map(str, choices))}) is" if choices else f"{name} is"

    def format_help(self) -> str:
        """Return the help, as wide as the terminal."""
        from shutil import get_terminal_size

        self.formatter_class = partial(_Formatter, width=get_terminal_size().columns - 2)
        return super().format_help()

    def print_help(self, file: object = None) -> None:
        """Write the help to standard output."""
        del file
        console.write(self.format_help())

    def _help_hint(self) -> str:
        return f"See {self.prog} --help."


class _Formatter(argparse.HelpFormatter):
    """Wraps descriptions, and leaves the lines of examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return "\n".join(f"{indent}{line}" for line in text.splitlines())
        return super()._fill_text(text, width, indent)


def number(least: float, most: float, *, whole: bool = False) -> Callable[[str], float]:
    """Return a converter of an argument to a number within bounds."""

    def convert(text: str) -> float:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = most + 1
        if not least <= value <= most:
            kind = "a whole number" if whole else "a number"
            raise argparse.ArgumentTypeError(f"must be {kind} from {least:g} to {most:g}")
        return value

    return convert
