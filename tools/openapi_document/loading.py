"""Reads OpenAPI documents, YAML or JSON, as plain JSON values."""

from __future__ import annotations

import json
import re
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import SafeLoader
else:  # in C, but for a Python that is newer than PyYAML's wheels
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Object = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "talend-oauth.yaml"
DERIVED = ROOT / "openapi" / "talend-oauth-3.0.json"


class DocumentError(Exception):
    """The text is not a document that this tooling can work with; the message says why."""


class _JsonLoader(SafeLoader):
    """Reads YAML as YAML 1.2's JSON schema does: `on`, `012` and dates stay text."""

    strict = True


class _LenientLoader(_JsonLoader):
    """Takes any plain key for text, as in `200:`."""

    strict = False


_JsonLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", list("-0123456789")),
):
    _JsonLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _mapping(loader: _JsonLoader, node: yaml.MappingNode) -> Object:
    result: Object = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not loader.strict and isinstance(key, int | float):
            key = key_node.value
        if not isinstance(key, str):
            raise DocumentError(f"line {line}: the key {key!r} is not text; put it in quotes")
        if key in result:
            raise DocumentError(f"line {line}: the key {key!r} stands twice")
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_JsonLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _object(pairs: list[tuple[str, Any]]) -> Object:
    keys = [key for key, _ in pairs]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise DocumentError(f"the key {twice!r} stands twice")
    return dict(pairs)


def _constant(name: str) -> float:
    raise DocumentError(f"{name} is not JSON")


def parse(text: str, *, strict: bool = True) -> Object:
    """Reads one document from its text.

    Args:
        text: The YAML or JSON.
        strict: Whether keys have to be text; if not, the status `200:` needs no quotes.

    Raises:
        DocumentError: It is neither, has a key twice or one that is no text, or is no object.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except ValueError:
        try:
            # The loader is a SafeLoader: it makes plain values only.
            value = yaml.load(text, _JsonLoader if strict else _LenientLoader)  # noqa: S506
        except (yaml.YAMLError, ValueError) as error:
            raise DocumentError(f"neither YAML nor JSON: {error}") from error
    if not isinstance(value, dict):
        raise DocumentError("not an object at its top")
    return cast("Object", value)


def read(path: Path) -> Object:
    """Reads one document from a file; see `parse`."""
    try:
        return parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: cannot be read: {error}") from error
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from error


def pointer(*parts: str | int) -> str:
    """Joins the parts of a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def find(document: Object, at: str) -> Any:  # noqa: ANN401 - any JSON value
    """Gives what stands at a JSON pointer.

    Raises:
        DocumentError: Nothing does.
    """
    node: Any = document
    for part in at.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise DocumentError(f"{at}: nothing there") from None
    return node


def differences(old: object, new: object, at: str = "") -> Iterator[tuple[str, object, object]]:
    """Yields where two JSON values differ: a JSON pointer and both values (`...` is absence)."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from differences(old.get(key, ...), new.get(key, ...), at + pointer(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index, (one, other) in enumerate(zip_longest(old, new, fillvalue=...)):
            yield from differences(one, other, at + pointer(index))
    elif type(old) is not type(new) or old != new:
        yield at, old, new
