"""What one change of the document means for those who use it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from openapi_document.schema_changes import Difference, Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Verdict(IntEnum):
    """How much a change asks of clients, and so which part of the version has to move."""

    WORDING = 0
    COMPATIBLE = 1
    BREAKING = 2

    @property
    def part(self) -> str:
        """The part of `info.version` that the change moves (semver.org)."""
        return ("patch", "minor", "major")[self]


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        verdict: What it means.
        place: Where it is, for people.
        what: What changed.
        reason: Why the verdict is what it is.
    """

    verdict: Verdict
    place: str
    what: str
    reason: str


NAMED = "names in generated code change"

_REQUEST = {
    Effect.NARROWER: (Verdict.BREAKING, "requests that were valid are refused"),
    Effect.WIDER: (Verdict.COMPATIBLE, "every request that was valid stays valid"),
    Effect.OTHER: (Verdict.BREAKING, "requests that were valid may be refused"),
    Effect.GONE: (Verdict.BREAKING, "clients send it or rely on it"),
    Effect.NEW: (Verdict.COMPATIBLE, "older clients do not send it"),
}
_RESPONSE = {
    Effect.NARROWER: (Verdict.COMPATIBLE, "every new answer is one that clients know"),
    Effect.WIDER: (Verdict.BREAKING, "clients meet answers that they do not know"),
    Effect.OTHER: (Verdict.BREAKING, "clients meet answers that they do not know"),
    Effect.GONE: (Verdict.BREAKING, "clients read it"),
    Effect.NEW: (Verdict.COMPATIBLE, "older clients pass over it"),
}
_BOTH = {
    Effect.NAME: (Verdict.BREAKING, NAMED),
    Effect.NOTE: (Verdict.COMPATIBLE, "the same is sent and answered as before"),
    Effect.WORDING: (Verdict.WORDING, "for people only"),
}


def judge(differences: Iterable[Difference], place: str, *, request: bool) -> Iterator[Change]:
    """Turns the differences of two schemas into changes.

    Args:
        differences: The differences.
        place: Where the schemas are.
        request: Whether clients send the values, or read them.
    """
    table = (_REQUEST if request else _RESPONSE) | _BOTH
    for difference in differences:
        verdict, reason = table[difference.effect]
        where = f"{place} {difference.place}".rstrip()
        yield Change(verdict, where, difference.what, reason)
