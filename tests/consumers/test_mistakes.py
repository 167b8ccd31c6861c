"""The runner holds compilers to what the files of mistakes say."""

import sys
from pathlib import Path

import pytest
from consumers._commands import StepError
from consumers._mistakes import check_mistakes
from consumers._projects import Project

REFUSED = "mistakes/grant.x:3:1: error: not a grant\n    more of it\n"


def check(folder: Path, output: str, **files: str) -> str:
    mistakes = folder / "mistakes"
    mistakes.mkdir()
    for name, answer in files.items():
        (mistakes / f"{name}.x").write_text(f"// compiler: {answer}\ncode\n")
    compiler = (sys.executable, "-c", f"import sys; sys.exit({output!r})")
    project = Project(language="x", tools=(), samples=(), mistakes=compiler)
    return check_mistakes(project, folder, {})


def test_refused_and_accepted_mistakes_are_counted(tmp_path: Path) -> None:
    assert check(tmp_path, REFUSED, grant="not a grant", audience="silent") == "1 of 2"


def test_what_the_compiler_says_may_stand_on_a_later_line_of_the_error(tmp_path: Path) -> None:
    assert check(tmp_path, REFUSED, grant="more of it") == "1 of 1"


def test_another_error_than_the_expected_one_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no error says 'no such type'"):
        check(tmp_path, REFUSED, grant="no such type")


def test_an_error_of_another_file_does_not_count(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"mistakes/audience\.x"):
        check(tmp_path, REFUSED, grant="not a grant", audience="not a grant")


def test_a_mistake_that_was_accepted_and_is_refused_by_now_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="was to compile"):
        check(tmp_path, REFUSED + "mistakes/audience.x: none\n", audience="none", grant="silent")


def test_a_folder_where_everything_compiles_proves_nothing_and_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="nothing that the compiler should refuse"):
        check(tmp_path, "", grant="silent")
