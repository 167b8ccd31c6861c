"""Lays another OpenAPI document of the token endpoint, such as Talend's own, beside ours.

Prints what it has that ours lacks, what ours has that it lacks, and what differs, with the reason
from openapi/NOTES.md where one is recorded. References are resolved, names of components do not
count, a server's path is put in front of the endpoint's, and texts for people are not compared.

Exits with 0 when both say the same, 1 when they do not, 2 when the other document is no use.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from openapi_document.facts import Fact, Facts, Key, find_endpoint
from openapi_document.loading import DOCUMENT, DocumentError, Object, parse, read
from openapi_document.notes import Note, find_note, read_notes
from openapi_document.table import table

PATH, METHOD = "/security/oauth/token", "post"
LIMIT = 20_000_000  # bytes; the largest published OpenAPI documents are below 15 MB


@dataclass(frozen=True)
class Row:
    """One difference.

    Attributes:
        kind: Who says it: "only there", "only ours", or both in other ways: "differs".
        place: What it is about.
        ours: What our document says.
        theirs: What the other says.
        note: What NOTES.md says of our side, if it does.
    """

    kind: str
    place: str
    ours: str
    theirs: str
    note: Note | None


def load(source: str) -> Object:
    """Reads an OpenAPI 3 document from a file or an address.

    Args:
        source: A path, or an http or https URL.

    Raises:
        DocumentError: There is nothing, or it is not OpenAPI 3.
    """
    try:
        if source.startswith(("http://", "https://")):
            text = _fetch(source)
        else:
            text = Path(source).read_text("utf-8")
        document = parse(text, strict=False)
    except (OSError, UnicodeDecodeError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise DocumentError(f"{source}: cannot be read: {error}") from error
    except DocumentError as error:
        raise DocumentError(f"{source}: {error}") from error
    version = str(document.get("openapi", f"swagger {document.get('swagger')}"))
    if not version.startswith("3."):
        known = "openapi" in document or "swagger" in document
        what = f"{version}, and only OpenAPI 3 is understood" if known else "not OpenAPI"
        raise DocumentError(f"{source}: {what}")
    if not isinstance(document.get("paths"), dict):
        raise DocumentError(f"{source}: has no paths")
    return document


def _fetch(url: str) -> str:
    with httpx.stream("GET", url, follow_redirects=True, timeout=20) as response:
        response.raise_for_status()
        body = b""
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LIMIT:
                raise DocumentError(f"larger than {LIMIT} bytes")
    return body.decode("utf-8")


def facts(document: Object) -> dict[Key, Fact]:
    """Takes the endpoint of a document apart.

    Raises:
        DocumentError: The document has no such endpoint, or is broken there.
    """
    try:
        return Facts(document, find_endpoint(document, PATH, METHOD), METHOD).found
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DocumentError(f"not valid OpenAPI: {error!r}") from error


def compare(ours: Object, theirs: Object, notes: list[Note]) -> list[Row]:
    """Lists the differences, whatever only one of them has before what both say otherwise.

    Args:
        ours: Our document.
        theirs: The other.
        notes: The reasons recorded for ours.

    Raises:
        DocumentError: See `facts`.
    """
    left, right = facts(ours), facts(theirs)

    def note(key: Key) -> Note | None:
        above = next(key[:end] for end in range(len(key), -1, -1) if not end or key[:end] in left)
        return find_note(notes, left[above].pointers if above else ())

    def row(kind: str, key: Key) -> Row:
        one, other = (side[key].value or "yes" if key in side else "-" for side in (left, right))
        return Row(kind, " ".join(key), one, other, note(key))

    rows = [row("only there", key) for key in _alone(right, left)]
    rows += [row("only ours", key) for key in _alone(left, right)]
    both = [key for key in left if key in right]
    rows += [row("differs", key) for key in both if left[key].value != right[key].value]
    one, other = (
        ", ".join(key[1] for key in side if key in both and key[:-1] == ("parameters",))
        for side in (left, right)
    )
    if one != other:
        rows.append(Row("differs", "order of the parameters", one, other, note(("parameters",))))
    return rows


def _alone(some: dict[Key, Fact], others: dict[Key, Fact]) -> list[Key]:
    """Gives the facts that the others lack, without what stands below one of them."""
    missing = {key for key in some if key not in others}
    return [
        key
        for key in some
        if key in missing and not any(key[:end] in missing for end in range(1, len(key)))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/compare-upstream`."""
    parser = argparse.ArgumentParser(
        prog="scripts/compare-upstream",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="FILE-OR-URL", help="OpenAPI 3, JSON or YAML")
    source = parser.parse_args(arguments).source
    try:
        notes = read_notes(DOCUMENT.with_name("NOTES.md").read_text("utf-8"))
        theirs = load(source)
        rows = compare(read(DOCUMENT), theirs, notes)
    except DocumentError as error:
        print(error, file=sys.stderr)
        return 2
    if not rows:
        print(f"{source} says the same as {DOCUMENT.name}")
        return 0
    cells = [(r.kind, r.place, r.ours, r.theirs, r.note.title if r.note else "-") for r in rows]
    print(table(["", "where", "ours", "there", "our reason"], cells, 40))
    print(f"\n{len(rows)} differences; our reasons, from openapi/NOTES.md:\n")
    used = {row.note.title: row.note.reason for row in rows if row.note}
    print(table(["about", "in short"], used.items(), 100))
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
