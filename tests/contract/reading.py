"""Reads the OpenAPI document for the contract tests: its operations, schemas and examples.

Nothing here comes from the generator: names in Python are derived once more, in few lines, so
that a generator that changes its mind is noticed.
"""

from __future__ import annotations

import builtins
import functools
import keyword
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from openapi_core import OpenAPI
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "talend-oauth.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def snake(name: str) -> str:
    """Return the name in Python: request_id for requestId and request-id, type_ for type."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    taken = keyword.iskeyword(plain) or (hasattr(builtins, plain) and plain != "id")
    return f"{plain}_" if taken else plain


def pascal(name: str) -> str:
    """Return the class name for a schema."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def pointer(*keys: str) -> str:
    """Return the JSON pointer (RFC 6901) made of `keys`."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


@dataclass(frozen=True)
class Operation:
    """One operation of the document, its references followed."""

    path: str
    method: str
    raw: dict[str, Any]
    parameters: list[dict[str, Any]]
    responses: dict[int, dict[str, Any]]
    security: list[dict[str, list[str]]]

    @property
    def name(self) -> str:
        """Its operationId."""
        return str(self.raw["operationId"])

    @property
    def module(self) -> str:
        """Where its generated functions are, from the top of the package."""
        return f"api.{snake(self.raw['tags'][0])}.{snake(self.name)}"

    @property
    def pointer(self) -> str:
        """Where it is in the document."""
        return pointer("paths", self.path, self.method)

    def argument(self, parameter: dict[str, Any]) -> str:
        """Return the Python name of a parameter; its place is added where two would be one."""
        names = Counter(snake(other["name"]) for other in self.parameters)
        name = snake(parameter["name"])
        return name if names[name] == 1 else f"{name}_{parameter['in']}"


class Contract:
    """The document, with what the tests ask of it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:contract", resource)

    @classmethod
    @functools.cache
    def read(cls) -> Contract:
        """Read the document of this checkout."""
        return cls(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))

    @functools.cached_property
    def judge(self) -> OpenAPI:
        """The judge of requests and responses."""
        return OpenAPI.from_dict(self.document)

    def at(self, place: str) -> Any:
        """Return what a JSON pointer leads to, references not followed."""
        node: Any = self.document
        for key in place.split("/")[1:]:
            key = key.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def follow(self, node: Any) -> Any:
        """Return `node`, or what it refers to."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.at(node["$ref"].removeprefix("#"))
        return node

    def plain(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema with its reference, and an allOf around one reference, followed."""
        schema = self.follow(schema)
        if len(schema.get("allOf", ())) == 1:
            return self.follow(schema["allOf"][0]) | {
                key: value for key, value in schema.items() if key != "allOf"
            }
        return schema

    @property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """The named schemas."""
        schemas: dict[str, dict[str, Any]] = self.document["components"]["schemas"]
        return schemas

    def named(self, kind: str) -> list[str]:
        """Return the names of the schemas that are objects, or enums."""
        if kind == "enum":
            return [name for name, schema in self.schemas.items() if "enum" in schema]
        return [name for name, schema in self.schemas.items() if schema.get("type") == kind]

    @property
    def operations(self) -> list[Operation]:
        """All operations, in the order of the document."""
        found = []
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                raw = item[method]
                parameters = item.get("parameters", []) + raw.get("parameters", [])
                found.append(
                    Operation(
                        path=path,
                        method=method,
                        raw=raw,
                        parameters=[self.follow(parameter) for parameter in parameters],
                        responses={
                            int(status): self.follow(response)
                            for status, response in raw["responses"].items()
                        },
                        security=raw.get("security", self.document.get("security", [])),
                    )
                )
        return found

    def scheme(self, operation: Operation) -> str:
        """Return the HTTP scheme that an operation demands, such as basic."""
        (requirement,) = operation.security
        (name,) = requirement
        return str(self.document["components"]["securitySchemes"][name]["scheme"])

    def validator(self, place: str) -> Draft202012Validator:
        """Return the judge of the schema at a JSON pointer."""
        return Draft202012Validator({"$ref": f"urn:contract#{place}"}, registry=self._registry)

    def problems(self, place: str, instance: Any) -> list[str]:
        """Return what the schema at a JSON pointer has against `instance`."""
        return [error.message for error in self.validator(place).iter_errors(instance)]

    def media(self, holder: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the only media type of a body or response, with its description."""
        ((name, media),) = holder["content"].items()
        return name, media

    def schema_name(self, holder: dict[str, Any]) -> str:
        """Return the name of the schema of a body or response, which has to be a named one."""
        _, media = self.media(holder)
        return str(media["schema"]["$ref"].rpartition("/")[2])

    def examples(self, holder: dict[str, Any]) -> dict[str, Any]:
        """Return the examples of a body or response, by their keys."""
        _, media = self.media(holder)
        return {
            key: self.follow(example)["value"] for key, example in media.get("examples", {}).items()
        }
