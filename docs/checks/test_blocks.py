"""What the pages show is run, against a sandbox of its own for every page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import DOCS, PAGES, blocks_of, program

from talend_oauth.sandbox import Sandbox

# What a page needs of its sandbox, other than the defaults.
SANDBOX = {
    "recipes/long-poll.md": {"token_life": 2, "polls": 10},
}
# Languages that are data here; test_recipes.py parses or lints them.
DATA = {"dockerfile", "groovy", "ini", "json", "text", "toml", "yaml"}


def name(page: Path) -> str:
    return str(page.relative_to(DOCS))


def run(command: list[str], page: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    with Sandbox(**SANDBOX.get(name(page), {})) as sandbox:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("TALEND_")},
            **sandbox.environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "PYTHONWARNINGS": "error",
        }
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )


@pytest.mark.parametrize("page", [p for p in PAGES if program(p, "python")], ids=name)
def test_its_python_runs(page: Path, tmp_path: Path) -> None:
    script = tmp_path / "on_the_page.py"
    source = program(page, "python")
    script.write_text(source, encoding="utf-8")
    # A page whose code is tests is run as its readers would run it.
    runner = ["-m", "pytest", "--quiet"] if "def test_" in source else []
    done = run([sys.executable, *runner, str(script)], page, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("page", [p for p in PAGES if program(p, "sh")], ids=name)
def test_its_shell_runs(page: Path, tmp_path: Path) -> None:
    script = tmp_path / f"{page.stem}.sh"
    script.write_text(program(page, "sh"), encoding="utf-8")
    done = run(["bash", "-eu", "-o", "pipefail", str(script)], page, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_block_is_of_an_unknown_kind(page: Path) -> None:
    known = DATA | {"python", "sh"}
    assert [block for block in blocks_of(page) if block.language not in known] == []
