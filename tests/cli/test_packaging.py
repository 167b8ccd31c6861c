"""The command as a zip file, frozen, and started again by itself."""

from __future__ import annotations

import json
import shutil
import sys
import zipapp
from functools import partial
from importlib.metadata import entry_points
from modulefinder import ModuleFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import talend_oauth_api

import talend_oauth
from talend_oauth._commands import _programs
from talend_oauth.cli import COMMANDS

if TYPE_CHECKING:
    from .conftest import Run

PACKAGES = [Path(package.__file__ or "").parent for package in (talend_oauth, talend_oauth_api)]
DOCUMENTS = Path(__file__).parents[2] / "openapi"
# Wine cannot copy a file with its times.
copytree = partial(shutil.copytree, copy_function=shutil.copyfile)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a zip file with both packages; the others come from the environment."""
    folder = tmp_path_factory.mktemp("zipapp")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        copytree(package, folder / "app" / package.name, ignore=ignored)
    copytree(DOCUMENTS, folder / "app/talend_oauth/openapi", dirs_exist_ok=True)
    zipapp.create_archive(folder / "app", folder / "app.pyz", main="talend_oauth.cli:main")
    return str(folder / "app.pyz")


def test_a_zip_file_works_and_has_the_statuses_of_the_command(run: Run, archive: str) -> None:
    command = [sys.executable, archive]

    assert run("token", command=command).stdout.count(".") == 2
    assert run("tokn", command=command).returncode == 2
    assert run("api", "/nowhere", command=command).returncode == 3
    document = (DOCUMENTS / "talend-oauth-3.0.json").read_text()
    assert run("spec", "--openapi", "3.0", command=command).stdout == document
    assert "_talend_oauth" in run("completion", "bash", command=command).stdout


def test_a_zip_file_starts_its_own_sandbox(run: Run, archive: str) -> None:
    command = [sys.executable, archive]
    done = run("sandbox", "--background", "--json", command=command)
    variables = json.loads(done.stdout)
    stopped = run("sandbox", "--stop", command=command, env=variables)

    assert stopped.returncode == 0, stopped.stderr


def test_this_command_is_started_again_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert _programs.this_command() == [sys.executable, "-P", "-m", "talend_oauth"]
    monkeypatch.setattr(_programs, "__file__", str(tmp_path / "app.pyz" / "_programs.py"))
    monkeypatch.setattr(sys, "argv", ["app.pyz", "sandbox"])
    assert _programs.this_command() == [sys.executable, "app.pyz"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert _programs.this_command() == [sys.executable]


def test_a_tool_that_follows_imports_finds_every_command() -> None:
    finder = ModuleFinder(
        path=[str(PACKAGES[0].parent)], excludes=["httpx", "attrs", "talend_oauth_api"]
    )
    finder.import_hook("talend_oauth.cli")
    finder.load_file(str(PACKAGES[0] / "cli.py"))

    for command in COMMANDS:
        assert f"talend_oauth._commands.{command}" in finder.modules


def test_pyinstaller_is_told_where_its_hook_is() -> None:
    (found,) = [
        entry for entry in entry_points(group="pyinstaller40") if "talend_oauth" in entry.value
    ]
    (folder,) = found.load()()

    assert (Path(folder) / "hook-talend_oauth.py").is_file()
