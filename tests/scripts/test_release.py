"""The tests of the installed wheel count only when all of them passed."""

from __future__ import annotations

from pathlib import Path

import pytest
from release.installed import COPIED, LEFT_OUT, ROOT, all_passed, clean_environment, copy_tests


@pytest.mark.parametrize(
    ("output", "passed"),
    [
        ("....\n1873 passed in 61.20s (0:01:01)\n", 1873),
        ("..\n2 passed in 0.10s\n", 2),
        (".s\nSKIPPED [1] a.py:1: no server\n1 passed, 1 skipped in 0.10s\n", 0),
        ("..\n2 passed, 1 warning in 0.10s\n", 0),
        (".F\n1 failed, 1 passed in 0.10s\n", 0),
        ("no tests ran in 0.01s\n", 0),
        ("2 passed in 0.10s\nSegmentation fault\n", 0),
        ("", 0),
    ],
)
def test_a_run_counts_when_every_test_passed(output: str, passed: int) -> None:
    assert all_passed(output) == passed


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
