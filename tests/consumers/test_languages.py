"""A language that cannot be built says why, and every pin is exact."""

import json
import os
import re
import select
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from consumers._checks import check_conformance, check_samples
from consumers._commands import CONSUMERS, StepError, run, toolchain_environment
from consumers._languages import COLUMNS, FAILED, NOT_REACHED, run_language
from consumers._projects import PROJECTS, Generator, Project

from talend_oauth._conformance import load_cases

GENERATOR = Generator("generator", "requirements/tools.txt", "openapi-generator-cli==")


def test_a_missing_toolchain_is_a_failure_that_names_it() -> None:
    row = run_language(Project("cobol", ("no-such-tool",), (("true",),), (GENERATOR,)), {})
    reached = {"generated": FAILED, "samples": NOT_REACHED}
    assert row.cells == dict.fromkeys(COLUMNS, "") | reached
    assert row.problems == {"generated": "not on PATH: no-such-tool"}


def test_a_sample_that_gets_no_token_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="true ended with 0"):
        check_samples((("true",),), tmp_path, os.environ)


def test_a_sample_that_names_no_version_is_a_failure(tmp_path: Path) -> None:
    sample = """
import os, httpx
url, account = os.environ["TALEND_API_URL"], ("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET")
form = {"grant_type": "client_credentials", "audience": url}
auth = tuple(map(os.environ.get, account))
issued = httpx.post(f"{url}/security/oauth/token", auth=auth, json=form).json()
bearer = {"Authorization": f"Bearer {issued['access_token']}"}
print(httpx.get(f"{url}/account/me", headers=bearer).text)
"""
    with pytest.raises(StepError, match="did not send talend-version"):
        check_samples(((sys.executable, "-c", sample),), tmp_path, os.environ)


def test_a_client_that_fails_a_case_is_a_failure_with_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = tuple(case for case in load_cases() if case.id == "keep")
    monkeypatch.setattr("consumers._checks.select_cases", lambda _level: keep)
    client = """while read line; do echo '[{"status": 200}]'; done"""
    with pytest.raises(StepError, match="expected token requests: 1; there were 0"):
        check_conformance(("sh", "-c", client), tmp_path)


def test_a_command_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    ready = tmp_path / "started"
    os.mkfifo(ready)
    held = os.open(ready, os.O_RDONLY | os.O_NONBLOCK)
    try:
        # The child keeps the pipe open for writing as long as it lives.
        with pytest.raises(StepError, match=r"took more than 1 s"):
            run(("sh", "-c", f"sleep 600 3>{ready}; :"), tmp_path, os.environ, 1)
        ended, _, _ = select.select([held], [], [], 10)
        assert ended
        assert os.read(held, 1) == b""
    finally:
        os.close(held)


@pytest.mark.parametrize(
    "generator", {g.name: g for p in PROJECTS for g in p.generators}.values(), ids=lambda g: g.name
)
def test_the_version_of_a_generator_is_read_from_where_it_is_pinned(generator: Generator) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", generator.version)


def test_a_home_without_toolchains_is_given_those_beside_cargo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "elsewhere"
    (installed / ".cargo" / "bin").mkdir(parents=True)
    (installed / ".rustup" / "toolchains").mkdir(parents=True)
    cargo = installed / ".cargo" / "bin" / "cargo"
    cargo.write_text("#!/bin/sh\n")
    cargo.chmod(0o755)
    # Asking the proxy for its version leaves this behind.
    (tmp_path / "home" / ".rustup").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{cargo.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("RUSTUP_HOME", raising=False)
    assert shutil.which("cargo") == str(cargo)
    assert toolchain_environment()["RUSTUP_HOME"] == str(installed / ".rustup")


def test_the_lock_of_npm_names_no_place_to_download_from() -> None:
    lock = json.loads((CONSUMERS / "typescript" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("integrity" in package for package in packages)
    assert not any("resolved" in package for package in packages)


def test_every_direct_dependency_of_rust_has_one_exact_version() -> None:
    manifest = tomllib.loads((CONSUMERS / "rust" / "Cargo.toml").read_text())
    for name, crate in manifest["dependencies"].items():
        fields = {"version": crate} if isinstance(crate, str) else crate
        assert fields.get("path") == "generated" or fields["version"].startswith("="), name


def test_every_dependency_and_plugin_of_java_has_one_exact_version() -> None:
    poms = [CONSUMERS / "java" / path / "pom.xml" for path in ("", "client", "program")]
    versions = [v for pom in poms for v in re.findall(r"ersion>([^<\s][^<]*)</", pom.read_text())]
    assert len(versions) > 10
    for version in versions:
        assert re.fullmatch(r"\d[\d.]*|\$\{[\w.]+\}", version), version
