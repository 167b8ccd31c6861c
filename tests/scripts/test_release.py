"""The installed wheel is tested by all that needs nothing but it, and counts when all pass."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from release import installed
from release.installed import (
    COPIED,
    LEFT_OUT,
    ROOT,
    TrialError,
    chosen,
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
    with pytest.raises(TrialError):
        run(tmp_path, test)


def test_the_pythons_of_this_machine_are_found_by_their_versions() -> None:
    assert platform.python_version() in pythons()


def test_a_python_is_asked_for_by_its_version_or_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"3.12.1": "/usr/bin/python3.12", "3.15.0rc1t": "/usr/bin/python3.15t"}
    monkeypatch.setattr(installed, "pythons", lambda: there)
    monkeypatch.setattr(installed, "version_of", {there[name]: name for name in there}.get)

    assert chosen(["all"]) == there
    assert chosen(["3.15t", "3.12"]) == there
    assert chosen(["/usr/bin/python3.12"]) == {"3.12.1": "/usr/bin/python3.12"}
    with pytest.raises(SystemExit, match=r"Python 3\.15; there is 3\.12\.1, 3\.15\.0rc1t"):
        chosen(["3.12", "3.15"])


@pytest.mark.parametrize("missing", ["/nowhere/python3", "/dev/null"])
def test_a_python_that_is_missing_is_an_error_that_names_it(missing: str) -> None:
    with pytest.raises(SystemExit, match=f"not on this machine: Python {missing}"):
        chosen([sys.executable, missing])
    assert list(chosen([]).values()) == [sys.executable]


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


def test_the_image_copies_all_that_a_build_reads(tmp_path: Path) -> None:
    file = (ROOT / "docker" / "Dockerfile").read_text()
    copied = " ".join(re.findall(r"^COPY (?!--)(.+) \S+$", file, re.MULTILINE)).split()
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().split()
    for name in copied:
        assert f"!{name}" in ignored
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)

    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert [path.suffix for path in (tmp_path / "dist").iterdir()] == [".whl"]
