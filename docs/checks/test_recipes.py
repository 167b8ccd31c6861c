"""The recipes that are data: held to the schemas of their kinds, and what they run is run."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_groovy
import yaml
from pages import DOCS, Document, blocks

from talend_oauth.sandbox import Sandbox

# The schema that each page's YAML is held to, by the name that check-jsonschema has it under.
SCHEMAS = {
    "recipes/github-actions.md": ["vendor.github-workflows"],
    "recipes/gitlab.md": ["vendor.gitlab-ci"],
    "recipes/docker.md": ["vendor.compose-spec", None],
}
PARSERS = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}


FOUND = [
    (str(path.relative_to(DOCS)), region.lexemes["language"], region.parsed)
    for path in sorted(DOCS.rglob("*.md"))
    for region in blocks(Document(path.read_text(encoding="utf-8"), str(path)))
]


def shown(page: str, language: str) -> list[str]:
    return [code for name, kind, code in FOUND if (name, kind) == (page, language)]


def run(script: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )


@pytest.fixture
def talend() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a fresh runner."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "GITHUB_ENV": str(tmp_path / "env")}


@pytest.mark.parametrize("language", PARSERS)
def test_every_block_of_data_parses(language: str) -> None:
    for _, kind, code in FOUND:
        assert kind != language or PARSERS[language](code)


@pytest.mark.parametrize("page", SCHEMAS)
def test_its_yaml_satisfies_the_schema_of_its_kind(page: str, tmp_path: Path) -> None:
    for schema, code in zip(SCHEMAS[page], shown(page, "yaml"), strict=True):
        if schema is None:
            continue
        file = tmp_path / "block.yml"
        file.write_text(code, encoding="utf-8")
        transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "check_jsonschema",
                "--builtin-schema",
                schema,
                *transform,
                file,
            ],
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_the_jenkinsfile_is_groovy() -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_groovy.language()))
    (code,) = shown("recipes/jenkins.md", "groovy")
    assert not parser.parse(code.encode()).root_node.has_error
    assert parser.parse(code.removesuffix("}\n").encode()).root_node.has_error


def test_the_github_job_masks_its_token_and_hands_it_on(
    talend: Sandbox, machine: dict[str, str]
) -> None:
    (workflow,) = shown("recipes/github-actions.md", "yaml")
    job = yaml.safe_load(workflow)["jobs"]["run"]
    assert job["env"] == {"TALEND_REGION": "eu"}
    machine["TALEND_API_URL"] = talend.url  # the region of a test
    _, install, get, use = job["steps"]
    assert "install" in install["run"]
    given = {name: talend.environment()[name] for name in get["env"]}
    masked = run(get["run"], machine | given).stdout
    name, _, token = Path(machine["GITHUB_ENV"]).read_text(encoding="utf-8").partition("=")
    assert masked == f"::add-mask::{token}"
    assert "env" not in use
    used = run(use["run"], machine | {name: token.strip()})
    assert talend.client_id in used.stdout
    assert token.strip() not in used.stdout + used.stderr
    assert talend.token_requests == 1


def test_the_gitlab_job_asks_once_and_prints_no_token(
    talend: Sandbox, machine: dict[str, str]
) -> None:
    (file,) = shown("recipes/gitlab.md", "yaml")
    job = yaml.safe_load(file)["run-task"]
    outputs = [
        run(
            line.replace("https://api.$TALEND_REGION.cloud.talend.com", "$TALEND_API_URL"),
            machine | talend.environment(),
        ).stdout
        for line in job["script"]
    ]
    assert all(talend.client_id in output for output in outputs)
    assert talend.token_requests == 1


def test_the_jenkins_script_runs(talend: Sandbox, machine: dict[str, str]) -> None:
    (code,) = shown("recipes/jenkins.md", "groovy")
    script = code.split("'''")[1]
    lines = [
        line.replace(".venv/bin/", "") for line in script.splitlines() if "venv .venv" not in line
    ]
    kept = "\n".join(line for line in lines if "pip install" not in line)
    assert "whoami" in kept
    assert talend.client_id in run(kept, machine | talend.environment()).stdout
