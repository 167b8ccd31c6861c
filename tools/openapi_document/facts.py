"""Takes one operation of an OpenAPI document apart into facts that can be laid beside another's.

References are resolved and the names of components left out, so that two documents that say the
same in other words give the same facts. What is written for people is no fact.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openapi_document.edits import find
from openapi_document.loading import DocumentError, Object, pointer
from openapi_document.resolving import expand, resolve, types

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = tuple[str, ...]

_PLAIN = (
    *("format", "enum", "default", "pattern", "multipleOf", "deprecated", "readOnly", "writeOnly"),
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)


@dataclass(frozen=True)
class Fact:
    """One statement of a document.

    Attributes:
        value: What it says, as text; "" where being there is all.
        pointers: Where it says so, as JSON pointers, what is behind references first.
    """

    value: str
    pointers: tuple[str, ...]


@dataclass(frozen=True)
class Endpoint:
    """Where an operation is in a document.

    Attributes:
        path: Its key below `paths`.
        base: The end of the servers' URLs that belongs to the path.
    """

    path: str
    base: str


def _url(server: Object) -> Iterator[str]:
    """Yields the URLs of a server, one for each combination of its variables' values."""
    variables = server.get("variables", {})
    choices = [v.get("enum") or [v.get("default", "")] for v in variables.values()]
    for values in itertools.product(*choices):
        url = str(server["url"])
        for name, value in zip(variables, values, strict=True):
            url = url.replace("{" + name + "}", str(value))
        yield url.rstrip("/")


def _servers(document: Object, path: str, method: str) -> list[str]:
    item = resolve(document, document["paths"][path])[0]
    listed = item[method].get("servers") or item.get("servers") or document.get("servers") or []
    return [url for server in listed for url in _url(server)]


def find_endpoint(document: Object, path: str, method: str) -> Endpoint:
    """Finds the operation whose path, behind its server's own, ends in a path.

    Args:
        document: The document.
        path: The path on the server, as in `/security/oauth/token`.
        method: The HTTP method, in lower case.

    Raises:
        DocumentError: There is none.
    """
    candidates: list[str] = []
    for key, value in document["paths"].items():
        if method not in resolve(document, value)[0]:
            continue
        candidates.append(f"{method.upper()} {key}")
        if key.rstrip("/").endswith(path):
            return Endpoint(key, "")
        base = path.removesuffix(key.rstrip("/"))
        if base != path and any(url.endswith(base) for url in _servers(document, key, method)):
            return Endpoint(key, base)
    shown = ", ".join(candidates[:5]) or f"no {method.upper()} at all"
    raise DocumentError(f"no endpoint {method.upper()} {path} in it; it has {shown}")


