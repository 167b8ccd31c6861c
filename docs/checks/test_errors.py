"""The page of errors shows each message as it really is."""

import re

import pytest
from errors_page import PAGE, block, sections
from failures import FAILURES

from talend_oauth import errors

TABLE = re.findall(r"^\| `(\w+Error)` \|.*\| (yes|no|) ?\|$", PAGE.read_text(), re.MULTILINE)


def test_the_table_has_every_error_and_whether_retrying_helps() -> None:
    classes = {name: getattr(errors, name) for name in errors.__all__ if name.endswith("Error")}
    assert {name for name, _ in TABLE} == set(classes)
    for name, retry in TABLE[1:]:
        assert classes[name].retryable == (retry == "yes"), name


def test_every_section_is_a_failure_and_every_failure_a_section() -> None:
    assert list(sections()) == list(FAILURES)


@pytest.mark.parametrize("name", FAILURES)
def test_the_page_shows_its_message(name: str) -> None:
    assert block(name) in sections()[name], "run docs/checks/errors_page.py"
