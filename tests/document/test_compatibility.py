"""Each change of the document is judged as written down, and none is passed over."""

from __future__ import annotations

import copy
import itertools
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openapi_document import loading
from openapi_document.changes import Verdict
from openapi_document.compatibility import compare
from openapi_document.edits import find, put, remove
from openapi_document.mutations import MUTATIONS, Mutation
from openapi_document.schema_changes import Comparison, Effect
from openapi_schema_validator import OAS31Validator

from .drawing import places, steady

DOCUMENT = loading.read(loading.DOCUMENT)


def worst(old: loading.Object, new: loading.Object) -> Verdict:
    return max((change.verdict for change in compare(old, new)), default=Verdict.WORDING)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_change_is_judged_as_written_down(mutation: Mutation) -> None:
    before, after = mutation.apply(DOCUMENT)
    changes = compare(before, after)
    assert max((change.verdict for change in changes), default=Verdict.WORDING) is mutation.verdict
    assert bool(changes) == any(loading.differences(before, after))
    assert all(change.place and change.what and change.reason for change in changes)


def test_there_are_enough_changes_with_names_of_their_own() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 31


def test_both_documents_of_the_repository_differ_in_the_version_of_openapi_only() -> None:
    changes = compare(DOCUMENT, loading.read(loading.DERIVED))
    assert [(change.place, change.what) for change in changes] == [("openapi", "3.1.1 -> 3.0.3")]


def test_a_change_of_the_version_alone_is_none() -> None:
    after = copy.deepcopy(DOCUMENT)
    after["info"]["version"] = "9.9.9"
    assert compare(DOCUMENT, after) == []


PLACES = [place for place in places(DOCUMENT) if place != "/info/version"]


def _found(after: loading.Object) -> bool:
    try:
        return bool(compare(DOCUMENT, after))
    except loading.DocumentError:
        return True  # it is no valid document any more


def test_nothing_that_is_removed_is_passed_over() -> None:
    missed: list[str] = []
    for place in PLACES:
        after = copy.deepcopy(DOCUMENT)
        remove(place)(after)
        if not _found(after):
            missed.append(place)
    assert len(PLACES) > 250
    assert missed == []


@steady
@given(
    place=st.sampled_from(PLACES),
    value=st.sampled_from(["other", 7, True, None, [], {}, ["other"], {"other": "other"}]),
)
def test_nothing_that_is_replaced_is_passed_over(place: str, value: object) -> None:
    after = copy.deepcopy(DOCUMENT)
    assume(any(loading.differences(find(after, place), value)))
    put(place, value)(after)
    assert _found(after)


def _touched(mutation: Mutation) -> set[str]:
    pair = mutation.apply(DOCUMENT)
    return {"/".join(at.split("/")[:4]) for at, _, _ in loading.differences(*pair)}


# Where nobody is asked for a credential, it does not matter which one it would have been.
MOOT = {"Basic -> Bearer", "security removed"}
APART = [
    (one, other)
    for one, other in itertools.combinations(
        [m for m in MUTATIONS if not m.base and _touched(m)], 2
    )
    if {one.name, other.name} != MOOT
    and not any(a.startswith(b) or b.startswith(a) for a in _touched(one) for b in _touched(other))
]


@steady
@given(st.sampled_from(APART))
def test_changes_in_different_places_are_as_bad_as_the_worst(
    pair: tuple[Mutation, Mutation],
) -> None:
    after = copy.deepcopy(DOCUMENT)
    for edit in (*pair[0].edits, *pair[1].edits):
        edit(after)
    assert worst(DOCUMENT, after) is max(pair[0].verdict, pair[1].verdict)


