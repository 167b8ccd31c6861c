"""The rules of the contract's version: how far it moves, and what its changelog says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from openapi_document.loading import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Version = tuple[int, int, int]


class Verdict(IntEnum):
    """What a change means, the gravest last."""

    WORDING = 0
    COMPATIBLE = 1
    BREAKING = 2

    @property
    def part(self) -> str:
        """The part of the version that it moves."""
        return ("patch", "minor", "major")[self]


_HEADING = re.compile(r"^## (\d+\.\d+\.\d+) - (unreleased|\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def parse_version(text: object) -> Version:
    """Reads `major.minor.patch`.

    Raises:
        DocumentError: It is something else.
    """
    if not isinstance(text, str) or not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", text):
        raise DocumentError(f"info.version is {text!r}; it has to be major.minor.patch")
    major, minor, patch = map(int, text.split("."))
    return major, minor, patch


def write_version(version: Version) -> str:
    """Writes a version as `parse_version` reads it."""
    return ".".join(map(str, version))


def next_version(version: Version, verdict: Verdict) -> Version:
    """Gives the lowest version that tells of a change of this kind."""
    major, minor, patch = version
    if verdict is Verdict.BREAKING:
        return major + 1, 0, 0
    return (major, minor + 1, 0) if verdict is Verdict.COMPATIBLE else (major, minor, patch + 1)


@dataclass(frozen=True)
class Section:
    """What the changelog says of one version.

    Attributes:
        released: Whether it carries a date.
        lines: Its items, without the hyphen.
    """

    released: bool
    lines: tuple[str, ...]


def sections(changelog: str) -> dict[Version, Section]:
    """Reads a changelog: `## 1.2.3 - 2026-01-31` or `## 1.2.3 - unreleased`, then `- ` items."""
    parts = _HEADING.split(changelog)[1:]
    return {
        parse_version(version): Section(
            date != "unreleased", tuple(re.findall(r"^- (.+)$", text, re.MULTILINE))
        )
        for version, date, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


def copies(folder: Path) -> dict[Version, Path]:
    """Finds the released copies of the document, the oldest first."""
    found = {
        parse_version(match[1]): path
        for path in folder.glob("*.yaml")
        if (match := re.search(r"-(\d+\.\d+\.\d+)\.yaml$", path.name))
    }
    return dict(sorted(found.items()))


def step_complaints(
    old: Version, new: Version, changes: Sequence[Verdict], section: Section | None
) -> Iterator[str]:
    """Yields what is wrong with the step from one version to a later one, and with its changelog.

    Args:
        old: The version before the changes.
        new: The version after them.
        changes: What each change means.
        section: What the changelog says of the new version.
    """
    if not changes:
        if new != old:
            yield f"nothing changed since {write_version(old)}: leave info.version there"
        return
    worst = max(changes)
    wanted = next_version(old, worst)
    if new < wanted:
        yield (
            f"a {worst.name.lower()} change moves the {worst.part} version: info.version has to be "
            f"at least {write_version(wanted)}, and is {write_version(new)}"
        )
    marked = section is None or any("**Breaking**" in line for line in section.lines)
    if new != old and worst is Verdict.BREAKING and not marked:
        yield f"the changelog of {write_version(new)} marks no item with **Breaking**"
