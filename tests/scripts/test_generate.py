"""scripts/generate names what is wrong, puts it right, and refuses to write half a package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("generated", "openapi", "generator-config.yml", "generator-overlay.toml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the generation needs."""
    for name in NEEDED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "generate.py", tmp_path / "scripts")
    return tmp_path


def generate(checkout: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run the script from the top of the file system; return its status and what it printed."""
    run = subprocess.run(
        [sys.executable, str(checkout / "scripts" / "generate.py"), *arguments],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def content(checkout: Path) -> dict[str, bytes]:
    """Return all files below generated/."""
    folder = checkout / "generated"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that is in a file exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_missing_stale_and_different_file_is_named_and_then_put_right(checkout: Path) -> None:
    before = content(checkout)
    package = checkout / "generated" / "talend_oauth_api"
    (package / "py.typed").unlink()
    (package / "models" / "old.py").touch()
    (checkout / "generated" / "stray.txt").touch()
    (package / "client.py").write_text("# edited\n", encoding="utf-8")
    status, printed = generate(checkout, "--check")
    assert status == 1
    assert printed.splitlines()[:-1] == [
        "missing: generated/talend_oauth_api/py.typed",
        "stale: generated/stray.txt",
        "stale: generated/talend_oauth_api/models/old.py",
        "different: generated/talend_oauth_api/client.py",
    ]
    assert "run scripts/generate" in printed.splitlines()[-1]
    assert generate(checkout)[0] == 0
    assert content(checkout) == before


def test_the_bytes_depend_on_no_environment_and_no_settings_of_ruff_nearby(checkout: Path) -> None:
    before = content(checkout)
    (checkout / "ruff.toml").write_text('lint.select = ["ALL"]\nline-length = 40\n')
    tried = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo", "TMPDIR": str(checkout)}
    status, printed = generate(checkout, **tried)
    assert (status, printed.rpartition(": ")[2]) == (0, "0 files changed\n")
    assert content(checkout) == before


def test_another_version_of_the_generator_is_refused_and_nothing_is_written(checkout: Path) -> None:
    change(checkout / "scripts" / "generate.py", 'VERSION = "0.29.1"', 'VERSION = "0.29.0"')
    before = content(checkout)
    status, printed = generate(checkout)
    assert status == 1
    assert "openapi-python-client 0.29.1 is installed, 0.29.0 is needed" in printed
    assert content(checkout) == before


def test_a_template_that_changed_is_refused_and_nothing_is_written(checkout: Path) -> None:
    overlay = checkout / "generator-overlay.toml"
    change(overlay, 'old = "from attrs import define\\n"', 'old = "from attrs import frozen\\n"')
    before = content(checkout)
    status, printed = generate(checkout)
    assert status == 1
    assert "the text to replace in types.py.jinja" in printed
    assert "0 times instead of once" in printed
    assert content(checkout) == before


def test_a_document_that_the_generator_only_half_understands_is_refused(checkout: Path) -> None:
    document = checkout / "openapi" / "talend-oauth.yaml"
    change(document, "$ref: '#/components/schemas/ExpiresIn'", "$ref: '#/components/schemas/No'")
    before = content(checkout)
    status, printed = generate(checkout)
    assert status == 1
    assert "openapi-python-client refused" in printed
    assert "/components/schemas/No" in printed
    assert content(checkout) == before


def test_the_command_works_from_another_folder_with_an_empty_environment() -> None:
    command = ROOT / "scripts" / "generate"
    assert os.access(command, os.X_OK)
    run = subprocess.run(
        [command, "--check"], cwd="/", env={}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
