"""The page of errors shows each message as it really is."""

import pytest
from errors_page import block, sections
from failures import FAILURES


def test_every_section_is_a_failure_and_every_failure_a_section() -> None:
    assert list(sections()) == list(FAILURES)


@pytest.mark.parametrize("name", FAILURES)
def test_the_page_shows_its_message(name: str) -> None:
    assert block(name) in sections()[name], "run docs/checks/errors_page.py"
