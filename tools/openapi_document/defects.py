"""Defects to seed into the document, each one alone in a copy, to see which tool finds it."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openapi_document.derive import VERSION
from openapi_document.edits import Edit, append, put, remove, rename
from openapi_document.loading import DocumentError, Object, parse

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/paths/~1security~1oauth~1token"
OPERATION = f"{PATH}/post"
BODY = f"{OPERATION}/requestBody/content/application~1json"
FORBIDDEN = "/components/responses/Forbidden"
ISSUED = "/components/responses/TokenIssued/content/application~1json"
SCHEMAS = "/components/schemas"
QUERY = "/components/parameters/TalendVersionQuery"
HEADER = "/components/parameters/TalendVersionHeader"
RESPONSE = f"{SCHEMAS}/TokenResponse"


@dataclass(frozen=True)
class Defect:
    """One mistake.

    Attributes:
        name: The mistake in a few words.
        edits: What makes it, in the parsed document.
        text: What makes it in the text of the YAML, where parsing would lose it: old and new.
        versions: The versions of OpenAPI in which it is a mistake.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    text: tuple[str, str] | None = None
    versions: tuple[str, ...] = ("3.1", "3.0")

    def seed(self, text: str, folder: Path) -> dict[str, Path]:
        """Writes the copies with the mistake.

        Args:
            text: The YAML of the document.
            folder: Where to write them.

        Returns:
            The files by their version of OpenAPI.

        Raises:
            DocumentError: The place of the mistake is no longer in the document.
        """
        stem = "".join(c if c.isalnum() else "-" for c in self.name)
        if self.text:
            old, new = self.text
            if text.count(old) != 1:
                raise DocumentError(f"{self.name}: {old!r} stands {text.count(old)} times")
            path = folder / f"{stem}.yaml"
            path.write_text(text.replace(old, new), "utf-8")
            return {"3.1": path}
        document = parse(text)
        for edit in self.edits:
            edit(document)
        return {
            version: _write(folder / f"{stem}-{version}.json", document, version)
            for version in self.versions
        }


def _write(path: Path, document: Object, version: str) -> Path:
    full = VERSION if version == "3.0" else document["openapi"]
    path.write_text(json.dumps(document | {"openapi": full}, indent=2), "utf-8")
    return path


def _second(path: str, **operation: object) -> Edit:
    """Adds an operation: the one there is under another path and, unless told, another name."""

    def edit(document: Object) -> None:
        first = copy.deepcopy(document["paths"]["/security/oauth/token"]["post"])
        parameters = operation.pop("parameters", first["parameters"])
        added = first | {"operationId": "other", "parameters": parameters} | operation
        document["paths"][path] = {"post": added}

    return edit


def _parameter(name: str, **changes: object) -> Edit:
    schema = {"type": "string", "description": "A description."}
    parameter = {"name": name, "in": "header", "description": "A description.", "schema": schema}
    kept = {key: value for key, value in (parameter | changes).items() if value is not ...}
    return append(f"{OPERATION}/parameters", kept)


_ONLY_3_1 = ("3.1",)
_ONLY_3_0 = ("3.0",)

