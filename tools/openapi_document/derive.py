"""Derives from the OpenAPI 3.1.1 document, in YAML, the same in JSON, and 3.0.3 in both.

The source keeps to what means the same in both versions, so that only the version changes; the
validator of 3.0 refuses the rest. And responses stand where they are used, since some generators do
not follow a reference there. The one difference that no document can avoid: to 3.1 the number 1.0
is an integer, to the JSON Schema draft under 3.0 it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from openapi_document.loading import (
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


def _misread(node: object, at: str = "") -> Iterator[str]:
    """Yields what is valid in both versions and means something in one of them only."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str) and len(node) > 1:
        yield f"{at}: what stands beside $ref counts in 3.1 and is ignored in {VERSION}"
    if isinstance(node, dict) and isinstance(node.get("nullable"), bool):
        yield f"{at}: 'nullable' is ignored in 3.1"
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            if key not in ("example", "value", "default"):  # values of the API
                yield from _misread(child, at + pointer(key))


def derive(document: Object) -> Object:
    """Gives the document the older version, when that changes nothing of what it means.

    Args:
        document: An OpenAPI 3.1 document.

    Raises:
        DocumentError: It uses something that 3.0.3 lacks or reads in another way.
    """
    if not str(document.get("openapi")).startswith("3.1."):
        raise DocumentError(f"not OpenAPI 3.1: openapi is {document.get('openapi')!r}")
    derived = document | {"openapi": VERSION}
    misfits = list(_misread(document))
    for error in OpenAPIV30SpecValidator(derived).iter_errors():
        place = pointer(*error.absolute_path)
        misfits.append(f"{place}: not valid in {VERSION}: {error.message[-200:]}")
    if misfits:
        raise DocumentError("\n".join(misfits))
    return _with_responses_inline(derived)


def _with_responses_inline(document: Object) -> Object:
    document = json.loads(json.dumps(document))
    responses: Object = document["components"].pop("responses", {})
    prefix = "#/components/responses/"
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if str(response.get("$ref")).startswith(prefix):
                    name = response["$ref"].removeprefix(prefix)
                    operation["responses"][status] = responses[name]
    return document


def derived_files(document: Object) -> dict[str, str]:
    """Gives the text of each file that is made from the document, by its name."""
    older = derive(document)
    return {
        "talend-oauth.json": render(document),
        "talend-oauth-3.0.json": render(older),
        "talend-oauth-3.0.yaml": yaml.safe_dump(older, sort_keys=False, width=100),
    }


def render(document: Object) -> str:
    """Writes a document as JSON, always in the same bytes."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def drift(text: str, expected: str) -> str | None:
    """Says where the checked-in text first differs from what would be derived, if it does."""
    if text == expected:
        return None
    for at, found, wanted in differences(parse(text), parse(expected)):
        return f"{at}: is {found!r:.120}, would be {wanted!r:.120}"
    return "it says the same in other bytes"


def _write(files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())  # the same on Windows


def _check(files: dict[str, str], folder: Path) -> None:
    for name, expected in files.items():
        if reason := drift((folder / name).read_text("utf-8"), expected):
            raise DocumentError(f"{name} drifted: {reason}")


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/generate`."""
    parser = argparse.ArgumentParser(prog="scripts/generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    parser.add_argument("--source", type=Path, default=DOCUMENT, help="the 3.1 document")
    parser.add_argument("--folder", type=Path, default=DOCUMENT.parent, help="of the others")
    options = parser.parse_args(arguments)
    try:
        files = derived_files(read(options.source))
        _check(files, options.folder) if options.check else _write(files, options.folder)
    except (DocumentError, OSError) as error:
        print(f"{error}\nafter mending that: scripts/generate", file=sys.stderr)
        return 1
    said = "is what {} gives" if options.check else "written from {}"
    for name in files:
        print(f"{name} {said.format(options.source.name)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
