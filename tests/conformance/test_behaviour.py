"""BEHAVIOUR.md and the cases name each other, and the cases are what their schema says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from talend_oauth._conformance import LEVELS, load_cases, load_requirements

from .conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "conformance"
TEXT = (FOLDER / "BEHAVIOUR.md").read_text(encoding="utf-8")
SCHEMA = json.loads((FOLDER / "case.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
CASES = sorted((FOLDER / "cases").glob("*.yaml"))


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


def test_requirements_are_numbered_in_order_and_each_has_an_anchor() -> None:
    numbers = [int(name[1:]) for name in load_requirements()]
    assert numbers == sorted(set(numbers))
    for name in load_requirements():
        assert f'<a id="{name}"></a>\n\n### {name} ' in TEXT


def test_levels_come_one_after_another() -> None:
    levels = [LEVELS.index(requirement.level) for requirement in load_requirements().values()]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1, 2}


@pytest.mark.parametrize("name", load_requirements())
def test_a_requirement_is_a_sentence_with_a_word_of_bcp_14_and_a_reason(name: str) -> None:
    assert re.search(r"\b(MUST|SHOULD)\b", load_requirements()[name].text)
    section = TEXT.split(f"### {name} ")[1].split("\n### ")[0]
    assert "\n- Why: " in section


def test_requirements_name_their_cases_and_no_others() -> None:
    named = {
        name: set(
            re.findall(
                r"`([a-z0-9-]+)`", TEXT.split(f"### {name} ")[1].split("Cases: ")[1].split("\n")[0]
            )
        )
        for name in load_requirements()
    }
    found: dict[str, set[str]] = {name: set() for name in load_requirements()}
    for case in load_cases():
        found[case.requirement.id].add(case.id)
    assert named == found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_is_as_the_schema_says(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_a_case_comes_after_those_that_it_needs() -> None:
    seen: set[str] = set()
    for case in load_cases():
        assert set(case.needs) <= seen
        seen.add(case.id)
    assert len(seen) == len(CASES)


def test_a_level_needs_nothing_of_those_above() -> None:
    levels = {case.id: LEVELS.index(case.requirement.level) for case in load_cases()}
    for case in load_cases():
        assert all(levels[need] <= levels[case.id] for need in case.needs)
