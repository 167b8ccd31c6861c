"""The installed wheel is tested by all that needs nothing but it, and counts when all pass."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest
from release.installed import (
    COPIED,
    LEFT_OUT,
    ROOT,
    clean_environment,
    copy_tests,
    pythons,
    run_tests,
)


def run(place: Path, test: str) -> tuple[int, dict[str, int]]:
    (place / "test_it.py").write_text(test)
    return run_tests(sys.executable, place, dict(os.environ))


def test_what_passes_is_counted_and_what_is_skipped_by_its_reason(tmp_path: Path) -> None:
    skipped = "import pytest\ndef test_two(): pytest.skip('no such system')\n"

    assert run(tmp_path, f"def test_one(): pass\n{skipped}") == (1, {"no such system": 1})


@pytest.mark.parametrize(
    "test",
    ["def test_one(): assert 0", "import os\ndef test_one(): os._exit(0)", "nothing = 1"],
    ids=["a failure", "the end of Python", "no test"],
)
def test_nothing_counts_when_not_every_test_passes(test: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, test)


def test_the_pythons_of_this_machine_are_found_by_their_versions() -> None:
    assert platform.python_version() in pythons()


def test_every_test_is_copied_but_those_left_out_and_no_package_with_them(tmp_path: Path) -> None:
    copy_tests(tmp_path)

    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    left_out = {name for name in tests if any(name.startswith(start) for start in LEFT_OUT)}
    assert {
        path.relative_to(tmp_path).as_posix() for path in (tmp_path / "tests").rglob("*.py")
    } == tests - left_out
    assert {path.name for path in tmp_path.iterdir()} == {name.split("/")[0] for name in COPIED}
    assert not {"src", "generated"} & {path.name for path in tmp_path.iterdir()}


def test_nothing_in_the_environment_leads_back_to_the_checkout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"{ROOT}/.venv/bin:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}/src")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    environment = clean_environment(Path("/fresh/bin"))

    assert environment["PATH"] == "/fresh/bin:/usr/bin:/bin"
    assert not {"PYTHONPATH", "PYTEST_ADDOPTS"} & environment.keys()
