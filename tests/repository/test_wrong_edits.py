"""Each wrong edit of `scripts/prove edits` can be made: its text is still in the file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = sorted((ROOT / "tools" / "wrong_edits").glob("*.toml"))
EDITS = {
    f"{path.stem}: {edit['name']}": edit
    for path in LISTS
    for edit in tomllib.loads(path.read_text("utf-8"))["edit"]
    if "replace" in edit
}


@pytest.mark.parametrize("name", EDITS)
def test_its_text_is_in_the_file(name: str) -> None:
    edit = EDITS[name]
    old, new = edit["replace"]

    assert old in (ROOT / edit.get("file", "openapi/talend-oauth.yaml")).read_text("utf-8")
    assert old != new
