"""Lays another OpenAPI document of the token endpoint, such as Talend's own, beside ours.

Prints what oasdiff finds, with the reason from openapi/NOTES.md where one is recorded. Names of
components do not count, and neither do texts for people.

Exits with 0 when both say the same, 1 when they do not, 2 when the other document is no use.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from openapi_document.loading import DOCUMENT, DocumentError, Object, find, parse, pointer
from openapi_document.notes import Note, find_note, read_notes
from openapi_document.oasdiff import oasdiff
from openapi_document.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/security/oauth/token"
OPERATION = ("paths", PATH, "post")
# Texts for people, names of components, and what oasdiff says twice.
_PASSED = {"description", "summary", "title", "examples", "example", "externalDocs", "extensions"}
_PASSED |= {"listOfTypes", "components", "info", "enumAdded", "enumDeleted"}
# oasdiff's words where OpenAPI has others, and ours for a value; the last is meant by saying none.
_WORDS = {"operationID": "operationId", "additionalPropertiesAllowed": "additionalProperties"}
_WORDS |= {"operations": "", "POST": "post"}
_SAID = {"additionalProperties": ("refused", "allowed")}
_LISTS = {"tags", "enum", "type", "required"}

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One difference: where, what our document and the other say, and what NOTES.md says of it."""

    place: str
    ours: str
    theirs: str
    note: Note | None

    @property
    def kind(self) -> str:
        """Says which of the two says it."""
        return {self.ours: "only there", self.theirs: "only ours"}.get("-", "differs")


def load(source: str) -> Object:
    """Reads an OpenAPI 3 document from a file or an address, and keeps the endpoint of it.

    Args:
        source: A path, or an http or https URL.

    Raises:
        DocumentError: There is nothing, it is not OpenAPI 3, or it has no such endpoint.
    """
    try:
        if source.startswith(("http://", "https://")):
            response = httpx.get(source, follow_redirects=True, timeout=20)
            text = response.raise_for_status().text
        else:
            text = Path(source).read_text("utf-8")
        document = parse(text, strict=False)
    except (OSError, UnicodeDecodeError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise DocumentError(f"{source}: cannot be read: {error}") from error
    if not str(document.get("openapi")).startswith("3."):
        raise DocumentError(f"{source}: not OpenAPI 3")
    try:
        return _endpoint(document)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DocumentError(f"{source}: not valid OpenAPI: {error!r}") from error


def _endpoint(document: Object) -> Object:
    """Keeps the endpoint of a document, a server's path in front of its own."""
    servers = document.get("servers") or [{"url": ""}]
    base = urlsplit(servers[0]["url"]).path.rstrip("/")
    paths = document.get("paths") or {}
    path = next((p for p in paths if (base + p.rstrip("/")).endswith(PATH)), None)
    if path is None or "post" not in paths[path]:
        raise DocumentError(f"no endpoint POST {PATH} in it; it has {list(paths)[:5]}")
    if base and not path.startswith(PATH):
        servers = [s | {"url": s["url"].rstrip("/").removesuffix(base)} for s in servers]
    item = {key: value for key, value in paths[path].items() if key in ("post", "parameters")}
    text = json.dumps(document | {"paths": {PATH: item}, "servers": servers})
    # A scheme's name is only a name: what it is takes its place.
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        kind = " ".join(str(scheme[k]) for k in ("type", "scheme", "in", "name") if k in scheme)
        text = text.replace(f'"{name}": ', f'"{kind}": ')
    return parse(text)


def compare(ours: Object, theirs: Object, notes: list[Note]) -> list[Row]:
    """Lists the differences, whatever only one of them has before what both say otherwise.

    Args:
        ours: Our document, as `load` gives it.
        theirs: The other.
        notes: The reasons recorded for ours.

    Raises:
        DocumentError: oasdiff cannot read one of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{name}.json") for name in ("theirs", "ours")]
        for path, document in zip(paths, (theirs, ours), strict=True):
            path.write_text(json.dumps(document), "utf-8")
        diff = oasdiff("diff", "--auto-upgrade", "--flatten-allof", "--flatten-params", *paths)
    rows: list[Row] = []
    for keys, one, other in _changes(diff or {}):
        is_choice = keys[-2:-1] == ("oneOf",)
        trail, node = _trail(ours, keys[:-1] if is_choice else keys)
        choices = [str(choice["type"]) for choice in node.get("oneOf", ())]
        if keys[-1] == "type" and choices:  # a type in ours is said by each choice
            one = " or ".join(choices)
        elif is_choice and one == "yes":
            keys = (*keys[:-2], f"as {choices[int(keys[-1])]}")
        if one != other:
            rows.append(Row(_place(keys), one, other, find_note(notes, trail)))
    return sorted(rows, key=lambda row: (row.kind == "differs", row.kind == "only ours"))


def _changes(diff: Object, at: Keys = ()) -> Iterator[tuple[Keys, str, str]]:
    """Yields the places that oasdiff names, with what we and what they say."""
    if diff.keys() == {"from", "to"}:
        yield at, _shown(diff["to"], at[-1]), _shown(diff["from"], at[-1])
    elif at and at[-1] in _LISTS:
        ours, theirs = (", ".join(diff.get(side, ())) or "-" for side in ("added", "deleted"))
        yield at, ours, theirs
    else:
        for key, value in diff.items():
            if key in _PASSED or (key, at) == ("tags", ()):
                continue
            if key in ("added", "deleted"):
                said = ("yes", "-") if key == "added" else ("-", "yes")
                for item in value if isinstance(value, list) else [""]:
                    yield (*at, _named(item)), *said
            else:
                word = "" if key == "modified" else _WORDS.get(key, key)
                yield from _changes(value, (*at, *filter(None, (word,))))


def _named(item: Object | str) -> str:
    if isinstance(item, dict):
        return str(item.get("component") or " or ".join(item.get("schemes", ())) or item["index"])
    return item


def _shown(value: object, key: str) -> str:
    if isinstance(value, bool):
        return _SAID[key][value] if key in _SAID else str(value).lower()
    return str(value) if value else _SAID.get(key, ("", "-"))[1]


def _trail(document: Object, keys: Keys) -> tuple[list[str], Object]:
    """Gives the JSON pointers of a place in our document, what is behind references first.

    Returns:
        The pointers, and the object that the place is in.
    """
    trail = [""]

    def follow(node: Any, key: str = "") -> Object:  # noqa: ANN401 - any JSON value
        while isinstance(node, dict) and key not in node:
            inner = (node.get("allOf") or [node])[0]
            if "$ref" not in inner:
                break
            trail.append(inner["$ref"].removeprefix("#"))
            node = find(document, trail[-1])
        return node if isinstance(node, dict) else {}

    above: Object = {}
    node: Any = document
    for key in keys:
        above = follow(node, key)
        trail.append(trail[-1] + pointer(key))
        node = above.get(key)
    if "schema" in (media_type := follow(node)):
        trail.append(trail[-1] + "/schema")
        follow(media_type["schema"])
    return trail[::-1], above


def _place(keys: Keys) -> str:
    """Says in words where something is."""
    words = {
        "requestBody": "request",
        "responses": "response",
        "additionalProperties": "other fields",
    }
    words |= {"content": "", "schema": "", "properties": ""}
    found, below = [], ""
    for key in keys[3:] if keys[:3] == OPERATION else keys:
        found.append("." + key if below == "properties" else words.get(key, key))
        below = key
    return " ".join(filter(None, found))


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
        rows = compare(load(str(DOCUMENT)), load(source), notes)
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
