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


def test_the_checked_in_documents_are_what_would_be_derived() -> None:
    for name, text in derive.derived_files(DOCUMENT).items():
        assert derive.drift((loading.DOCUMENT.parent / name).read_text("utf-8"), text) is None


def test_json_and_yaml_say_the_same() -> None:
    folder = loading.DOCUMENT.parent
    assert loading.read(folder / "talend-oauth.json") == DOCUMENT
    assert loading.read(folder / "talend-oauth-3.0.yaml") == DERIVED


def test_both_documents_are_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    OpenAPIV30SpecValidator(DERIVED).validate()


def test_only_the_version_of_openapi_and_the_place_of_responses_differ() -> None:
    document = copy.deepcopy(DOCUMENT) | {"openapi": "3.0.3"}
    responses = document["components"].pop("responses")
    (operation,) = document["paths"]["/security/oauth/token"].values()
    for status, response in operation["responses"].items():
        operation["responses"][status] = responses[response["$ref"].rpartition("/")[2]]
    assert list(loading.differences(document, DERIVED)) == []


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert derive.main(["--folder", str(tmp_path)]) == 0
    return tmp_path


def test_the_check_names_the_first_difference_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = folder / loading.DERIVED.name
    document = copy.deepcopy(DERIVED)
    document["servers"][1]["url"] = "https://elsewhere.example"
    target.write_text(text := derive.render(document))
    assert derive.main(["--check", "--folder", str(folder)]) == 1
    assert (
        "/servers/1/url: is 'https://elsewhere.example', "
        "would be 'https://api.us.cloud.talend.com'" in capsys.readouterr().err
    )
    assert target.read_text() == text


def test_the_check_finds_other_bytes_of_the_same_meaning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / loading.DERIVED.name).write_text(json.dumps(dict(reversed(DERIVED.items()))))
    assert derive.main(["--check", "--folder", str(folder)]) == 1
    assert "it says the same in other bytes" in capsys.readouterr().err


def test_a_missing_document_is_an_error_that_names_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "talend-oauth.json").unlink()
    assert derive.main(["--check", "--folder", str(folder)]) == 1
    assert "scripts/generate" in capsys.readouterr().err


def test_what_is_written_are_the_same_bytes_as_before(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == derive.derived_files(DOCUMENT).keys()
    for path in folder.iterdir():
        assert path.read_bytes() == (loading.DOCUMENT.parent / path.name).read_bytes()
