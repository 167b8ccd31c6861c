"""Schemathesis against the sandbox: as it is, and with its contract broken on purpose."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talend_oauth.sandbox import Sandbox

from .proof import DOCUMENT, ROOT, Proof, require

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = ROOT / ".venv" / "tools" / "bin" / "schemathesis"
SEEDS = (1, 2, 3)
EXAMPLES = 400
EXAMPLES_WHEN_BROKEN = 40
LEAST_CASES = 1000

# What Schemathesis would do and is told not to, with the reason. All else is its default with all
# checks, positive and negative.
EXCLUSIONS = (
    (
        "[generation]\nallow-extra-parameters = false",
        "undeclared parameters as violations, since OpenAPI does not forbid them",
    ),
)


@dataclass(frozen=True)
class Report:
    """What Schemathesis said.

    Attributes:
        cases: How many requests it judged.
        unjudged: How many it sent for a purpose of its own, such as a look at a wrong password.
        failures: The kinds of failures, each as its code and title.
        skipped: Its phases that did not run, with its reason.
    """

    cases: int
    unjudged: int
    failures: tuple[str, ...]
    skipped: tuple[str, ...]


def run_schemathesis(sandbox: Sandbox, seed: int, examples: int) -> Report:
    """Run all checks against a sandbox.

    Args:
        sandbox: The server.
        seed: Where the random choices start.
        examples: How many requests the fuzzing phase makes, at most.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report, config = folder / "report.json", folder / "schemathesis.toml"
        # The pair goes through the environment and a file, not through the process list.
        auth = '[auth.openapi.serviceAccount]\nusername = "${CLIENT}"\npassword = "${SECRET}"\n'
        config.write_text(auth + "\n".join(setting for setting, _ in EXCLUSIONS))
        command = [str(PROGRAM), "--config-file", str(config), "run", str(DOCUMENT)]
        command += ["--url", sandbox.url, "--checks", "all", "--mode", "all", "--no-color"]
        command += ["--seed", str(seed), "--max-examples", str(examples), "--continue-on-failure"]
        command += ["--no-shrink", "--request-timeout", "5"]
        command += ["--report", "json", "--report-json-path", str(report)]
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "CLIENT": sandbox.client_id, "SECRET": sandbox.client_secret},
            capture_output=True,
            text=True,
            check=False,
        )
        require(report.exists(), f"no report: {done.stdout[-600:]}{done.stderr[-600:]}")
        return _read(json.loads(report.read_text()))


def _read(report: dict[str, Any]) -> Report:
    failures = [f"{found['code']} {found['title']}" for found in report["failures"]]
    failures += [f"error: {found.get('title', found)}" for found in report["errors"]]
    skipped = [
        f"{name} ({phase['skip_reason']})"
        for name, phase in report["phases"].items()
        if phase["status"] == "skip"
    ]
    cases = report["test_cases"]
    return Report(cases["generated"], cases["without_checks"], tuple(failures), tuple(skipped))


def conforming_proof() -> Proof:
    """Show that the sandbox holds to the document."""

    def run() -> str:
        reports: list[Report] = []
        for seed in SEEDS:
            with Sandbox() as sandbox:
                reports.append(run_schemathesis(sandbox, seed, EXAMPLES))
        failures = [failure for report in reports for failure in report.failures]
        require(not failures, "; ".join(failures))
        cases = sum(report.cases for report in reports)
        require(cases >= LEAST_CASES, f"only {cases} cases")
        unjudged = sum(report.unjudged for report in reports)
        skipped = sorted({phase for report in reports for phase in report.skipped})
        return (
            f"{cases} cases, none fails; {unjudged} of them are its own probes; "
            f"not run: {', '.join(skipped) or 'nothing'}"
        )

    return Proof("Schemathesis", f"the sandbox, seeds {', '.join(map(str, SEEDS))}", run)


def breach_proof(what: str, break_it: Callable[[Sandbox], None]) -> Proof:
    """Show that a breach of the contract is found.

    Args:
        what: The breach, in words.
        break_it: Makes a sandbox break the contract.
    """

    def run() -> str:
        with Sandbox() as sandbox:
            break_it(sandbox)
            report = run_schemathesis(sandbox, SEEDS[0], EXAMPLES_WHEN_BROKEN)
        require(bool(report.failures), f"not found in {report.cases} cases")
        return f"found: {', '.join(report.failures)}"

    return Proof("Schemathesis", f"breach: {what}", run)
