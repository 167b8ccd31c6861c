"""The document is valid in itself, and every example in it satisfies its schema."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from .reading import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import Contract, Operation


def nodes(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every place of a document with what is there."""
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from nodes(value, place + pointer(str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{place}/{index}")


def described(contract: Contract) -> Iterator[tuple[str, Any]]:
    """Yield what is not inside an example."""
    for place, node in nodes(contract.document):
        if "/examples/" not in place and not place.endswith("/example"):
            yield place, node


def test_the_document_is_valid_as_openapi_3_1(contract: Contract) -> None:
    assert contract.document["openapi"] == "3.1.1"
    OpenAPIV31SpecValidator(contract.document).validate()


def test_the_document_is_valid_as_openapi_3_0_when_only_its_version_line_is_changed(
    contract: Contract,
) -> None:
    changed = deepcopy(contract.document)
    changed["openapi"] = "3.0.3"
    OpenAPIV30SpecValidator(changed).validate()


def test_the_two_parameters_have_two_names_in_go(contract: Contract) -> None:
    parameters = contract.document["components"]["parameters"]
    assert {name: parameter["x-go-name"] for name, parameter in parameters.items()} == {
        "TalendVersionQuery": "TalendVersionQuery",
        "TalendVersionHeader": "TalendVersionHeader",
    }


def test_only_constructs_are_used_that_mean_the_same_in_openapi_3_0_and_3_1(
    contract: Contract,
) -> None:
    for place, node in described(contract):
        if not isinstance(node, dict):
            continue
        in_names = place.endswith(("/properties", "/schemas"))
        for keyword in () if in_names else ("const", "nullable", "exclusiveMinimum", "$defs"):
            assert keyword not in node, f"{place}/{keyword} means another thing, or nothing, in 3.0"
        if not in_names:
            assert not isinstance(node.get("type"), list), f"{place}/type is a list"
            assert not {"example", "examples"} <= node.keys(), f"{place} has example and examples"
        if "$ref" in node:
            assert node.keys() == {"$ref"}, f"{place} has keys beside $ref, which 3.0 ignores"


def test_every_media_type_has_an_example_and_every_example_satisfies_its_schema(
    contract: Contract,
) -> None:
    seen = 0
    for place, node in described(contract):
        if not (isinstance(node, dict) and place.rpartition("/")[0].endswith("/content")):
            continue
        assert node.get("examples"), f"{place} has no examples"
        for key, example in node["examples"].items():
            found = contract.problems(f"{place}/schema", example["value"])
            assert not found, f"{place}/examples/{key}: {found}"
            seen += 1
    assert seen


def test_examples_of_a_request_and_of_its_success_share_their_keys(contract: Contract) -> None:
    for operation in contract.operations:
        body = contract.follow(operation.raw.get("requestBody"))
        if body:
            asked = contract.examples(body).keys()
            answered = contract.examples(operation.responses[min(operation.responses)]).keys()
            assert asked == answered, f"{operation.name}: {sorted(asked ^ answered)} has no partner"


def test_the_example_and_the_default_of_a_schema_or_parameter_satisfy_it(
    contract: Contract,
) -> None:
    for place, node in described(contract):
        if isinstance(node, dict) and "default" in node and not place.endswith("/responses"):
            assert not contract.problems(place, node["default"]), f"{place}/default"
        if isinstance(node, dict) and {"in", "schema", "example"} <= node.keys():
            assert not contract.problems(f"{place}/schema", node["example"]), f"{place}/example"


def test_a_parameter_describes_itself_and_its_schema_alike(
    contract: Contract, operation: Operation
) -> None:
    for parameter in operation.parameters:
        assert parameter["description"] == parameter["schema"]["description"], parameter["name"]


def test_every_status_is_written_out_and_no_response_is_a_catch_all(contract: Contract) -> None:
    for place, node in described(contract):
        if place.startswith("/paths/") and place.endswith("/responses"):
            assert all(status.isdigit() for status in node), f"{place}: {sorted(node)}"


def test_every_example_of_an_error_has_the_status_under_which_it_stands(
    contract: Contract, operation: Operation
) -> None:
    for status, response in operation.responses.items():
        for key, example in contract.examples(response).items():
            assert example.get("status", status) == status, f"{status} {key}"


def test_no_keyword_is_used_that_generators_make_something_else_of(contract: Contract) -> None:
    unwanted = {"callbacks", "deprecated", "discriminator", "links", "readOnly", "writeOnly"}
    unwanted |= {"allowReserved", "explode", "style", "x-internal", "xml"}
    for place, node in described(contract):
        if isinstance(node, dict) and not place.endswith("/properties"):
            assert not unwanted & node.keys(), f"{place}: {sorted(unwanted & node.keys())}"


def test_the_tags_are_those_of_the_operations(contract: Contract) -> None:
    declared = [tag["name"] for tag in contract.document["tags"]]
    assert declared == list(dict.fromkeys(it.raw["tags"][0] for it in contract.operations))


def test_every_security_requirement_names_a_scheme(
    contract: Contract, operation: Operation
) -> None:
    assert operation.security, f"{operation.name} demands no authentication"
    assert contract.scheme(operation)


def test_every_named_component_is_used(contract: Contract) -> None:
    used = {
        node["$ref"] for _, node in described(contract) if isinstance(node, dict) and "$ref" in node
    }
    for kind, components in contract.document["components"].items():
        if kind != "securitySchemes":
            for name in components:
                assert f"#/components/{kind}/{name}" in used, f"{kind} {name} is used nowhere"


def test_it_names_no_address_that_leads_nowhere(contract: Contract) -> None:
    for place, node in described(contract):
        assert not (isinstance(node, str) and ".example" in node), f"{place}: {node}"
