"""Whatever a schema allows goes through its model unchanged; without a required key it fails."""

from __future__ import annotations

import copy
import functools
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talend_oauth_api.types import UNSET

from .reading import pointer
from .wire import model

if TYPE_CHECKING:
    from .reading import Contract

# Derandomized: the same instances in every run, so that a failure is one of the change at hand.
steady = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def instances(contract: Contract, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return what a schema allows."""
    schema = contract.plain(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of([instances(contract, one) for one in schema["oneOf"]])
    if schema["type"] == "object":
        return objects(contract, schema)
    if schema["type"] == "array":
        return st.lists(instances(contract, schema["items"]), max_size=3)
    if schema["type"] == "string" and "pattern" in schema:
        return st.from_regex(
            schema["pattern"].replace("$", r"\Z"), alphabet=st.characters(codec="ascii")
        )
    return {
        "string": st.text(min_size=schema.get("minLength", 0), max_size=20),
        "integer": st.integers(schema.get("minimum"), schema.get("maximum")),
        "number": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
    }[schema["type"]]


@functools.cache
def allowed(contract: Contract, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return what a named schema allows."""
    return instances(contract, contract.schemas[name])


def objects(contract: Contract, schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return the objects that a schema allows, with undescribed keys where it is open."""
    each = {name: instances(contract, it) for name, it in schema["properties"].items()}
    required = {name: each.pop(name) for name in schema.get("required", ())}
    described = st.fixed_dictionaries(required, optional=each)
    if not schema.get("additionalProperties", True):
        return described
    names = st.text(max_size=8).filter(lambda name: name not in schema["properties"])
    more = st.dictionaries(names, st.none() | st.booleans() | st.text(max_size=8), max_size=2)
    return st.builds(lambda first, second: first | second, described, more)


@steady
@given(data=st.data())
def test_an_instance_goes_through_its_model_unchanged(
    contract: Contract, object_schema: str, data: st.DataObject
) -> None:
    instance = data.draw(allowed(contract, object_schema))
    place = pointer("components", "schemas", object_schema)
    assert contract.problems(place, instance) == []
    parsed = model(object_schema).from_dict(copy.deepcopy(instance))
    assert json.loads(json.dumps(parsed.to_dict())) == instance
    undescribed = instance.keys() - contract.schemas[object_schema]["properties"].keys()
    assert getattr(parsed, "additional_properties", {}).keys() == undescribed


@steady
@given(data=st.data())
def test_a_model_survives_copy_and_pickle(
    contract: Contract, object_schema: str, data: st.DataObject
) -> None:
    instance = data.draw(allowed(contract, object_schema))
    first = model(object_schema).from_dict(instance)
    for second in (copy.copy(first), copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert second == first
        assert second.to_dict() == instance


@steady
@given(data=st.data())
def test_a_model_without_one_of_its_required_keys_is_refused(
    contract: Contract, object_schema: str, data: st.DataObject
) -> None:
    schema = contract.schemas[object_schema]
    instance = data.draw(allowed(contract, object_schema))
    for name in schema.get("required", ()):
        rest = {key: value for key, value in instance.items() if key != name}
        assert contract.problems(pointer("components", "schemas", object_schema), rest)
        with pytest.raises(KeyError, match=name):
            model(object_schema).from_dict(rest)


@steady
@given(data=st.data())
def test_a_value_outside_an_enum_is_refused_by_its_model(
    contract: Contract, enum_property: tuple[str, str], data: st.DataObject
) -> None:
    schema, name = enum_property
    instance = data.draw(allowed(contract, schema))
    with pytest.raises(TypeError, match="no value of the enum"):
        model(schema).from_dict(instance | {name: "no value of the enum"})


def test_unset_is_one_object_whatever_is_done_to_it() -> None:
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert repr(UNSET) == "UNSET"
    assert not UNSET
