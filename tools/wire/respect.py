"""Redocly's respect: the smoke test in no programming language."""

from __future__ import annotations

import os
import re
import subprocess

from talend_oauth.sandbox import Sandbox

from .proof import ARAZZO, NODE_TOOLS, ROOT, Proof, require


def _respect(sandbox: Sandbox) -> subprocess.CompletedProcess[str]:
    inputs = {
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
        "audience": sandbox.url,
    }
    return subprocess.run(
        [str(NODE_TOOLS / "redocly"), "respect", str(ARAZZO)],
        cwd=ROOT,
        env={
            **os.environ,
            "REDOCLY_CLI_RESPECT_INPUT": ",".join(f"{k}={v}" for k, v in inputs.items()),
            "REDOCLY_CLI_RESPECT_SERVER": f"talend={sandbox.url}",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def smoke_proof() -> Proof:
    """Show that the smoke test passes against the sandbox, and really asked it."""

    def run() -> str:
        with Sandbox() as sandbox:
            done = _respect(sandbox)
            require(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-300:]}")
            statuses = [entry.status for entry in sandbox.log]
            require(statuses == [200, 401, 400], f"the sandbox answered {statuses}")
        checks = re.search(r"Checks: (.*)", done.stderr + done.stdout)
        return f"3 steps; checks: {checks[1] if checks else 'not said'}"

    return Proof("Redocly respect", "openapi/token.arazzo.yaml", run)


def smoke_notices_proof() -> Proof:
    """Show that the smoke test fails where it should."""

    def run() -> str:
        with Sandbox() as sandbox:
            sandbox.fail(merge={"token_type": None})
            done = _respect(sandbox)
        require(done.returncode != 0, "it passes")
        return f"exit {done.returncode}"

    return Proof("Redocly respect", "breach: an answer without token_type", run)
