"""Compares the document with the last released copy, and holds its version and changelog to that.

Copies of released documents are kept in openapi/released and never change. While the changelog
calls a version unreleased, its copy may be renewed with --record, so that each change of a draft
is seen and judged too.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openapi_document.loading import DOCUMENT, DocumentError, differences, read
from openapi_document.oasdiff import oasdiff
from openapi_document.table import table
from openapi_document.versions import (
    Verdict,
    copies,
    parse_version,
    sections,
    step_complaints,
    write_version,
)

if TYPE_CHECKING:
    from openapi_document.versions import Version

# What breaks generated code or a running client, and is no error to oasdiff.
_SEVERITIES = Path(__file__).with_name("severities.txt")
_WARNING = 2  # a level of oasdiff's; 3 is an error


@dataclass(frozen=True)
class Change:
    """One change: what it means, where it is and what it is."""

    verdict: Verdict
    place: str
    what: str


def compare(old: Path, new: Path) -> list[Change]:
    """Lists what changed from one document to another, the gravest first.

    Raises:
        DocumentError: One of them cannot be read.
    """
    found = oasdiff("changelog", "--severity-levels", _SEVERITIES, old, new) or []
    changes = [
        Change(
            Verdict.BREAKING if item["level"] >= _WARNING else Verdict.COMPATIBLE,
            f"{item.get('operation', '')} {item.get('path', item['section'])}".strip(),
            item["text"],
        )
        for item in found
        if not item["id"].startswith("api-version-")  # the version is judged here
    ]
    if not changes:
        changes = [
            Change(Verdict.WORDING, at, "other words")
            for at, *_ in differences(read(old), read(new))
            if at != "/info/version"
        ]
    return changes


@dataclass(frozen=True)
class Report:
    """The outcome of a check.

    Attributes:
        base: The version that the document was compared with; None where no copy is kept.
        version: The document's own version.
        changes: What changed.
        complaints: What has to be mended in the document or its changelog.
        unrecorded: Whether the kept copy of this version is missing or lags, and may be written.
    """

    base: Version | None
    version: Version
    changes: list[Change]
    complaints: list[str]
    unrecorded: bool


def check(document: Path) -> Report:
    """Compares a document with the copies in `released/` beside it.

    Args:
        document: The document; `CHANGELOG.md` stands beside it.

    Raises:
        DocumentError: The document or a copy cannot be read.
    """
    new = read(document)
    version = parse_version(new.get("info", {}).get("version"))
    changelog = document.with_name("CHANGELOG.md")
    section = sections(changelog.read_text("utf-8")).get(version) if changelog.exists() else None
    complaints: list[str] = []
    if section is None or not section.lines:
        heading = f"## {write_version(version)} - unreleased"
        complaints.append(f"CHANGELOG.md needs the heading {heading!r} and an item below it")
    kept = copies(document.parent / "released")
    draft = kept.get(version) if section and not section.released else None
    frozen = {other: path for other, path in kept.items() if path != draft}
    changes: list[Change] = []
    if frozen:
        previous = max(frozen)
        changes = compare(frozen[previous], document)
        complaints += step_complaints(previous, version, [c.verdict for c in changes], section)
    base = max(frozen, default=None)
    if draft:
        changes, base = compare(draft, document), version
    unrecorded = not kept or (draft is not None and bool(changes))
    return Report(base, version, changes, complaints, unrecorded)


def copy_of(document: Path, version: Version) -> Path:
    """Says where the copy of a version of the document is kept."""
    return document.parent / "released" / f"{document.stem}-{write_version(version)}.yaml"


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/check-compatibility`."""
    parser = argparse.ArgumentParser(prog="scripts/check-compatibility", description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep a copy of this version")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the document")
    options = parser.parse_args(arguments)
    document: Path = options.document
    try:
        report = check(document)
    except DocumentError as error:
        print(error, file=sys.stderr)
        return 2
    since = write_version(report.base) if report.base else "nothing"
    print(f"{document.name} {write_version(report.version)}, compared with {since}")
    rows = [(c.verdict.name.lower(), c.place, c.what) for c in report.changes]
    if rows:
        print("\n" + table(["verdict", "where", "what"], rows, 70) + "\n")
    complaints = list(report.complaints)
    target = copy_of(document, report.version)
    if options.record and not complaints:
        if target.exists() and not report.unrecorded:
            print(f"{target.name} is kept already, and says the same")
            return 0
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(document.read_bytes())
        print(f"kept {target.name}")
        return 0
    if report.unrecorded:
        complaints.append(f"{target.name} is missing or lags: scripts/check-compatibility --record")
    for complaint in complaints:
        print(complaint)
    if not complaints:
        print("the version and the changelog fit")
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())
