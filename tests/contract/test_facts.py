"""The document says what Talend's documentation says; written by hand, never computed from it.

Each table below is a fact from outside (see openapi/NOTES.md for the sources). When the document is
right and a table is not, change the table, its section of NOTES.md, and say why in the commit.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .reading import Contract

API_VERSION = "2021-03"

# operationId -> method, path, tag, HTTP scheme, media type of body, its schema, permissions
OPERATIONS = {
    "createToken": (
        *("post", "/security/oauth/token", "tokens", "basic"),
        *("application/json", "TokenRequest", ["TMC_SERVICE_ACCOUNT_MANAGEMENT"]),
    ),
}

# operationId -> name, place, type, required; the order is part of the contract
PARAMETERS = {
    "createToken": [
        ("talendVersion", "query", "string", False),
        ("talend-version", "header", "string", False),
    ],
}

# operationId -> status -> schema, meaning; 400 and 415 are from the general page on errors
RESPONSES = {
    "createToken": {
        200: ("TokenResponse", "issued"),
        400: ("ErrorBody", "malformed"),
        401: ("ErrorBody", "secret is missing or wrong"),
        403: ("ErrorBody", "lacks a required permission"),
        415: ("ErrorBody", "not `application/json`"),
        500: ("ErrorBody", "failed to answer"),
    },
}

# operationId, status -> headers; none is documented
RESPONSE_HEADERS: dict[tuple[str, int], list[str]] = {}

# schema -> property -> type, required, format
PROPERTIES = {
    "TokenRequest": {
        "grant_type": ("client_credentials", True, None),
        "audience": ("string", True, None),
    },
    "TokenResponse": {
        "access_token": ("string", True, "password"),
        "token_type": ("string", True, None),
        "expires_in": ("integer (int64) or string", False, None),
    },
    "ErrorBody": {
        "status": ("integer", False, "int32"),
        "message": ("string", False, None),
        "detail": ("string", False, None),
        "title": ("string", False, None),
        "requestId": ("string", False, None),
        "error": ("string", False, None),
        "error_description": ("string", False, None),
    },
}

# schema -> property -> what else a value is held to, or generators make of it; else nothing
CONSTRAINTS: dict[str, dict[str, dict[str, Any]]] = {
    "TokenRequest": {
        "grant_type": {"default": "client_credentials"},
        "audience": {"minLength": 1},
    },
    "TokenResponse": {
        "access_token": {"minLength": 1},
        "token_type": {"minLength": 1},
        "expires_in": {"oneOf": [{"minimum": 0}, {"pattern": "^[0-9]+$"}]},
    },
}

# Talend's regions, each with where it is: Qlik uses the same ids for other places. Most generators
# make the first the default.
SERVERS = {
    "https://api.eu.cloud.talend.com": "Frankfurt",
    "https://api.us.cloud.talend.com": "US East",
    "https://api.ap.cloud.talend.com": "Tokyo",
    "https://api.au.cloud.talend.com": "Sydney",
    "https://api.us-west.cloud.talend.com": "Azure",
}


def same(fact: str, table: str, written: Any, documented: Any) -> None:
    """Compare a table of facts with the document; the message names what has to be decided.

    Args:
        fact: What is compared, in words.
        table: The name of the table in this file.
        written: The table, or a part of it.
        documented: What the document has.
    """
    if isinstance(written, dict) and isinstance(documented, dict):
        lines = [f"the document adds {key!r}" for key in documented if key not in written]
        lines += [f"the document lacks {key!r}" for key in written if key not in documented]
        lines += [
            f"{key!r}: the document has {documented[key]!r}, the fact is {written[key]!r}"
            for key in written
            if key in documented and documented[key] != written[key]
        ]
    else:
        lines = [f"the document has {documented!r}, the fact is {written!r}"]
    lines.append(f"one of them is wrong: the document, or {table} in tests/contract/test_facts.py")
    assert written == documented, f"{fact}: " + "; ".join(lines)


def type_of(contract: Contract, schema: dict[str, Any]) -> str:
    """Return a word for the type of a schema, or the values of an enum."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and contract.schemas[name].get("type") == "object":
        return name
    schema = contract.plain(schema)
    if "enum" in schema:
        return " or ".join(schema["enum"])
    if "oneOf" in schema:
        types = ((type_of(contract, one), one.get("format")) for one in schema["oneOf"])
        return " or ".join(f"{name} ({format_})" if format_ else name for name, format_ in types)
    if schema["type"] == "array":
        return f"list of {type_of(contract, schema['items'])}"
    return str(schema["type"])


