"""Every test begins without settings in the environment and without warnings given before."""

from __future__ import annotations

import os

import pytest

from talend_oauth import _reporting


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TALEND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())