def _compare(old: object, new: object) -> set[Effect]:
    return {difference.effect for difference in Comparison({}, {}).compare(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "effects"),
    [
        ({"type": "integer"}, {"type": "number"}, {Effect.WIDER}),
        ({"type": "string"}, {"type": "integer"}, {Effect.OTHER}),
        ({"type": "string"}, {}, {Effect.WIDER}),
        ({"type": "string"}, {"type": ["string", "null"]}, {Effect.WIDER}),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}, set()),
        ({"const": 1}, {"enum": [1]}, set()),
        ({"enum": [1, 2]}, {"enum": [2, 1]}, set()),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}, set()),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}, set()),
        ({"minimum": 1}, {"minimum": 2}, {Effect.NARROWER}),
        ({"maximum": 1}, {"maximum": 2}, {Effect.WIDER}),
        ({"multipleOf": 2}, {"multipleOf": 4}, {Effect.NARROWER}),
        ({"multipleOf": 4}, {"multipleOf": 2}, {Effect.WIDER}),
        ({"multipleOf": 2}, {"multipleOf": 3}, {Effect.OTHER}),
        ({}, {"uniqueItems": True}, {Effect.NARROWER}),
        ({"items": {"type": "string"}}, {"items": {}}, {Effect.WIDER}),
        ({"allOf": [{"type": "string"}]}, {"type": "string"}, set()),
        # not merged, and so on the safe side
        (
            {"allOf": [{"type": "string"}, {"minLength": 1}]},
            {"type": "string"},
            {Effect.NARROWER, Effect.WIDER},
        ),
        ({"allOf": [{}, {"minLength": 1}]}, {"allOf": [{}, {"minLength": 2}]}, {Effect.NARROWER}),
        ({"type": "string"}, {"oneOf": [{"type": "integer"}, {"type": "string"}]}, {Effect.WIDER}),
        (
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            {"type": "string"},
            {Effect.NARROWER},
        ),
        ({"oneOf": [{"type": "null"}]}, {"anyOf": [{"type": "null"}]}, {Effect.WIDER}),
        ({"oneOf": [{"type": "null"}, {}]}, {"oneOf": [{}, {"type": "null"}]}, set()),
        ({"oneOf": [{}], "type": "string"}, {"type": "string"}, {Effect.WIDER}),
        ({"type": "string"}, {"oneOf": [{}], "type": "string"}, {Effect.NARROWER}),
        ({"deprecated": True}, {}, {Effect.NOTE}),
        ({"not": {}}, False, set()),
        (True, {}, set()),
        ({"readOnly": True}, {}, {Effect.OTHER}),
        ({"x-a": 1}, {}, {Effect.NOTE}),
        ({"title": "A"}, {"title": "B"}, {Effect.NAME}),
        ({"format": "int32"}, {"format": "int64"}, {Effect.WIDER}),
        ({"format": "int32"}, {}, {Effect.WIDER}),
        ({"format": "date"}, {"format": "date-time"}, {Effect.OTHER}),
        ({"additionalProperties": {"type": "string"}}, {}, {Effect.WIDER}),
        ({"additionalProperties": False}, {"additionalProperties": {}}, {Effect.WIDER}),
    ],
)
def test_each_keyword_is_narrower_wider_or_the_same(
    old: object, new: object, effects: set[Effect]
) -> None:
    assert _compare(old, new) == effects


def test_what_stands_beside_a_reference_counts_too() -> None:
    document = {"components": {"schemas": {"T": {"type": "string"}}}}
    plain, longer = ({"$ref": "#/components/schemas/T"} | more for more in ({}, {"minLength": 1}))
    found = Comparison(document, document).compare(plain, longer)
    assert [difference.effect for difference in found] == [Effect.NARROWER]


def test_a_schema_that_contains_itself_is_compared_once() -> None:
    def tree(kind: str) -> loading.Object:
        node = {"properties": {"value": {"type": kind}, "left": {"$ref": "#/components/schemas/T"}}}
        return {"components": {"schemas": {"T": node}}}

    start = {"$ref": "#/components/schemas/T"}
    found = list(Comparison(tree("string"), tree("integer")).compare(start, start))
    assert [(item.place, item.effect) for item in found] == [("value", Effect.OTHER)]


@pytest.mark.parametrize("target", ["#/nowhere", "other.yaml#/a", "#/components/schemas/Loop"])
def test_a_reference_that_leads_nowhere_is_an_error(target: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["components"]["schemas"]["Loop"] = {"$ref": "#/components/schemas/Loop"}
    put("/components/responses/TokenIssued/content/application~1json/schema/$ref", target)(document)
    with pytest.raises(loading.DocumentError, match=re.escape(target.lstrip("#"))):
        compare(document, document)


# Judged by a validator: what one schema takes and the other refuses has to show in the effects.
SIMPLE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "number", "null", ["integer", "string"]]),
        "enum": st.lists(st.sampled_from(["a", "aa", 1, 2, 2.5]), min_size=1, unique=True),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "minimum": st.integers(0, 3),
        "exclusiveMaximum": st.integers(0, 3),
        "multipleOf": st.integers(1, 4),
        "pattern": st.sampled_from(["^a", "b$"]),
    },
)
OBJECT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("object"),
        "properties": st.dictionaries(st.sampled_from("ab"), SIMPLE),
        "required": st.lists(st.sampled_from("abc"), unique=True),
        "additionalProperties": st.booleans() | SIMPLE,
    },
)
SCHEMA = (
    SIMPLE
    | OBJECT
    | st.fixed_dictionaries({"anyOf": st.lists(SIMPLE, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"allOf": st.lists(SIMPLE, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"items": SIMPLE})
)
SCALARS = ["", "a", "aa", "ab", "aab", 0, 1, 2, 3, 4, 2.5, None, True]
SAMPLES: list[object] = [*SCALARS, {}, [], [1], ["ab"], [2.5]]
SAMPLES += [{"a": value} for value in SCALARS] + [{"c": value} for value in SCALARS]
SAMPLES += [{"a": value, "b": "a"} for value in SCALARS]


@settings(steady, max_examples=400)
@given(old=SCHEMA, new=SCHEMA)
def test_a_value_that_only_one_schema_takes_shows_in_the_effects(
    old: loading.Object, new: loading.Object
) -> None:
    effects = _compare(old, new)
    before, after = OAS31Validator(old), OAS31Validator(new)
    judged = [(before.is_valid(value), after.is_valid(value)) for value in SAMPLES]
    if (True, False) in judged:
        assert effects & {Effect.NARROWER, Effect.OTHER, Effect.GONE, Effect.NEW}
    if (False, True) in judged:
        assert effects & {Effect.WIDER, Effect.OTHER, Effect.GONE}


@steady
@given(SCHEMA)
def test_a_schema_does_not_differ_from_itself(schema: loading.Object) -> None:
    assert _compare(schema, copy.deepcopy(schema)) == set()
