"""The page "Windows": what it shows of cmd is run there, and compared with what is printed."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import COMMAND

if TYPE_CHECKING:
    from .conftest import Run

PAGE = Path(__file__).parents[2] / "docs" / "windows.md"
BLOCKS = re.findall(r"^```doscon\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
PROMPT, NEXT = "C:\\> ", "-- the next line --"


def typed(block: str) -> list[tuple[str, str]]:
    """Return each line behind a prompt, and what it prints."""
    parts = re.split(f"^{re.escape(PROMPT)}", block, flags=re.MULTILINE)[1:]
    return [(line, rest) for line, _, rest in (part.partition("\n") for part in parts)]


def test_the_page_shows_what_is_typed() -> None:
    assert [line for block in BLOCKS for line, _ in typed(block)]


@pytest.mark.skipif(os.name != "nt", reason="of Windows")
@pytest.mark.parametrize("block", BLOCKS)
def test_cmd_prints_what_the_page_shows(run: Run, tmp_path: Path, block: str) -> None:
    program = subprocess.list2cmdline(COMMAND)
    (tmp_path / "talend-oauth.cmd").write_text(f"@{program} %*\n")
    script = tmp_path / "script.cmd"
    # Not by that file: from it, the `call` of Wine returns 1 for every failure.
    lines = [line.replace("%i", "%%i") for line, _ in typed(block)]
    lines = [
        f"{program}{line.removeprefix('talend-oauth')}" if line.startswith("talend-oauth") else line
        for line in lines
    ]
    script.write_text("\n".join(["@echo off", *(f"{line}\necho {NEXT}" for line in lines), ""]))
    done = run(
        command=["cmd", "/d", "/c", str(script)],
        env={"PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]]), "TALEND_REGION": "eu"},
        capture_output=False,
        timeout=240,  # a dozen processes of Python
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )

    printed = re.split(f"^{NEXT} *\n", done.stdout, flags=re.MULTILINE)[:-1]
    assert len(printed) == len(lines), done.stdout
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for (line, shown), out in zip(typed(block), printed, strict=True):
        assert doctest.OutputChecker().check_output(shown, out, flags), (line, out)
