"""Holds the examples of bodies to their schemas, and to the fields that these declare.

An open object allows any field, so that no linter notices a misspelt one in its example.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from openapi_document.loading import pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openapi_document.loading import Object

_URI = "urn:document"


def _close(node: object) -> None:
    if isinstance(node, dict):
        if "properties" in node and node.get("additionalProperties", True) is True:
            node["additionalProperties"] = False
        for child in node.values():
            _close(child)
    elif isinstance(node, list):
        for child in node:
            _close(child)


def _media_types(node: object, at: str = "") -> Iterator[tuple[str, Object]]:
    pairs: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in pairs:
        here = at + pointer(key)
        if key == "content" and isinstance(child, dict):
            for name, media_type in child.items():
                if isinstance(media_type, dict) and "schema" in media_type:
                    yield here + pointer(name), media_type
        else:
            yield from _media_types(child, here)


def wrong_examples(document: Object) -> Iterator[tuple[str, str]]:
    """Yields what is wrong with the examples of the document's bodies.

    Args:
        document: An OpenAPI 3 document.

    Returns:
        JSON pointers to the examples, and what is wrong with each.
    """
    closed = copy.deepcopy(document)
    _close(closed.get("components", {}).get("schemas"))
    resource = Resource.from_contents(closed, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_URI, resource)
    newer = str(document.get("openapi")).startswith("3.1")
    kind = OAS31Validator if newer else OAS30Validator
    for at, media_type in _media_types(document):
        examples = {
            pointer("examples", name, "value"): example["value"]
            for name, example in media_type.get("examples", {}).items()
            if "value" in example
        }
        if "example" in media_type:
            examples["/example"] = media_type["example"]
        for place, value in examples.items():
            judge = kind({"$ref": f"{_URI}#{at}/schema"}, registry=registry)
            try:
                for error in judge.iter_errors(value):
                    yield at + place, error.message
            except Exception as error:  # noqa: BLE001 - a broken schema raises what it likes
                yield at + place, f"the schema is broken: {error}"
