"""The proofs fail when what they prove is not so; the tools they run are stand-ins here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openapi_document import prove_compatibility, prove_lint
from openapi_document.defects import DEFECTS
from openapi_document.loading import DocumentError
from openapi_document.mutations import MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

SILENT = """
for path in "$@"; do case $path in -*|lint) ;; *) echo '{"problems": []}' ;; esac; done
"""


@pytest.fixture(autouse=True)
def _few_defects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove_lint, "DEFECTS", DEFECTS[:8])


def test_the_proof_of_the_lint_fails_when_a_tool_finds_nothing_any_more(
    program: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    program("redocly", SILENT)
    program("spectral", "echo '[]'")
    assert prove_lint.main([]) == 1
    out = capsys.readouterr().out
    assert "found by none: plain http server (3.1)" in out
    assert "found by none: no title" not in out  # openapi-spec-validator is the real one


def test_the_proof_of_the_lint_fails_when_the_document_itself_has_a_finding(
    program: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    program("redocly", SILENT.replace("[]", '[{"ruleId": "r", "message": "m", "location": []}]'))
    program("spectral", "echo '[]'")
    assert prove_lint.main([]) == 1
    wrong = "a finding in none: the document itself"
    assert [line for line in capsys.readouterr().out.splitlines() if "a finding in" in line] == [
        f"{wrong} (3.1)",
        f"{wrong} (3.0)",
    ]


def test_the_proof_of_the_lint_fails_without_its_tools(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert prove_lint.main([]) == 2
    assert "is not installed" in capsys.readouterr().err


def test_the_proof_of_compatibility_fails_when_oasdiff_answers_other_than_recorded(
    program: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    program("oasdiff", """echo '[{"id": "some-id", "level": 3}]'""")
    assert prove_compatibility.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "server removed: oasdiff agrees now: some-id" in lines
    assert "server added: oasdiff now disagrees: some-id" in lines
    assert not any(line.startswith("path renamed:") for line in lines)


def test_the_proof_of_compatibility_fails_when_a_verdict_is_other_than_recorded(
    program: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program("oasdiff", "echo '[]'")
    monkeypatch.setattr(prove_compatibility, "MUTATIONS", MUTATIONS[:3])
    monkeypatch.setattr(prove_compatibility, "compare", lambda old, new: [])
    assert prove_compatibility.main([]) == 1
    wrong = "remove required response property: ours says wording, written down is breaking"
    assert wrong in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["oops", '{"a": 1}', '[{"level": 1}]'])
def test_an_answer_that_is_no_list_of_changes_is_an_error(
    answer: str, program: Callable[[str, str], None]
) -> None:
    program("oasdiff", f"echo '{answer}'")
    with pytest.raises(DocumentError, match="oasdiff answered"):
        prove_compatibility.oasdiff({}, {})


def test_the_proof_of_compatibility_fails_without_oasdiff(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert prove_compatibility.main([]) == 2
    assert "oasdiff" in capsys.readouterr().err
