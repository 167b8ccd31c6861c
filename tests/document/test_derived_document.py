"""The 3.0.3 document is what the 3.1.1 one gives, is valid, and means the same."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_document import derive, loading
from openapi_schema_validator import OAS30Validator, OAS31Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .drawing import steady

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = loading.read(loading.DOCUMENT)
DERIVED = loading.read(loading.DERIVED)
SCHEMAS = list(DOCUMENT["components"]["schemas"])


def test_the_checked_in_document_is_what_would_be_derived() -> None:
    assert derive.drift(loading.DERIVED.read_text("utf-8"), derive.derive(DOCUMENT)) is None


def test_both_documents_are_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    OpenAPIV30SpecValidator(DERIVED).validate()


def test_only_the_version_of_openapi_differs() -> None:
    assert list(loading.differences(DOCUMENT, DERIVED)) == [("/openapi", "3.1.1", "3.0.3")]


def _validator(document: loading.Object, name: str) -> Any:
    uri = "urn:document"
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(uri, resource)
    kind = OAS31Validator if document["openapi"].startswith("3.1") else OAS30Validator
    return kind({"$ref": f"{uri}#/components/schemas/{name}"}, registry=registry)


VALIDATORS = {name: (_validator(DOCUMENT, name), _validator(DERIVED, name)) for name in SCHEMAS}
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2**63)
    # Without 1.0, which is an integer to 3.1 only; see `derive`.
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())
    | st.sampled_from(["", "client_credentials", "Bearer", "3600", "x1", "1\n", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "grant_type",
                    "audience",
                    "access_token",
                    "token_type",
                    "expires_in",
                    "status",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


@steady
@given(name=st.sampled_from(SCHEMAS), value=_VALUES)
def test_both_documents_judge_every_body_alike(name: str, value: object) -> None:
    newer, older = VALIDATORS[name]
    assert newer.is_valid(value) == older.is_valid(value)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("ExpiresIn", 1800, True),
        ("ExpiresIn", "1800", True),
        ("ExpiresIn", None, False),
        ("ExpiresIn", -1, False),
        ("TokenRequest", {"grant_type": "client_credentials", "audience": "a"}, True),
        ("TokenRequest", {"grant_type": "password", "audience": "a"}, False),
        ("TokenRequest", {"grant_type": "client_credentials", "audience": "a", "x": 1}, False),
        ("TokenResponse", {"access_token": "a", "token_type": "Bearer", "x": 1}, True),
    ],
)
def test_the_validators_of_both_versions_really_judge(
    name: str,
    value: object,
    valid: bool,
) -> None:
    assert [validator.is_valid(value) for validator in VALIDATORS[name]] == [valid, valid]


def _changed(**schema: object) -> loading.Object:
    document = copy.deepcopy(DOCUMENT)
    document["components"]["schemas"]["TokenResponse"]["properties"]["scope"] = schema
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (_changed(type=["string", "null"]), "TokenResponse: not valid in 3.0.3"),
        (_changed(type="null"), "TokenResponse: not valid in 3.0.3"),
        (_changed(const="x"), "TokenResponse: not valid in 3.0.3"),
        (_changed(type="string", nullable=True), "'nullable' is ignored in 3.1"),
        (_changed(type="string", examples=["x"]), "TokenResponse: not valid in 3.0.3"),
        (_changed(type="integer", exclusiveMinimum=0), "TokenResponse: not valid in 3.0.3"),
        (_changed(items={"prefixItems": []}, type="array"), "TokenResponse: not valid in 3.0.3"),
        (_changed(**{"not": True}), "TokenResponse: not valid in 3.0.3"),
        (
            _changed(**{"$ref": "#/components/schemas/ExpiresIn", "description": "x"}),
            "scope: what stands beside [$]ref counts in 3.1",
        ),
        (DERIVED, "not OpenAPI 3.1: openapi is '3.0.3'"),
    ],
)
def test_what_would_change_its_meaning_is_refused(document: loading.Object, message: str) -> None:
    with pytest.raises(loading.DocumentError, match=message):
        derive.derive(document)


def test_the_check_names_the_first_difference_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "older.json"
    document = copy.deepcopy(DERIVED)
    document["servers"][1]["url"] = "https://elsewhere.example"
    target.write_text(text := derive.render(document))
    assert derive.main(["--check", "--target", str(target)]) == 1
    assert (
        "/servers/1/url: is 'https://elsewhere.example', "
        "would be 'https://api.us.cloud.talend.com'" in capsys.readouterr().err
    )
    assert target.read_text() == text


def test_the_check_finds_other_bytes_of_the_same_meaning(tmp_path: Path) -> None:
    target = tmp_path / "older.json"
    target.write_text(json.dumps(DERIVED))
    assert derive.main(["--check", "--target", str(target)]) == 1


def test_the_check_finds_another_order_of_keys() -> None:
    text = derive.render(dict(reversed(DERIVED.items())))
    assert derive.drift(text, DERIVED) == "it says the same in other bytes"


def test_a_missing_document_is_an_error_that_names_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert derive.main(["--check", "--target", str(tmp_path / "none.json")]) == 1
    assert "scripts/generate" in capsys.readouterr().err


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    assert derive.main(["--target", str(first)]) == 0
    assert derive.main(["--target", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes() == loading.DERIVED.read_bytes()
