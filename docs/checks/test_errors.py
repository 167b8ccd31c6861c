"""The page of errors shows each message as it really is."""

import os
import re

import pytest
from blocks import DOCS
from failures import FAILURES, clean_environment

PAGE = (DOCS / "errors.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """Return the text under each heading that explains a failure, by the heading's anchor."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {slug(title): text for title, text in zip(parts[::2], parts[1::2], strict=True)}


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def test_every_section_is_a_failure_and_every_failure_a_section() -> None:
    assert list(sections()) == list(FAILURES)


@pytest.mark.parametrize("name", FAILURES)
def test_the_page_shows_its_message(name: str) -> None:
    with clean_environment(os.environ):
        error = FAILURES[name]()
    assert f"```text\n{type(error).__name__}: {error}\n```\n" in sections()[name]
