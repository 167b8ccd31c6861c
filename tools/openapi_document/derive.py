"""Derives the OpenAPI 3.0.3 document, in JSON, from the 3.1.1 one, in YAML.

The one difference of meaning that no document can avoid: to 3.1 the number 1.0 is an integer, to
the JSON Schema draft under 3.0 it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openapi_document.loading import (
    DERIVED,
    DOCUMENT,
    DocumentError,
    Object,
    differences,
    parse,
    pointer,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "3.0.3"

# Schema keywords that mean the same in OpenAPI 3.0.3 and 3.1.1, as far as `_misfits` lets them.
_SAME = frozenset(
    {"title", "description", "type", "enum", "default", "format", "example", "externalDocs"}
    | {"deprecated", "readOnly", "writeOnly", "discriminator", "xml"}
    | {"multipleOf", "minimum", "maximum", "minLength", "maxLength", "pattern"}
    | {"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"}
    | {"required", "properties", "additionalProperties", "items", "allOf", "oneOf", "anyOf", "not"}
)
# Below these keys stand values of the API, not parts of the description of it.
_VALUES = frozenset({"example", "examples", "value"})


def _schema_misfits(schema: object, at: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{at}: a schema that is no object is new in 3.1"
        return
    if "$ref" in schema:
        yield from _misfits(schema, at)
        return
    for keyword in schema:
        if keyword not in _SAME and not keyword.startswith("x-"):
            yield f"{at}: {keyword!r} is not the same in {VERSION}"
    if not isinstance(schema.get("type", ""), str) or schema.get("type") == "null":
        yield f"{at}: the type {schema['type']!r} is new in 3.1"
    for name, child in schema.get("properties", {}).items():
        yield from _schema_misfits(child, at + pointer("properties", name))
    for keyword in ("allOf", "oneOf", "anyOf"):
        for index, child in enumerate(schema.get(keyword, ())):
            yield from _schema_misfits(child, at + pointer(keyword, index))
    for keyword in ("items", "not", "additionalProperties"):
        child = schema.get(keyword)
        if keyword in schema and not (keyword == "additionalProperties" and child in (True, False)):
            yield from _schema_misfits(child, at + pointer(keyword))


def _misfits(node: object, at: str = "") -> Iterator[str]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _misfits(child, at + pointer(index))
    if not isinstance(node, dict):
        return
    if "$ref" in node and len(node) > 1:
        yield f"{at}: what stands beside $ref counts in 3.1 and is ignored in {VERSION}"
    for key, child in node.items():
        here = at + pointer(key)
        if key == "schema":
            yield from _schema_misfits(child, here)
        elif here == "/components/schemas":
            for name, schema in child.items():
                yield from _schema_misfits(schema, here + pointer(name))
        elif key not in _VALUES and not key.startswith("x-"):
            yield from _misfits(child, here)


def derive(document: Object) -> Object:
    """Gives the document the older version, when that changes nothing of what it means.

    Args:
        document: An OpenAPI 3.1 document.

    Raises:
        DocumentError: It uses something that 3.0.3 lacks or reads in another way.
    """
    if not str(document.get("openapi")).startswith("3.1."):
        raise DocumentError(f"not OpenAPI 3.1: openapi is {document.get('openapi')!r}")
    if misfits := list(dict.fromkeys(_misfits(document))):
        raise DocumentError("\n".join(misfits))
    return document | {"openapi": VERSION}


def render(document: Object) -> str:
    """Writes a document as JSON, always in the same bytes."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def drift(text: str, expected: Object) -> str | None:
    """Says where the checked-in text first differs from what would be derived, if it does."""
    if text == render(expected):
        return None
    for at, found, wanted in differences(parse(text), expected):
        if isinstance(found, str) and isinstance(wanted, str):
            # Long texts are shown from shortly before the place where they part.
            pairs = enumerate(zip(found, wanted, strict=False))
            start = max(0, next((i for i, (a, b) in pairs if a != b), 0) - 20)
            found, wanted = found[start:], wanted[start:]
        return f"{at}: is {_short(found)}, would be {_short(wanted)}"
    lines = zip(text.splitlines(), render(expected).splitlines(), strict=False)
    number = next((n for n, (a, b) in enumerate(lines, 1) if a != b), len(text.splitlines()))
    return f"line {number}: says the same in other bytes"


def _short(value: object) -> str:
    text = "absent" if value is ... else json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/derive-3.0`."""
    parser = argparse.ArgumentParser(prog="scripts/derive-3.0", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    parser.add_argument("--source", type=Path, default=DOCUMENT, help="the 3.1 document")
    parser.add_argument("--target", type=Path, default=DERIVED, help="the 3.0 document")
    options = parser.parse_args(arguments)
    try:
        expected = derive(read(options.source))
        if not options.check:
            options.target.write_text(render(expected), "utf-8")
            print(f"wrote {options.target.name}: OpenAPI {VERSION}, from {options.source.name}")
            return 0
        reason = drift(options.target.read_text("utf-8"), expected)
    except (DocumentError, OSError) as error:
        print(f"{error}\nafter mending that: scripts/derive-3.0", file=sys.stderr)
        return 1
    if reason:
        print(f"{options.target.name} drifted: {reason}\nscripts/derive-3.0", file=sys.stderr)
        return 1
    print(f"{options.target.name} is what {options.source.name} gives")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
