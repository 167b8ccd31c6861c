"""scripts/install.py: which environments it leaves as they are."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
fits = runpy.run_path(str(ROOT / "scripts/install.py"))["fits"]

# scripts/ are for POSIX.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="made with fcntl")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "first place" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def test_an_environment_of_this_checkout_is_left_as_it_is(environment: Path) -> None:
    assert fits(environment)


def test_one_that_was_moved_or_copied_here_is_made_again(environment: Path) -> None:
    moved = environment.rename(environment.parent.parent / ".venv")
    assert not fits(moved)


def test_one_of_an_older_python_or_of_none_is_made_again(environment: Path) -> None:
    python = environment / "bin/python"
    python.unlink()
    assert not fits(environment)
    python.write_text("#!/bin/sh\nexit 1\n")  # as a Python says that is too old
    python.chmod(0o700)
    assert not fits(environment)
