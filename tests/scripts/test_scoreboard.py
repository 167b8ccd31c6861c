"""scripts/prove scoreboard: what it runs, what it keeps, and the tables that pages show of it."""

from __future__ import annotations

import re
import runpy
from typing import TYPE_CHECKING

import pytest
from scoreboard import __main__ as run
from scoreboard import _table as table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REPORT = {
    "behaviour": "1.0",
    "levels": {"core": {"passed": 1, "failed": 2, "not scored": 1}},
    "cases": [
        {"id": "keep", "requirement": "R6", "outcome": "passed", "reason": ""},
        {"id": "expired", "requirement": "R8", "outcome": "failed", "reason": "a port"},
        {"id": "expired-text", "requirement": "R8", "outcome": "failed", "reason": "a port"},
        {"id": "one-fetch", "requirement": "R7", "outcome": "not scored", "reason": "a path"},
    ],
}
TITLES = {"R6": "Keep the token", "R7": "One fetch", "R8": "Never an expired token"}
LIBRARIES = list(table.load_libraries().values())


def test_what_is_kept_of_a_report_is_the_same_on_each_machine() -> None:
    assert run.summary(REPORT, TITLES) == {
        "behaviour": "1.0",
        "levels": REPORT["levels"],
        "requirements": ["Never an expired token"],
        "failed": ["expired", "expired-text"],
        "not scored": ["one-fetch"],
    }


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_each_library_has_its_lines_its_hook_and_a_result(library: table.Library) -> None:
    assert library.lines > 0
    result = table.load_results()["libraries"][library.name]
    is_ours = bool(library.command) or library.name.startswith("talend-oauth")
    works = table.verdict(library, result)
    assert works != "cannot" or not library.hook
    assert is_ours == (not library.shown_in)
    if is_ours:
        assert (works, result["failed"], result["not scored"]) == ("works as it is", [], [])
    if not library.command:
        assert library.files[0] in run.command(library)[-1] or library.language == "Go"


@pytest.mark.parametrize(
    ("file", "shown"), [(table.SCORES, table.scores), (table.VERDICTS, table.verdicts)]
)
def test_a_page_shows_the_results(file: Path, shown: Callable[[], str]) -> None:
    text = file.read_text(encoding="utf-8")
    assert text == table.page(text, shown()), "run scripts/prove scoreboard"


def test_the_page_shows_the_lines_of_each_library() -> None:
    text = table.VERDICTS.read_text(encoding="utf-8")
    shown = re.findall(r"^```\{literalinclude\} \.\./(\S+)$", text, re.MULTILINE)
    assert shown == [one.files[0] for one in LIBRARIES if one.shown_in]


@pytest.mark.parametrize("file", sorted((table.HERE / "python").glob("talend_oauth*.py")))
def test_our_own_lines_connect(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TALEND_CLIENT_ID", "an-id-of-an-account")
    monkeypatch.setenv("TALEND_CLIENT_SECRET", "a-secret-that-is-long")
    assert runpy.run_path(str(file))["connect"]("", "", "").request


def test_a_library_that_is_refused_cannot() -> None:
    library = next(one for one in LIBRARIES if one.hook)
    assert table.verdict(library, {"failed": ["request", "keep"]}) == "cannot"
    assert "lines, with" in table.verdict(library, {"failed": ["keep"]})


def test_versions_are_those_that_are_pinned() -> None:
    (go,) = (one for one in LIBRARIES if one.name == "golang.org/x/oauth2")
    assert re.fullmatch(r"\d+\.\d+\.\d+", run.installed_version(go))
    assert not re.search("resolved|registry", (table.HERE / "node/package-lock.json").read_text())


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    node = [library for library in LIBRARIES if library.language == "Node"]
    with pytest.raises(SystemExit, match="Node needs npm, which is not on PATH"):
        run.prepare(node)
