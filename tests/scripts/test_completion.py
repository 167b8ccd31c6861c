"""The completion scripts that are committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_scripts_are_those_of_the_parsers() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "completion.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
