"""YAML and JSON are read as the plain values that JSON has, or refused with the line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_document import derive, loading

from .drawing import steady

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text("ab01/~{}[]:#'\"\\ \n\t-\u00e9\u2028\U00010000")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)  # no -0.0
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


@steady
@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_what_is_written_as_json_is_read_back(document: loading.Object) -> None:
    assert list(loading.differences(loading.parse(derive.render(document)), document)) == []


@steady
@given(JSON)
def test_a_value_does_not_differ_from_itself(value: object) -> None:
    assert list(loading.differences(value, value)) == []


@steady
@given(JSON, JSON)
def test_two_values_differ_when_their_text_does(old: object, new: object) -> None:
    same = json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert (list(loading.differences(old, new)) == []) == same


def test_yaml_is_read_without_the_surprises_of_older_yaml() -> None:
    text = "a: on\nb: 2021-03-01\nc: 012\nd: 1_000\ne: true\nf: ~\ng: 1.5e3\nh: 0o7\ni: yes\n"
    assert loading.parse(text) == {
        "a": "on",
        "b": "2021-03-01",
        "c": "012",
        "d": "1_000",
        "e": True,
        "f": None,
        "g": 1500.0,
        "h": "0o7",
        "i": "yes",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 1}', "the key 'a' stands twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice"),
        ("responses:\n  200: ok\n", "line 2: the key 200 is not text; put it in quotes"),
        ("- 1\n", "not an object at its top"),
        ("", "not an object at its top"),
        ("a: [1\n", "neither YAML nor JSON"),
        ("a: !!python/name:os.system\n", "neither YAML nor JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(loading.DocumentError, match=message):
        loading.parse(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(loading.DocumentError, match=r"none\.yaml: cannot be read"):
        loading.read(tmp_path / "none.yaml")


def test_a_name_with_a_slash_is_escaped_in_a_pointer() -> None:
    assert loading.pointer("paths", "/a~b", 0) == "/paths/~1a~0b/0"
