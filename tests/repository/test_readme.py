"""README works on a forge, and as a package index shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shown() -> str:
    return ProjectMetadata(str(ROOT), PluginManager()).core.readme


def test_every_link_and_picture_is_absolute_on_an_index(shown: str) -> None:
    targets = re.findall(r'\]\(([^)\s]+)|\b(?:src|srcset)="([^"]+)', shown)
    assert len(targets) > 10
    assert [one for pair in targets for one in pair if one and not one.startswith("https://")] == []


def test_it_is_the_repositorys_readme_but_for_that(shown: str) -> None:
    source = re.search(r'^Source = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert source is not None
    relative = shown.replace(f"{source[1]}/blob/main/", "").replace(f"{source[1]}/raw/main/", "")
    assert relative == (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_picture_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r'(?:src|srcset)="([^"]+)"|!\[[^\]]*\]\(([^)]+)\)', text)
    assert [one for pair in pictures for one in pair if one and not (ROOT / one).is_file()] == []
