"""Finds the reason for a part of the document in openapi/NOTES.md, whose head explains its form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Note:
    """One section.

    Attributes:
        title: Its heading.
        pointers: The JSON pointers that it applies to.
        reason: The reason in a sentence.
    """

    title: str
    pointers: tuple[str, ...]
    reason: str


def _field(text: str, name: str) -> str:
    found = re.search(rf"^- {name}: (.+)$", text, re.MULTILINE)
    return found[1] if found else ""


def read_notes(text: str) -> list[Note]:
    """Reads the sections that name what they apply to, and the reason in short."""
    parts = _SECTION.split(text)[1:]
    notes = [
        Note(title, tuple(_field(body, "Applies to").split("`")[1::2]), _field(body, "In short"))
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    ]
    return [note for note in notes if note.pointers and note.reason]


def find_note(notes: Iterable[Note], pointers: Iterable[str]) -> Note | None:
    """Finds what is said about a part of the document.

    Args:
        notes: The notes.
        pointers: Where the part is, the most particular first: what is behind a reference stands
            before the reference to it.

    Returns:
        The note of the first pointer that has one, and of those the one with the longest pointer.
    """
    notes = list(notes)
    for pointer in pointers:
        fitting = [
            (len(place), note)
            for note in notes
            for place in note.pointers
            if pointer == place or pointer.startswith(place + "/")
        ]
        if fitting:
            return max(fitting, key=lambda pair: pair[0])[1]
    return None
