"""The generated names, fields, types, defaults, reprs and files are those of the schemas."""

from __future__ import annotations

import functools
import inspect
import operator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

import attrs
import pytest
import talend_oauth_api
from talend_oauth_api import AuthenticatedClient, Client, models
from talend_oauth_api.types import UNSET, Response, Unset

from .reading import pascal, snake
from .wire import FUNCTIONS, functions, model

if TYPE_CHECKING:
    from .reading import Contract, Operation

PACKAGE = Path(talend_oauth_api.__file__).parent
SCALARS = {"string": str, "integer": int, "number": float, "boolean": bool}


def union(types: list[Any]) -> Any:
    """Return the union of types."""
    return functools.reduce(operator.or_, types)


def python_type(contract: Contract, schema: dict[str, Any]) -> Any:
    """Return the type that a schema has in Python."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference and contract.schemas[reference].get("type") == "object":
        return model(reference)
    schema = contract.plain(schema)
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    if "oneOf" in schema:
        return union([python_type(contract, one) for one in schema["oneOf"]])
    if schema["type"] == "array":
        return list[python_type(contract, schema["items"])]  # type: ignore[misc]
    return SCALARS[schema["type"]]


def test_the_fields_of_a_model_are_the_properties_of_its_schema(
    contract: Contract, object_schema: str
) -> None:
    schema = contract.schemas[object_schema]
    wanted = {snake(name) for name in schema["properties"]}
    if schema.get("additionalProperties", True):
        wanted.add("additional_properties")
    assert {field.name for field in attrs.fields(model(object_schema))} == wanted


def test_the_types_of_a_model_are_those_of_its_schema(
    contract: Contract, object_schema: str
) -> None:
    schema = contract.schemas[object_schema]
    found = get_type_hints(model(object_schema), localns=vars(models))
    for name, description in schema["properties"].items():
        wanted = python_type(contract, description)
        if name not in schema.get("required", ()):
            wanted = wanted | Unset
        assert found[snake(name)] == wanted, f"{object_schema}.{name}"


def test_the_defaults_of_a_model_are_those_of_its_schema(
    contract: Contract, object_schema: str
) -> None:
    schema = contract.schemas[object_schema]
    fields = attrs.fields_dict(model(object_schema))
    for name, description in schema["properties"].items():
        absent = attrs.NOTHING if name in schema.get("required", ()) else UNSET
        wanted = contract.plain(description).get("default", absent)
        assert fields[snake(name)].default == wanted, f"{object_schema}.{name}"


def test_a_secret_and_what_nobody_described_are_not_in_the_repr_of_a_model(
    contract: Contract, object_schema: str
) -> None:
    schema = contract.schemas[object_schema]
    hidden = {
        snake(name)
        for name, description in schema["properties"].items()
        if contract.plain(description).get("format") == "password"
    } | {"additional_properties"}
    for field in attrs.fields(model(object_schema)):
        assert field.repr is (field.name not in hidden), f"{object_schema}.{field.name}"


@pytest.mark.parametrize("client", [Client, AuthenticatedClient])
def test_no_credentials_are_in_the_repr_of_a_client(client: type) -> None:
    fields = attrs.fields_dict(client)
    for name in {"_cookies", "_headers", "_httpx_args", "token"} & fields.keys():
        assert fields[name].repr is False, name


def test_neither_body_nor_headers_are_in_the_repr_of_a_response() -> None:
    shown = repr(Response(status_code=200, content=b"canary", headers={"a": "canary"}, parsed=None))
    assert "canary" not in shown


def test_an_enum_is_a_literal_of_its_values(contract: Contract, enum_schema: str) -> None:
    values = contract.schemas[enum_schema]["enum"]
    assert model(enum_schema) == Literal[tuple(values)]


def test_the_models_are_exactly_the_named_objects_and_enums(contract: Contract) -> None:
    assert set(models.__all__) == {
        pascal(name) for name in contract.named("object") + contract.named("enum")
    }


def test_the_arguments_of_an_operation_are_its_body_and_parameters(
    contract: Contract, operation: Operation
) -> None:
    wanted: list[tuple[str, Any, Any]] = []
    either = AuthenticatedClient if operation.raw.get("security") else AuthenticatedClient | Client
    wanted.append(("client", either, inspect.Parameter.empty))
    body = contract.follow(operation.raw.get("requestBody"))
    if body:
        assert body["required"]
        wanted.append(("body", model(contract.schema_name(body)), inspect.Parameter.empty))
    for place in ("query", "header", "cookie"):
        for parameter in operation.parameters:
            if parameter["in"] == place:
                required = parameter.get("required", False)
                type_ = python_type(contract, parameter["schema"])
                default = inspect.Parameter.empty if required else UNSET
                annotation = type_ if required else type_ | Unset
                wanted.append((operation.argument(parameter), annotation, default))
    for name in FUNCTIONS:
        function = getattr(functions(operation), name)
        hints = get_type_hints(function)
        found = [
            (argument.name, hints[argument.name], argument.default)
            for argument in inspect.signature(function).parameters.values()
        ]
        assert found == wanted, f"{operation.name}: {name}"
        kinds = {it.kind for it in inspect.signature(function).parameters.values()}
        assert kinds == {inspect.Parameter.KEYWORD_ONLY}


def test_the_results_of_an_operation_are_the_schemas_of_its_responses(
    contract: Contract, operation: Operation
) -> None:
    wanted = union(
        [
            model(contract.schema_name(response)) if "content" in response else Any
            for response in operation.responses.values()
        ]
    )
    for name in FUNCTIONS:
        found = get_type_hints(getattr(functions(operation), name))["return"]
        expected = Response[wanted] if name.endswith("detailed") else wanted | None
        assert found == expected, f"{operation.name}: {name}"


def test_the_package_has_exactly_the_files_that_the_document_asks_for(contract: Contract) -> None:
    wanted = {"__init__.py", "client.py", "errors.py", "py.typed", "types.py"}
    wanted |= {"api/__init__.py", "models/__init__.py"}
    for operation in contract.operations:
        module = operation.module.replace(".", "/")
        wanted |= {f"{module}.py", f"{module.rpartition('/')[0]}/__init__.py"}
    for name in contract.named("object") + contract.named("enum"):
        wanted.add(f"models/{snake(name)}.py")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert found == wanted
