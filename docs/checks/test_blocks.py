"""What the pages show is run, against a sandbox of its own for every page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import DOCS, PAGES, README, blocks_of, program

from talend_oauth.sandbox import Sandbox

# What a page needs of its sandbox, other than the defaults.
SANDBOX = {
    "recipes/long-poll.md": {"token_lifetime": 2, "polls": 10},
}
# What stands on the pages for the address of the sandbox.
TALEND = "https://api.eu.cloud.talend.com"
# Languages that are data here; test_recipes.py parses or lints them.
DATA = {"dockerfile", "groovy", "ini", "json", "text", "toml", "yaml"}


def name(page: Path) -> str:
    return str(page.relative_to(DOCS.parent)).removeprefix("docs/")


def run(
    command: list[str], page: Path, folder: Path, source: str, suffix: str
) -> subprocess.CompletedProcess[str]:
    with Sandbox(**SANDBOX.get(name(page), {})) as sandbox:
        script = folder / f"on_the_page{suffix}"
        script.write_text(source.replace(TALEND, sandbox.url), encoding="utf-8")
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("TALEND_")},
            **sandbox.environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONWARNINGS": "error",
        }
        return subprocess.run(
            [*command, str(script)],
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )


@pytest.mark.parametrize("page", [p for p in [README, *PAGES] if program(p, "python")], ids=name)
def test_its_python_runs(page: Path, tmp_path: Path) -> None:
    source = program(page, "python")
    # A page whose code is tests is run as its readers would run it.
    runner = ["-m", "pytest", "--quiet"] if "def test_" in source else []
    done = run([sys.executable, *runner], page, tmp_path, source, ".py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("page", [p for p in PAGES if program(p, "sh")], ids=name)
def test_its_shell_runs(page: Path, tmp_path: Path) -> None:
    done = run(["bash", "-eu", "-o", "pipefail"], page, tmp_path, program(page, "sh"), ".sh")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_block_is_of_an_unknown_kind(page: Path) -> None:
    known = DATA | {"python", "sh"}
    assert [block for block in blocks_of(page) if block.language not in known] == []