def constraints(contract: Contract, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema says beside its type, its format and its words."""
    schema = contract.plain(schema)
    told = {"$ref", "type", "format", "enum", "items", "description", "example", "examples"}
    found = {
        key: value for key, value in schema.items() if key not in told and not key.startswith("x-")
    }
    if "oneOf" in found:
        found["oneOf"] = [constraints(contract, one) for one in found["oneOf"]]
    return found


def test_the_operations_are_the_documented_ones(contract: Contract) -> None:
    documented = {}
    for operation in contract.operations:
        body = contract.follow(operation.raw.get("requestBody"))
        (tag,) = operation.raw["tags"]
        documented[operation.name] = (
            *(operation.method, operation.path, tag, contract.scheme(operation)),
            contract.media(body)[0] if body else None,
            contract.schema_name(body) if body else None,
            operation.raw.get("x-required-permissions"),
        )
        assert not body or body["required"]
        for permission in operation.raw.get("x-required-permissions", ()):
            assert permission in operation.raw["description"]
    same("operations", "OPERATIONS", OPERATIONS, documented)


def test_the_parameters_are_the_documented_ones_in_their_order(contract: Contract) -> None:
    documented = {
        operation.name: [
            (it["name"], it["in"], type_of(contract, it["schema"]), it.get("required", False))
            for it in operation.parameters
        ]
        for operation in contract.operations
    }
    same("parameters", "PARAMETERS", PARAMETERS, documented)
    for operation in contract.operations:
        for parameter in operation.parameters:
            assert not constraints(contract, parameter["schema"]), parameter["name"]
            assert parameter["in"] in parameter["description"], parameter["name"]


def test_the_statuses_and_their_bodies_are_the_documented_ones(contract: Contract) -> None:
    for operation in contract.operations:
        written = RESPONSES.get(operation.name, {})
        documented = {}
        for status, response in operation.responses.items():
            assert contract.media(response)[0] == "application/json", f"{operation.name} {status}"
            meaning = written.get(status, ("", ""))[1]
            words = meaning if meaning in response["description"] else response["description"]
            documented[status] = (contract.schema_name(response), words)
        same(f"responses of {operation.name}", "RESPONSES", written, documented)


def test_the_response_headers_are_the_documented_ones(contract: Contract) -> None:
    documented = {
        (operation.name, status): list(response["headers"])
        for operation in contract.operations
        for status, response in operation.responses.items()
        if "headers" in response
    }
    same("response headers", "RESPONSE_HEADERS", RESPONSE_HEADERS, documented)


def test_the_properties_of_every_object_are_the_documented_ones(contract: Contract) -> None:
    for name in contract.named("object"):
        schema = contract.schemas[name]
        documented = {
            key: (
                type_of(contract, description),
                key in schema.get("required", ()),
                contract.plain(description).get("format"),
            )
            for key, description in schema["properties"].items()
        }
        same(f"properties of {name}", "PROPERTIES", PROPERTIES.get(name, {}), documented)
        held = {
            key: found
            for key, description in schema["properties"].items()
            if (found := constraints(contract, description))
        }
        same(f"constraints of {name}", "CONSTRAINTS", CONSTRAINTS.get(name, {}), held)
    gone = PROPERTIES.keys() - set(contract.named("object"))
    assert not gone, f"the document lacks the schemas {sorted(gone)} of PROPERTIES"


def test_the_servers_are_the_documented_regions_in_their_order(contract: Contract) -> None:
    documented = {
        server["url"]: next((it for it in SERVERS.values() if it in server["description"]), None)
        for server in contract.document["servers"]
    }
    same("servers", "SERVERS", SERVERS, documented)
    same("order of servers", "SERVERS", list(SERVERS), list(documented))
    assert not [it for it in contract.document["servers"] if "variables" in it]
    # Those of a path or an operation would take their place.
    for path in contract.document["paths"].values():
        assert not [it for it in (path, *path.values()) if "servers" in it]


def test_the_version_is_that_of_talends_reference(contract: Contract) -> None:
    same("API version", "API_VERSION", API_VERSION, contract.document["x-talend-version"])
    for operation in contract.operations:
        for parameter in operation.parameters:
            if parameter["name"] in {"talendVersion", "talend-version"}:
                assert parameter["example"] == API_VERSION


def test_links_lead_to_talends_reference_of_this_version(contract: Contract) -> None:
    links = [contract.document["externalDocs"]["url"]]
    links += [it.raw["externalDocs"]["url"] for it in contract.operations]
    assert set(links) == {f"https://api.talend.com/apis/oauth/{API_VERSION}"}


def test_the_document_is_licensed_as_this_project(contract: Contract) -> None:
    assert contract.document["info"]["license"]["name"] == "Apache-2.0"


def test_the_examples_are_what_their_names_say(contract: Contract) -> None:
    kinds = {"issued": int, "lifetimeAsText": str, "lifetimeAbsent": type(None)}
    create = next(it for it in contract.operations if it.name == "createToken")
    for key, value in contract.examples(create.responses[200]).items():
        assert type(value.get("expires_in")) is kinds[key], key
        assert value["access_token"].startswith("example-"), f"{key} looks like a real token"
    for key, value in contract.examples(contract.follow(create.raw["requestBody"])).items():
        assert value["audience"] in SERVERS, key


def test_the_example_of_the_pair_is_encoded_rightly_unlike_in_talends_reference(
    contract: Contract,
) -> None:
    shown = contract.document["components"]["securitySchemes"]["serviceAccount"]["description"]
    assert base64.b64encode(b"Aladdin:open_sesame").decode() == "QWxhZGRpbjpvcGVuX3Nlc2FtZQ=="
    assert "QWxhZGRpbjpvcGVuX3Nlc2FtZQ==" in shown
    # What the reference prints is RFC 7617's own pair, with a space.
    assert base64.b64decode("QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == b"Aladdin:open sesame"
    assert "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" not in shown
