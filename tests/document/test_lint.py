"""The lint with stand-ins for the two Node tools; scripts/prove-lint runs the real ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from openapi_document import edits, lint, loading
from openapi_document.defects import DEFECTS, Defect
from openapi_document.examples import wrong_examples
from openapi_document.table import table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = loading.DOCUMENT.read_text("utf-8")
BODIES = {defect.name: defect for defect in DEFECTS}


REDOCLY = r"""
for path in "$@"; do case $path in
  *broken*) printf 'Failed to parse API description at %s:\n\n  - no YAML\n' "$path" >&2; exit 1 ;;
  *bad*) echo '{"problems": [{"ruleId": "r", "message": "m", "location": [{"pointer": "#/a"}]}]}' ;;
  -*|lint) ;;
  *) echo '{"problems": []}' ;;
esac; done
"""


def test_what_redocly_finds_is_told_for_each_file_even_behind_one_that_it_cannot_read(
    program: Callable[[str, str], None], tmp_path: Path
) -> None:
    program("redocly", REDOCLY)
    good, bad, broken, worse = (tmp_path / f"{n}.yaml" for n in ("good", "bad", "broken", "bad2"))
    assert lint.redocly([good, bad, broken, worse, good]) == [
        lint.Finding(bad, "#/a", "r", "m"),
        lint.Finding(broken, "", "parse", "no YAML"),
        lint.Finding(worse, "#/a", "r", "m"),
    ]


def test_a_file_that_redocly_says_nothing_about_is_an_error(
    program: Callable[[str, str], None], tmp_path: Path
) -> None:
    program("redocly", "exit 0")
    with pytest.raises(lint.ToolError, match=r"redocly did not report on .*a\.yaml"):
        lint.redocly([tmp_path / "a.yaml"])


def test_what_spectral_finds_is_told(program: Callable[[str, str], None], tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    item = {"source": str(path), "path": ["a", 0], "code": "c", "message": "m"}
    program("spectral", f"echo '{json.dumps([item])}'; echo 'No results'; exit 1")
    assert lint.spectral([path]) == [lint.Finding(path, "a/0", "c", "m")]


@pytest.mark.parametrize("tool", ["redocly", "spectral"])
def test_a_crash_of_a_tool_is_an_error_and_not_a_clean_document(
    tool: str, program: Callable[[str, str], None], tmp_path: Path
) -> None:
    program(tool, "echo '[]'; echo oops >&2; exit 2")
    with pytest.raises(lint.ToolError, match="ended with 2:\noops"):
        getattr(lint, tool)([tmp_path / "a.yaml"])


@pytest.mark.parametrize("tool", ["redocly", "spectral"])
def test_a_missing_tool_is_an_error_that_says_how_to_get_it(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(lint.ToolError, match=f"{tool} is not installed: see scripts/node-tools.sh"):
        getattr(lint, tool)([tmp_path / "a.yaml"])


def test_the_command_fails_with_a_table_of_the_findings(
    program: Callable[[str, str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program("redocly", REDOCLY)
    program("spectral", "echo '[]'")
    bad = BODIES["no title"].seed(TEXT, tmp_path)["3.1"]
    assert lint.main([str(bad)]) == 1
    out = capsys.readouterr().out
    assert "'title' is a required property" in out
    assert out.endswith("1 findings in 1 files\n")
    assert lint.main([str(loading.DOCUMENT)]) == 0
    assert capsys.readouterr().out.endswith("0 findings in 1 files\n")


def test_a_missing_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main([str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml is not a file" in capsys.readouterr().err


def test_the_documents_pass_the_parts_that_need_no_node() -> None:
    paths = [loading.DOCUMENT, loading.DERIVED]
    assert lint.specification(paths) == []
    assert lint.examples(paths) == []


def test_a_text_that_is_no_yaml_is_a_finding_and_not_a_crash(tmp_path: Path) -> None:
    paths = list(BODIES["tab as indentation"].seed(TEXT, tmp_path).values())
    assert [finding.rule for finding in lint.specification(paths)] == ["ScannerError"]
    assert lint.examples(paths) == []


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_each_defect_makes_copies_that_differ_from_the_document(
    defect: Defect, tmp_path: Path
) -> None:
    copies = defect.seed(TEXT, tmp_path)
    assert tuple(copies) == (("3.1",) if defect.text else defect.versions)
    for version, path in copies.items():
        if defect.text:
            assert path.read_text("utf-8") != TEXT
        else:
            clean = loading.DOCUMENT if version == "3.1" else loading.DERIVED
            assert list(loading.differences(loading.read(clean), loading.read(path)))


def test_defects_have_names_of_their_own() -> None:
    assert len(BODIES) == len(DEFECTS) >= 30


@pytest.mark.parametrize(
    "defect",
    [
        Defect("gone", (edits.remove("/info/nothing"),)),
        Defect("gone", (edits.put("/nothing/below", 1),)),
        Defect("gone", (edits.rename("/info", "nothing", "x"),)),
        Defect("gone", (edits.append("/servers/99", "x"),)),
        Defect("gone", text=("no such text", "")),
    ],
)
def test_a_defect_whose_place_is_gone_is_an_error(defect: Defect, tmp_path: Path) -> None:
    with pytest.raises(loading.DocumentError):
        defect.seed(TEXT, tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("example with an undeclared field", "'scope' was unexpected"),
        ("request example lacks a field", "'audience' is a required property"),
        ("response example of another type", "1 is not of type 'string'"),
        ("dangling reference", "the schema is broken"),
    ],
)
def test_a_wrong_example_is_named_in_both_versions(name: str, message: str, tmp_path: Path) -> None:
    for path in BODIES[name].seed(TEXT, tmp_path).values():
        at, words = next(wrong_examples(loading.read(path)))
        assert at.endswith("examples/issued/value")
        assert message in words


def test_a_single_example_is_judged_too() -> None:
    document = loading.read(loading.DOCUMENT)
    body = document["components"]["responses"]["Forbidden"]["content"]["application/json"]
    del body["examples"]
    body["example"] = {"status": "403"}
    assert [at for at, _ in wrong_examples(document)] == [
        "/components/responses/Forbidden/content/application~1json/example"
    ]


def test_a_table_is_as_wide_as_its_cells_and_wraps_long_ones() -> None:
    assert table(["a", "b"], [["longer", "one two three"], ["", "x\ny"]], width=8) == (
        "a       b\n------  -------\nlonger  one two\n        three\n        x\n        y"
    )
