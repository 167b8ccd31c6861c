"""Hand-written good and bad bodies are judged so by schemas, models and the wrapper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import errors

from .bodies import BAD, GOOD
from .reading import pointer
from .wire import model
from .wrapper import ask, refusal

if TYPE_CHECKING:
    from .reading import Contract


def each(table: dict[str, dict[str, Any]]) -> list[Any]:
    """Return schema and body of a table, with a name for the test."""
    return [
        pytest.param(schema, body, id=f"{schema}: {key}")
        for schema, bodies in table.items()
        for key, body in bodies.items()
    ]


@pytest.mark.parametrize(("schema", "body"), each(GOOD))
def test_a_good_body_satisfies_its_schema(contract: Contract, schema: str, body: object) -> None:
    assert contract.problems(pointer("components", "schemas", schema), body) == []


@pytest.mark.parametrize(("schema", "body"), each(BAD))
def test_a_bad_body_does_not_satisfy_its_schema(
    contract: Contract, schema: str, body: object
) -> None:
    assert contract.problems(pointer("components", "schemas", schema), body)


@pytest.mark.parametrize(
    ("schema", "body"),
    [it for it in each(GOOD) if isinstance(it.values[1], dict)],
)
def test_a_good_body_goes_through_its_model(schema: str, body: dict[str, Any]) -> None:
    assert model(schema).from_dict(body).to_dict() == body


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ("TokenRequest", BAD["TokenRequest"]["no grant"]),
        ("TokenRequest", BAD["TokenRequest"]["no audience"]),
        ("TokenRequest", BAD["TokenRequest"]["another grant"]),
        ("TokenResponse", BAD["TokenResponse"]["no token"]),
        ("TokenResponse", BAD["TokenResponse"]["no scheme"]),
    ],
)
def test_a_model_refuses_a_missing_key_and_another_grant(schema: str, body: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        model(schema).from_dict(body)


@pytest.mark.parametrize("name", GOOD["TokenResponse"])
def test_a_good_token_is_taken_by_the_wrapper(name: str) -> None:
    body = GOOD["TokenResponse"][name]
    if "expires at once" in name:
        assert "already expired" in str(refusal(httpx.Response(200, json=body)))
    else:
        assert ask(httpx.Response(200, json=body)).value == body["access_token"]


@pytest.mark.parametrize("name", BAD["TokenResponse"])
def test_a_bad_token_is_refused_by_the_wrapper_unless_only_its_lifetime_is_bad(name: str) -> None:
    answer = httpx.Response(200, json=BAD["TokenResponse"][name])
    if "lifetime" in name:
        assert ask(answer).expires_in == 1800.0
    else:
        assert type(refusal(answer)) is errors.UnexpectedResponseError


@pytest.mark.parametrize("name", [*GOOD["ErrorBody"], *BAD["ErrorBody"]])
def test_a_refusal_is_one_for_the_wrapper_whatever_its_body(name: str) -> None:
    body = (GOOD["ErrorBody"] | BAD["ErrorBody"])[name]
    assert type(refusal(httpx.Response(401, json=body))) is errors.InvalidCredentialsError


def test_every_named_schema_has_good_and_bad_bodies(contract: Contract) -> None:
    for table, known in (("GOOD", GOOD), ("BAD", BAD)):
        missing = contract.schemas.keys() - known.keys()
        assert not missing, f"{table} in tests/contract/bodies.py lacks {sorted(missing)}"
        assert all(known.values())