class Facts:
    """Collects the facts of one operation."""

    def __init__(self, document: Object, endpoint: Endpoint, method: str) -> None:
        """Collects them into `found`.

        Args:
            document: The document.
            endpoint: Where the operation is in it.
            method: The HTTP method, in lower case.

        Raises:
            DocumentError: A reference cannot be followed.
        """
        self.found: dict[Key, Fact] = {}
        self._document = document
        self._open: list[str] = []
        item = resolve(document, document["paths"][endpoint.path])[0]
        operation: Object = item[method]
        at = pointer("paths", endpoint.path, method)
        self._add(("operation",), "", (at,))
        for key in ("operationId", "tags", "deprecated"):
            if operation.get(key):
                self._add((key,), _text(operation[key]), (at + pointer(key),))
        version = document.get("x-talend-version") or document.get("info", {}).get("version")
        self._add(("API version",), str(version), ("/x-talend-version",))
        self._add(("server",), "", ("/servers",))
        for url in _servers(document, endpoint.path, method):
            self._add(("server", url.removesuffix(endpoint.base)), "", ("/servers",))
        self._security(operation)
        self._parameters(item, operation, at)
        self._body(operation.get("requestBody"), at + "/requestBody")
        for status in operation.get("responses", {}):
            self._response(status, operation["responses"][status], at)

    def _add(self, key: Key, value: str, pointers: tuple[str, ...]) -> None:
        self.found[key] = Fact(value, pointers)

    def _follow(self, node: object, pointers: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
        """Follows references, putting each place in front of those that led to it."""
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            target = node["$ref"].removeprefix("#")
            if target in pointers or node["$ref"] == target:
                resolve(self._document, node)  # says what is wrong with it
                break
            pointers = (target, *pointers)
            node = find(self._document, target)
        return node, pointers

    def _security(self, operation: Object) -> None:
        listed = operation.get("security", self._document.get("security", []))
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        alternatives: set[str] = set()
        for requirement in listed or [{}]:
            parts = [
                _scheme(resolve(self._document, schemes.get(name, {}))[0], scopes)
                for name, scopes in requirement.items()
            ]
            alternatives.add(" and ".join(sorted(parts)) or "none")
        self._add(("security",), " or ".join(sorted(alternatives)), ("/security",))

    def _parameters(self, item: Object, operation: Object, at: str) -> None:
        listed = at + "/parameters"
        self._add(("parameters",), "", (listed,))
        places = [(at.rsplit("/", 1)[0] + "/parameters", item.get("parameters", []))]
        places.append((listed, operation.get("parameters", [])))
        for place, parameters in places:
            for index, parameter in enumerate(parameters):
                value, pointers = self._follow(parameter, (place + pointer(index),))
                name = value["name"].lower() if value["in"] == "header" else value["name"]
                key: Key = ("parameters", f"{value['in']} {name}")
                self._add(key, "", pointers)
                self._add((*key, "required"), _text(value.get("required", False)), pointers)
                if value.get("deprecated"):
                    self._add((*key, "deprecated"), "true", pointers)
                self._schema(value.get("schema", {}), key, _below(pointers, "schema"))

    def _body(self, node: object, at: str) -> None:
        if node is None:
            return
        body, pointers = self._follow(node, (at,))
        self._add(("request",), "", pointers)
        self._add(("request", "required"), _text(body.get("required", False)), pointers)
        self._content(body.get("content", {}), ("request",), pointers)

    def _response(self, status: str, node: object, at: str) -> None:
        responses = f"{at}/responses"
        self._add(("response",), "", (responses,))
        response, pointers = self._follow(node, (responses + pointer(status),))
        key = ("response", status)
        self._add(key, "", pointers)
        self._content(response.get("content", {}), key, pointers)
        for name, header in response.get("headers", {}).items():
            value, places = self._follow(header, _below(pointers, "headers", name))
            below = (*key, f"header {name.lower()}")
            self._add(below, "", places)
            self._add((*below, "required"), _text(value.get("required", False)), places)
            self._schema(value.get("schema", {}), below, _below(places, "schema"))

    def _content(self, content: Object, key: Key, pointers: tuple[str, ...]) -> None:
        for name, media_type in content.items():
            below = (*key, name.lower().replace(" ", ""))
            places = _below(pointers, "content", name, "schema")
            schema = media_type.get("schema", {})
            # What is said about a body is said about its schema.
            self._add(below, "", self._follow(schema, places)[1])
            self._schema(schema, below, places)

    def _schema(self, node: object, key: Key, pointers: tuple[str, ...]) -> None:
        node, pointers = self._follow(node, pointers)
        if pointers[0] in self._open:
            self._add((*key, "type"), "itself", pointers)
            return
        self._open.append(pointers[0])
        schema, pointers = self._merged(node, pointers)
        branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        if branches:
            union = "oneOf" if "oneOf" in schema else "anyOf"
            kinds = [_kind(expand(self._document, branch)[0]) for branch in branches]
            self._add((*key, "type"), " or ".join(sorted(set(kinds))), pointers)
            for index, (kind, branch) in enumerate(zip(kinds, branches, strict=True)):
                below = (*key, f"as {kind}")
                self._add(below, "", pointers)
                self._schema(branch, below, _below(pointers, union, str(index)))
        elif types(schema) is not None:
            self._add((*key, "type"), _kind(schema), pointers)
        for keyword in _PLAIN:
            if keyword in schema and schema[keyword] is not False:
                place = _below(pointers, keyword)
                self._add((*key, keyword), _text(schema[keyword]), place)
        self._object(schema, key, pointers)
        if "items" in schema:
            self._schema(schema["items"], (*key, "items"), _below(pointers, "items"))
        self._open.pop()

    def _object(self, schema: Object, key: Key, pointers: tuple[str, ...]) -> None:
        for name, child in schema.get("properties", {}).items():
            places = _below(pointers, "properties", name)
            below = (*key, f".{name}")
            self._add(below, "", self._follow(child, places)[1])
            required = name in schema.get("required", ())
            self._add((*below, "required"), _text(required), self.found[below].pointers)
            self._schema(child, below, places)
        if "properties" in schema or "additionalProperties" in schema:
            extra = schema.get("additionalProperties", True)
            allowed = "refused" if extra is False else "allowed"
            self._add((*key, "other fields"), allowed, pointers)
            if isinstance(extra, dict) and extra:
                self._schema(
                    extra, (*key, "other fields"), _below(pointers, "additionalProperties")
                )

    def _merged(self, node: object, pointers: tuple[str, ...]) -> tuple[Object, tuple[str, ...]]:
        """Gives a schema with its `allOf` merged in: what stands in the schema itself wins."""
        schema, _ = expand(self._document, node)
        result: Object = {}
        for branch in schema.pop("allOf", ()):
            target, places = self._follow(branch, pointers)
            inner, _ = self._merged(target, places)
            result = _join(result, inner)
        return _join(result, schema), pointers


def _join(one: Object, other: Object) -> Object:
    joined = one | other
    if "properties" in one and "properties" in other:
        joined["properties"] = one["properties"] | other["properties"]
    if "required" in one and "required" in other:
        joined["required"] = [*one["required"], *other["required"]]
    return joined


def _below(pointers: tuple[str, ...], *parts: str) -> tuple[str, ...]:
    return tuple(at + pointer(*parts) for at in pointers)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(sorted(map(_text, value)))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _kind(schema: Object) -> str:
    named = schema.get("type", "object" if "properties" in schema else "anything")
    return named if isinstance(named, str) else " or ".join(sorted(named))


def _scheme(scheme: Object, scopes: list[str]) -> str:
    flows = ", ".join(sorted(scheme.get("flows", {})))
    place = f"{scheme.get('in', '')} {scheme.get('name', '')}".strip()
    words = [str(scheme.get("type")), str(scheme.get("scheme", "")).lower(), flows, place]
    return " ".join([*filter(None, words), *sorted(scopes)])
