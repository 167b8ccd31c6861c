"""CONTRIBUTING.md and README.md name what exists, and all of it where they promise to."""

from __future__ import annotations

import os
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from release.installed import LEFT_OUT

from talend_oauth.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "talend_oauth"
PAGES = ("README.md", "CONTRIBUTING.md", "docs/maintaining.md", "examples/README.md")


def named_in_the_layout() -> set[str]:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.split("## Project layout\n")[1].split("\n## ")[0]
    firsts = re.findall(r"^\| ([^|]*`[^|]*) \|", section, re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", " ".join(firsts))) - {"src/talend_oauth"}


def ignored() -> list[str]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip("/") for line in lines]


def code_of(page: str) -> str:
    """Return all that is code on a page: blocks and marked words."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_the_layout_names_every_folder_and_no_other() -> None:
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir()
        and path.name != ".git"
        and any(path.iterdir())
        and not any(fnmatch(path.name, pattern) for pattern in ignored())
    }
    named = {name for name in named_in_the_layout() if not name.endswith((".py", "/"))}
    assert named == folders - {"src"}


def test_the_layout_names_every_folder_of_the_package_and_modules_that_are_there() -> None:
    folders = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.name for path in PACKAGE.glob("*.py")}
    named = {name for name in named_in_the_layout() if name.endswith((".py", "/"))}
    assert {name for name in named if name.endswith("/")} == folders
    assert named - folders <= modules


@pytest.mark.parametrize("page", PAGES)
def test_every_script_on_the_page_is_there_and_can_be_run(page: str) -> None:
    found = set(re.findall(r"(?<![\w/])(?:scripts|\.ci)/[\w.-]+\w", code_of(page)))
    assert found
    assert [name for name in sorted(found) if not os.access(ROOT / name, os.X_OK)] == [
        name for name in sorted(found) if name.endswith(".py") and (ROOT / name).is_file()
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_subcommand_on_the_page_is_one(page: str) -> None:
    found = set(re.findall(r"(?<![\w/.-])talend-oauth ([a-z]\w*)", code_of(page)))
    assert found <= COMMANDS.keys()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


def test_every_file_that_contributing_sends_to_exists() -> None:
    found = set(
        re.findall(
            r"`((?:\w[\w-]*/)*\w[\w.-]*\.(?:md|py|toml|txt|yaml))`",
            code_of("CONTRIBUTING.md") + code_of("docs/maintaining.md"),
        )
    )
    where = (ROOT, PACKAGE, ROOT / "openapi")
    missing = {name for name in found if not any((folder / name).exists() for folder in where)}
    assert missing == {"_commands/NAME.py"}


def test_dependabot_looks_into_every_folder_that_pins_packages() -> None:
    manifests = {
        "npm": "package-lock.json",
        "gomod": "go.mod",
        "cargo": "Cargo.toml",
        "bundler": "Gemfile",
        "docker": "Dockerfile",
    }
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    named = {
        (update["package-ecosystem"], folder)
        for update in settings["updates"]
        for folder in update.get("directories", [update.get("directory")])
    }
    there = {
        (system, "/" + path.parent.relative_to(ROOT).as_posix())
        for system, name in manifests.items()
        for folder in ("benchmarks", "consumers", "docker", "tools")
        for path in (ROOT / folder).rglob(name)
        if not {"node_modules", "generated", "build", "target"} & set(path.parts)
    }
    others = {("github-actions", "/"), ("pre-commit", "/"), ("pip", "/requirements")}
    others |= {("maven", f"/consumers/{name}") for name in ("java", "kotlin")}
    assert named == there | others


def test_each_system_of_ci_runs_the_tests_of_an_installed_wheel() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["test"]["steps"]
    ignored = set(re.findall(r"--ignore=(\S+)", steps[-1]["run"]))
    # The others are no tests, or run by name only.
    assert ignored == LEFT_OUT.keys() - {"tests/redis", "tests/typing"}


def test_the_security_insights_have_the_addresses_of_the_project() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        urls = tomllib.load(file)["project"]["urls"]
    text = (ROOT / "SECURITY-INSIGHTS.yml").read_text(encoding="utf-8")
    starts = (urls["Source"], urls["Documentation"], "https://pypi.org/project/talend-oauth/")
    found = re.findall(r"https?://\S+", text)
    assert len(found) > 10
    assert [url for url in found if not url.startswith(starts)] == []
    for path in re.findall(r"/source/(?:blob|raw)/main/(\S+)", text):
        assert (ROOT / path).is_file()
