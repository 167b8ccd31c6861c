"""The parser of a subcommand's arguments, which repeats no value: it may be a secret."""

from __future__ import annotations

import argparse
import re

from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_OPTION = re.compile(r"--?[a-z]+(?:-[a-z]+){0,3}")
_LONGEST_OPTION = 24
_SECRET_OPTIONS = frozenset(
    {"--client-secret", "--secret", "--password", "--token", "--access-token"}
)


class Parser(argparse.ArgumentParser):
    """`argparse` without abbreviations, and with errors as the other ones of the command.

    Args:
        name: Of the subcommand.
        description: For its help.
    """

    def __init__(self, name: str, description: str) -> None:
        super().__init__(
            prog=f"talend-oauth {name}",
            description=description,
            epilog="Settings not given here are read from the environment: talend-oauth --help",
            allow_abbrev=False,
        )

    def parse(self, arguments: list[str]) -> argparse.Namespace:
        """Return the options, and refuse what is unknown without repeating its value.

        Raises:
            ConfigurationError: When the arguments are wrong.
        """
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            raise self._unknown(unknown)
        return options

    def _unknown(self, arguments: list[str]) -> ConfigurationError:
        names = {argument.partition("=")[0] for argument in arguments}
        if names & _SECRET_OPTIONS:
            return ConfigurationError(
                "There is no option for a secret: every user of this machine can read arguments.",
                hint="Use --client-secret-file FILE (- reads stdin), --prompt, or the environment.",
            )
        shown = sorted(n for n in names if _OPTION.fullmatch(n) and len(n) <= _LONGEST_OPTION)
        what = f"the option {shown[0]}" if shown else "an argument that was given"
        return ConfigurationError(f"{self.prog} does not know {what}.", hint=self._help_hint())

    def error(self, message: str) -> NoReturn:
        """Raise the error with the argument's name, not with its value.

        Raises:
            ConfigurationError: Always.
        """
        name, _, problem = message.partition(": ")
        if problem.startswith(("invalid", "ignored")):
            _, _, choices = problem.rpartition("(choose from ")
            problem = (
                f"not one of {choices.removesuffix(')')}" if choices != problem else "no such value"
            )
        raise ConfigurationError(f"{self.prog}: {name}: {problem}.", hint=self._help_hint())

    def _help_hint(self) -> str:
        return f"See {self.prog} --help."
