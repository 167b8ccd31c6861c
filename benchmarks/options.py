"""What is measured in this run, and what went wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .libraries import LIBRARIES, OURS, Library

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUICK = ("talend-oauth", "auth0-python")


@dataclass
class Options:
    """The scope of a run.

    Attributes:
        quick: Whether it only shows that everything works: few rounds, few libraries.
        errors: Counts that were not as they have to be.
    """

    quick: bool
    errors: list[str] = field(default_factory=list)

    @property
    def libraries(self) -> list[Library]:
        """The libraries that take part, ours first."""
        names = _QUICK if self.quick else tuple(LIBRARIES)
        return [LIBRARIES[name] for name in names]

    def expect(self, what: str, found: int, wanted: int) -> None:
        """Note it as an error if a count is another than it has to be."""
        if found != wanted:
            self.errors.append(f"{what}: {found} in place of {wanted}")

    def best(self, figures: Mapping[str, float]) -> str:
        """Return the name of the other library with the smallest figure; empty if there is none."""
        others = [name for name in figures if name in LIBRARIES and name != OURS.name]
        return min(others, key=lambda name: figures[name], default="")
