"""The version of the document moves by what its changes mean, and the changelog tells of it."""

from __future__ import annotations

import pytest
from openapi_document import loading
from openapi_document.versions import (
    Verdict,
    next_version,
    parse_version,
    sections,
    step_complaints,
)


@pytest.mark.parametrize("text", ["1.0", "1.0.0-beta", "v1.0.0", "01.0.0", 1.0, None])
def test_a_version_is_three_numbers(text: object) -> None:
    with pytest.raises(loading.DocumentError, match=r"it has to be major\.minor\.patch"):
        parse_version(text)


def test_versions_are_ordered_as_numbers() -> None:
    assert parse_version("1.10.0") > parse_version("1.9.0")
    assert [next_version((1, 2, 3), verdict) for verdict in Verdict] == [
        (1, 2, 4),
        (1, 3, 0),
        (2, 0, 0),
    ]


def test_a_changelog_is_read_by_its_headings() -> None:
    text = "# Log\n\n- no\n\n## 1.1.0 - unreleased\n\n- a\n- b\n  more\n\n## 1.0.0 - 2026-01-31\n"
    found = sections(text)
    assert [(key, value.released, value.lines) for key, value in found.items()] == [
        ((1, 1, 0), False, ("a", "b")),
        ((1, 0, 0), True, ()),
    ]


def test_a_larger_step_than_demanded_is_fine() -> None:
    assert list(step_complaints((1, 0, 0), (2, 0, 0), [Verdict.WORDING], None)) == []