DEFECTS = (
    Defect("no title", (remove("/info/title"),)),
    Defect("no version", (remove("/info/version"),)),
    Defect("licence without a name", (remove("/info/license/name"),)),
    Defect("contact without an address", (remove("/info/contact/email"),)),
    Defect("no contact", (remove("/info/contact"),)),
    Defect("unknown key at the top", (put("/component", {}),)),
    Defect("plain http server", (put("/servers/0/url", "http://api.eu.cloud.talend.com"),)),
    Defect("server ending in a slash", (put("/servers/0/url", "https://api.talend.com/"),)),
    Defect("server without a url", (remove("/servers/0/url"),)),
    Defect("server variable not defined", (put("/servers/0/url", "https://{r}.talend.com"),)),
    Defect("path without a slash in front", (rename("/paths", "/security/oauth/token", "token"),)),
    Defect("path ending in a slash", (rename("/paths", "/security/oauth/token", "/token/"),)),
    Defect("query in the path", (rename("/paths", "/security/oauth/token", "/token?a=b"),)),
    Defect("path parameter not described", (rename("/paths", "/security/oauth/token", "/t/{a}"),)),
    Defect("misspelt method", (rename(PATH, "post", "pots"),)),
    Defect(
        "two paths that fit the same",
        (
            _second(
                "/a/{b}",
                parameters=[
                    {
                        "name": "b",
                        "in": "path",
                        "required": True,
                        "description": "A description.",
                        "schema": {"type": "string"},
                    }
                ],
            ),
            _second(
                "/a/{c}",
                operationId="third",
                parameters=[
                    {
                        "name": "c",
                        "in": "path",
                        "required": True,
                        "description": "A description.",
                        "schema": {"type": "string"},
                    }
                ],
            ),
        ),
    ),
    Defect("no operationId", (remove(f"{OPERATION}/operationId"),)),
    Defect("operationId that is no name", (put(f"{OPERATION}/operationId", "create token"),)),
    Defect("operationId used twice", (_second("/other", operationId="createToken"),)),
    Defect("no summary", (remove(f"{OPERATION}/summary"),)),
    Defect("operation without a description", (remove(f"{OPERATION}/description"),)),
    Defect("tag not declared", (put(f"{OPERATION}/tags/0", "token"),)),
    Defect("tag without a description", (remove("/tags/0/description"),)),
    Defect("operation without a tag", (remove(f"{OPERATION}/tags"),)),
    Defect("script in a description", (put("/info/description", "<script>x()</script>"),)),
    Defect("no successful response", (remove(f"{OPERATION}/responses/200"),)),
    Defect("no response at all", (put(f"{OPERATION}/responses", {}),)),
    Defect("status that does not exist", (rename(f"{OPERATION}/responses", "415", "615"),)),
    Defect("status not in quotes", text=("        '200':\n", "        200:\n")),
    Defect("key twice", text=("  title: Talend", "  title: Twice\n  title: Talend")),
    Defect("tab as indentation", text=("  title: Talend", "\ttitle: Talend")),
    Defect("response without a description", (remove(f"{FORBIDDEN}/description"),)),
    Defect("dangling reference", (put(f"{BODY}/schema/$ref", f"#{SCHEMAS}/TokenRequset"),)),
    Defect(
        "reference with something beside it",
        (put(f"{RESPONSE}/properties/expires_in/description", "Lifetime."),),
        None,
        _ONLY_3_0,
    ),
    Defect("unused component", (put(f"{SCHEMAS}/Unused", {"type": "string"}),)),
    Defect("parameter without a description", (remove(f"{HEADER}/description"),)),
    Defect("parameter in an unknown place", (put(f"{QUERY}/in", "body"),)),
    Defect("parameter without a schema", (remove(f"{QUERY}/schema"), remove(f"{QUERY}/example"))),
    Defect("parameter twice", (append(f"{OPERATION}/parameters", {"$ref": f"#{QUERY}"}),)),
    Defect("parameter's example of another type", (put(f"{QUERY}/example", 2021),)),
    Defect("Authorization as a parameter", (_parameter("Authorization"),)),
    Defect(
        "misspelt media type",
        (rename(f"{OPERATION}/requestBody/content", "application/json", "application/jsn"),),
    ),
    Defect(
        "example beside examples",
        (put(f"{FORBIDDEN}/content/application~1json/example", {"status": 403}),),
    ),
    Defect("request example lacks a field", (remove(f"{BODY}/examples/issued/value/audience"),)),
    Defect(
        "response example of another type", (put(f"{ISSUED}/examples/issued/value/token_type", 1),)
    ),
    Defect(
        "example with an undeclared field", (put(f"{ISSUED}/examples/issued/value/scope", "x"),)
    ),
    Defect("schema's example outside its enum", (put(f"{SCHEMAS}/GrantType/example", "password"),)),
    Defect("default outside its enum", (put(f"{SCHEMAS}/GrantType/default", "password"),)),
    Defect("misspelt schema keyword", (rename(RESPONSE, "required", "requird"),)),
    Defect("required field not declared", (append(f"{RESPONSE}/required", "scope"),)),
    Defect("misspelt type", (put(f"{RESPONSE}/properties/token_type/type", "strng"),)),
    Defect(
        "nullable in 3.1",
        (put(f"{RESPONSE}/properties/token_type/nullable", True),),
        None,
        _ONLY_3_1,
    ),
    Defect(
        "list of types in 3.0",
        (put(f"{RESPONSE}/properties/token_type/type", ["string", "null"]),),
        None,
        _ONLY_3_0,
    ),
    Defect(
        "const in 3.0", (put(f"{RESPONSE}/properties/token_type/const", "Bearer"),), None, _ONLY_3_0
    ),
    Defect("enum value twice", (append(f"{SCHEMAS}/GrantType/enum", "client_credentials"),)),
    Defect("enum value of another type", (append(f"{SCHEMAS}/GrantType/enum", 1),)),
    Defect(
        "array without items",
        (
            put(
                f"{SCHEMAS}/ErrorBody/properties/title",
                {"type": "array", "description": "A description."},
            ),
        ),
        None,
        _ONLY_3_0,
    ),
    Defect("pattern that is no regex", (put(f"{SCHEMAS}/ExpiresIn/oneOf/1/pattern", "^[0-9+$"),)),
    Defect("negative length", (put(f"{RESPONSE}/properties/access_token/minLength", -1),)),
    Defect("security scheme not declared", (put("/security/0", {"account": []}),)),
    Defect("no security", (remove("/security"),)),
    Defect(
        "unknown kind of security scheme",
        (put("/components/securitySchemes/serviceAccount/type", "basic"),),
    ),
    Defect(
        "http scheme without its name",
        (remove("/components/securitySchemes/serviceAccount/scheme"),),
    ),
)
