"""Every script says at its head what it does, and says that alone when it is asked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix
)


@pytest.mark.parametrize("script", [*SCRIPTS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_it_prints_its_head_and_does_nothing_else(script: Path, tmp_path: Path) -> None:
    shebang, *lines = script.read_text(encoding="utf-8").splitlines()
    assert shebang in ("#!/bin/sh", "#!/usr/bin/env bash")
    head = lines[: next(n for n, line in enumerate(lines) if not line.startswith("#"))]
    assert head
    done = subprocess.run(
        [script, "--help"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [line.removeprefix("#").removeprefix(" ") for line in head]
    assert done.stderr == ""


def test_what_is_sourced_cannot_be_run_and_names_its_shell() -> None:
    for path in (ROOT / "scripts").glob("*.sh"):
        assert path.read_text(encoding="utf-8").startswith("# shellcheck shell=sh\n")
        assert not os.access(path, os.X_OK)


def test_ci_refuses_a_step_that_it_does_not_have() -> None:
    done = subprocess.run(
        [ROOT / ".ci" / "run", "nonsense"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, ".ci/run: no step nonsense\n")
