"""A change of the document needs its step of the version and its line in the changelog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openapi_document import check_compatibility, loading
from openapi_document.versions import Verdict

if TYPE_CHECKING:
    from pathlib import Path

TEXT = loading.DOCUMENT.read_text("utf-8")
BREAKING = ("operationId: createToken", "operationId: getToken")
COMPATIBLE = ("        error:\n", "        hint:\n          type: string\n        error:\n")
WORDING = ("What to issue a token for.", "What the token is for.")
RELEASED = "## 1.0.0 - 2026-01-31\n\n- The first.\n"


class Folder:
    """A folder with a document, its changelog and its released copies."""

    def __init__(self, path: Path) -> None:
        self.document = path / "talend-oauth.yaml"
        self.copy = path / "released" / "talend-oauth-1.0.0.yaml"
        self.copy.parent.mkdir()
        self.copy.write_text(TEXT)
        self.change("1.0.0", RELEASED)

    def change(self, version: str, changelog: str, *edits: tuple[str, str]) -> None:
        text = TEXT.replace("version: 1.0.0", f"version: {version}")
        for old, new in edits:
            assert text.count(old) == 1
            text = text.replace(old, new)
        self.document.write_text(text)
        self.document.with_name("CHANGELOG.md").write_text(changelog)

    def check(self, *arguments: str) -> int:
        return check_compatibility.main(["--document", str(self.document), *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_repository_is_in_order() -> None:
    report = check_compatibility.check(loading.DOCUMENT)
    assert report.complaints == []
    assert not report.unrecorded


def test_a_released_document_that_did_not_change_is_in_order(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.check() == 0
    assert (
        "1.0.0, compared with 1.0.0\nthe version and the changelog fit" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("edit", "too_low", "enough", "part"),
    [
        (BREAKING, "1.9.9", "2.0.0", "major"),
        (COMPATIBLE, "1.0.9", "1.1.0", "minor"),
        (WORDING, "1.0.0", "1.0.1", "patch"),
    ],
)
def test_a_change_moves_its_part_of_the_version(
    edit: tuple[str, str],
    too_low: str,
    enough: str,
    part: str,
    folder: Folder,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for version in ("1.0.0", too_low):
        folder.change(version, f"## {version} - unreleased\n\n- **Breaking** x\n{RELEASED}", edit)
        if version == "1.0.0":
            folder.document.with_name("CHANGELOG.md").write_text(RELEASED)
        assert folder.check() == 1
        out = capsys.readouterr().out
        assert f"moves the {part} version: info.version has to be at least {enough}" in out
        assert f"and is {version}" in out
    folder.change(enough, f"## {enough} - unreleased\n\n- **Breaking** x\n{RELEASED}", edit)
    assert folder.check() == 0


def test_the_change_is_told_with_its_verdict_and_its_reason(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.change("1.0.0", RELEASED, BREAKING, WORDING)
    assert folder.check() == 1
    lines = capsys.readouterr().out.splitlines()
    (row,) = (line for line in lines if "createToken" in line)
    assert row.startswith("breaking  POST /security/oauth/token")
    assert "getToken" in row


@pytest.mark.parametrize(
    "changelog",
    ["", RELEASED, f"## 2.0.0 - unreleased\n\n{RELEASED}", f"## 2.0.0\n\n- x\n{RELEASED}"],
)
def test_a_version_that_the_changelog_does_not_tell_of_is_refused(
    changelog: str, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.change("2.0.0", changelog, BREAKING)
    assert folder.check() == 1
    wanted = "needs the heading '## 2.0.0 - unreleased' and an item below it"
    assert wanted in capsys.readouterr().out


def test_a_breaking_change_has_to_be_marked_in_the_changelog(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.change("2.0.0", f"## 2.0.0 - unreleased\n\n- Another name.\n{RELEASED}", BREAKING)
    assert folder.check() == 1
    assert "the changelog of 2.0.0 marks no item with **Breaking**" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "complaint"),
    [("1.1.0", "nothing changed since 1.0.0"), ("0.9.0", "nothing changed since 1.0.0")],
)
def test_a_version_that_moves_without_a_change_is_refused(
    version: str, complaint: str, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.change(version, f"## {version} - unreleased\n\n- x\n{RELEASED}")
    assert folder.check() == 1
    assert complaint in capsys.readouterr().out


def test_a_released_copy_is_never_written_again(folder: Folder) -> None:
    folder.change("1.0.0", RELEASED, WORDING)
    assert folder.check("--record") == 1
    assert folder.copy.read_text() == TEXT


def test_the_copy_of_a_draft_has_to_keep_up_and_can(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.change("1.0.0", "## 1.0.0 - unreleased\n\n- The first.\n", BREAKING)
    assert folder.check() == 1
    out = capsys.readouterr().out
    assert "breaking  POST /security/oauth/token" in out
    assert "talend-oauth-1.0.0.yaml is missing or lags" in out
    assert folder.check("--record") == 0
    assert folder.copy.read_bytes() == folder.document.read_bytes()
    assert folder.check() == 0


def test_a_draft_is_still_held_to_the_release_before_it(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    log = f"## 1.1.0 - unreleased\n\n- A hint.\n{RELEASED}"
    folder.change("1.1.0", log, COMPATIBLE)
    assert folder.check("--record") == 0
    assert folder.check() == 0
    folder.change("1.1.0", log, COMPATIBLE, BREAKING)
    assert folder.check("--record") == 1
    assert "info.version has to be at least 2.0.0, and is 1.1.0" in capsys.readouterr().out


def test_the_first_version_is_compared_with_nothing_and_then_kept(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.copy.unlink()
    assert folder.check() == 1
    assert "compared with nothing\ntalend-oauth-1.0.0.yaml is missing" in capsys.readouterr().out
    assert folder.check("--record") == 0
    assert folder.check() == 0


def test_a_document_that_cannot_be_read_is_an_error(folder: Folder) -> None:
    folder.document.write_text("paths: [")
    assert folder.check() == 2


# What oasdiff takes for no break, and tools/openapi_document/severities.txt for one.
@pytest.mark.parametrize(
    ("old", "new"),
    [
        BREAKING,
        ("        - tokens\n", "        - auth\n"),
        ("        expires_in:\n          $ref: '#/components/schemas/ExpiresIn'\n", ""),
        ("        '403':\n          $ref: '#/components/responses/Forbidden'\n", ""),
        ("          default: client_credentials\n", ""),
    ],
)
def test_what_breaks_generated_code_is_breaking(old: str, new: str, tmp_path: Path) -> None:
    assert TEXT.count(old) == 1
    changed = tmp_path / "changed.yaml"
    changed.write_text(TEXT.replace(old, new))
    changes = check_compatibility.compare(loading.DOCUMENT, changed)
    assert max(change.verdict for change in changes) is Verdict.BREAKING
