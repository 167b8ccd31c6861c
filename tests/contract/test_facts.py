"""F: the document says what Talend's documentation says; written by hand, never computed from it.

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

# operationId -> status -> schema; 400 and 415 are from the general page on errors
RESPONSES = {
    "createToken": {
        200: "TokenResponse",
        400: "ErrorBody",
        401: "ErrorBody",
        403: "ErrorBody",
        415: "ErrorBody",
        500: "ErrorBody",
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
        "expires_in": ("integer or string", False, None),
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

# Talend's regions, each with where it is: Qlik uses the same ids for other places
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
    lines.append(
        f"one of them is wrong: the document, or {table} in tests/contract/test_facts.py"
    )
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
        return " or ".join(type_of(contract, one) for one in schema["oneOf"])
    if schema["type"] == "array":
        return f"list of {type_of(contract, schema['items'])}"
    return str(schema["type"])


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


def test_the_statuses_and_their_bodies_are_the_documented_ones(contract: Contract) -> None:
    for operation in contract.operations:
        documented = {}
        for status, response in operation.responses.items():
            assert contract.media(response)[0] == "application/json", f"{operation.name} {status}"
            documented[status] = contract.schema_name(response)
        written = RESPONSES.get(operation.name, {})
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
    gone = PROPERTIES.keys() - set(contract.named("object"))
    assert not gone, f"the document lacks the schemas {sorted(gone)} of PROPERTIES"


def test_the_servers_are_the_documented_regions(contract: Contract) -> None:
    documented = {
        server["url"]: next((it for it in SERVERS.values() if it in server["description"]), None)
        for server in contract.document["servers"]
    }
    same("servers", "SERVERS", SERVERS, documented)


def test_the_version_is_that_of_talends_reference(contract: Contract) -> None:
    same("API version", "API_VERSION", API_VERSION, contract.document["x-talend-version"])
    for operation in contract.operations:
        for parameter in operation.parameters:
            if parameter["name"] in {"talendVersion", "talend-version"}:
                assert parameter["example"] == API_VERSION


def test_the_grant_is_the_default_so_that_nobody_has_to_name_it(contract: Contract) -> None:
    grant_type = contract.schemas["TokenRequest"]["properties"]["grant_type"]
    assert grant_type["default"] == "client_credentials"


def test_the_example_of_the_pair_is_encoded_rightly_unlike_in_talends_reference(
    contract: Contract,
) -> None:
    shown = contract.document["components"]["securitySchemes"]["serviceAccount"]["description"]
    assert base64.b64encode(b"Aladdin:open_sesame").decode() == "QWxhZGRpbjpvcGVuX3Nlc2FtZQ=="
    assert "QWxhZGRpbjpvcGVuX3Nlc2FtZQ==" in shown
    # What the reference prints is RFC 7617's own pair, with a space.
    assert base64.b64decode("QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == b"Aladdin:open sesame"
    assert "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" not in shown
