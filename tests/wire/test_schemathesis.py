"""Schemathesis against the sandbox: as it is, and with its contract broken on purpose."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth.sandbox import Sandbox

from .programs import DOCUMENT, PYTHON_TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Break = Callable[[Sandbox], None]

SEEDS = (1, 2, 3)
EXAMPLES = 400
EXAMPLES_WHEN_BROKEN = 40
LEAST_CASES = 340  # of each seed

# All is Schemathesis's default with all checks, positive and negative, but one: it would take
# parameters that the document does not name for violations, and OpenAPI does not forbid them.
# The credentials go through the environment and a file, not through the process list.
CONFIG = """
[auth.openapi.serviceAccount]
username = "${CLIENT}"
password = "${SECRET}"

[generation]
allow-extra-parameters = false
"""


def schemathesis(sandbox: Sandbox, folder: Path, seed: int, examples: int) -> dict[str, Any]:
    """Run all checks against a sandbox, and return the report."""
    report, config = folder / "report.json", folder / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [PYTHON_TOOLS / "schemathesis", "--config-file", config, "run", DOCUMENT]
    command += ["--url", sandbox.url, "--checks", "all", "--mode", "all", "--no-color"]
    command += ["--seed", str(seed), "--max-examples", str(examples), "--continue-on-failure"]
    command += ["--no-shrink", "--request-timeout", "5"]
    command += ["--report", "json", "--report-json-path", report]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "CLIENT": sandbox.client_id, "SECRET": sandbox.client_secret},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sandbox_holds_to_the_document(seed: int, tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        report = schemathesis(sandbox, tmp_path, seed, EXAMPLES)

    assert (report["failures"], report["errors"]) == ([], [])
    assert report["test_cases"]["generated"] >= LEAST_CASES
    skipped = {name for name, phase in report["phases"].items() if phase["status"] == "skip"}
    assert skipped == {"stateful"}  # one operation, without links


def fails(**fault: Any) -> Break:
    return lambda sandbox: sandbox.fail(times=None, **fault)


def changes(**settings: object) -> Break:
    return lambda sandbox: sandbox.settings.change(settings)


BREACHES = {
    "201 in place of every status": fails(status=201),
    "an undocumented 422": fails(status=422),
    "500 for everything": fails(status=500),
    "no token_type": fails(merge={"token_type": None}),
    "no access_token": fails(merge={"access_token": None}),
    "an empty access_token": fails(merge={"access_token": ""}),
    "token_type is a number": fails(merge={"token_type": 7}),
    "expires_in is a fraction": fails(merge={"expires_in": 1799.5}),
    "expires_in is negative": fails(merge={"expires_in": -1}),
    "expires_in is no number": fails(merge={"expires_in": "soon"}),
    "an error's status is a string": fails(merge={"status": "bad"}),
    "a string where an object belongs": fails(body='"token"', content_type="application/json"),
    "a list where an object belongs": fails(body=[]),
    "text/plain": fails(content_type="text/plain"),
    "an HTML page": fails(body="<html></html>", content_type="text/html"),
    "no media type": fails(content_type=""),
    "half a body": fails(truncate=True),
    "the connection is reset": fails(reset=True),
    "credentials are not checked": changes(check_credentials=False),
    "bodies are not checked": changes(check_body=False),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_contract_is_found(breach: str, tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        BREACHES[breach](sandbox)
        report = schemathesis(sandbox, tmp_path, SEEDS[0], EXAMPLES_WHEN_BROKEN)

    assert report["failures"] or report["errors"]
