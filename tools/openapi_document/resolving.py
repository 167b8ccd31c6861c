"""Follows references inside a document, and reads schemas however they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openapi_document.edits import find
from openapi_document.loading import DocumentError

if TYPE_CHECKING:
    from openapi_document.loading import Object

# What says something to people only, in any object of a document.
ANNOTATIONS = frozenset({"description", "example", "examples", "externalDocs", "summary"})


def resolve(document: Object, node: Any) -> tuple[Any, str | None]:  # noqa: ANN401 - any JSON value
    """Follows `$ref` as far as it leads.

    Args:
        document: The document that the reference is in.
        node: An object, perhaps a reference.

    Returns:
        What is at the end, and the last part of the pointer to it: the name of a component, or
        None where nothing was followed.

    Raises:
        DocumentError: A reference leads nowhere, in a circle or out of the document.
    """
    name = None
    seen: list[str] = []
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        target = node["$ref"]
        if target in seen or not target.startswith("#"):
            reason = "goes round in a circle" if target in seen else "leads out of the document"
            raise DocumentError(f"the reference {target!r} {reason}")
        seen.append(target)
        # What stands beside a reference in 3.1 is added to what it leads to.
        beside = {key: value for key, value in node.items() if key != "$ref"}
        node = find(document, target.removeprefix("#"))
        if beside and isinstance(node, dict):
            node = node | beside
        name = target.rsplit("/", 1)[-1]
    return node, name


def expand(document: Object, schema: Any) -> tuple[Object, str | None]:  # noqa: ANN401
    """Gives a schema as one object: references followed, an `allOf` of one merged, 3.0 as in 3.1.

    Args:
        document: The document that the schema is in.
        schema: The schema; true and false are allowed as in 3.1.

    Returns:
        The schema, and the name of the component that it is, if it is one.

    Raises:
        DocumentError: See `resolve`.
    """
    schema, name = resolve(document, schema)
    if not isinstance(schema, dict):
        return ({} if schema is not False else {"not": {}}), name
    schema = dict(schema)
    if len(schema.get("allOf", ())) == 1:
        inner, inner_name = expand(document, schema["allOf"][0])
        others = {key: value for key, value in schema.items() if key != "allOf"}
        if not (inner.keys() & others.keys()) - ANNOTATIONS:
            schema, name = inner | others, name or inner_name
    if schema.pop("nullable", False) is True and "type" in schema:
        types = schema["type"]
        schema["type"] = [*([types] if isinstance(types, str) else types), "null"]
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(bound), bool) and schema.pop(bound) and limit in schema:
            schema[bound] = schema.pop(limit)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    return schema, name


def types(schema: Object) -> frozenset[str] | None:
    """Gives the types that an expanded schema allows; None is any. A number may be an integer."""
    if "type" not in schema:
        return None
    named = schema["type"]
    found = {named} if isinstance(named, str) else set(named)
    return frozenset(found | ({"integer"} if "number" in found else set()))
