"""Redocly's respect: the smoke test in no programming language."""

from __future__ import annotations

import os
import subprocess

from talend_oauth.sandbox import Sandbox

from .programs import NODE_TOOLS, ROOT


def respect(sandbox: Sandbox) -> subprocess.CompletedProcess[str]:
    inputs = {
        "clientId": sandbox.client_id,
        "clientSecret": sandbox.client_secret,
        "audience": sandbox.url,
    }
    variables = {
        "REDOCLY_CLI_RESPECT_INPUT": ",".join(f"{k}={v}" for k, v in inputs.items()),
        "REDOCLY_CLI_RESPECT_SERVER": f"talend={sandbox.url}",
    }
    return subprocess.run(
        [NODE_TOOLS / "redocly", "respect", "openapi/token.arazzo.yaml"],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_smoke_test_passes_against_the_sandbox_and_asks_it() -> None:
    with Sandbox() as sandbox:
        done = respect(sandbox)

        assert done.returncode == 0, done.stderr
        assert [entry.status for entry in sandbox.log] == [200, 401, 400]


def test_the_smoke_test_fails_when_the_response_has_no_token_type() -> None:
    with Sandbox() as sandbox:
        sandbox.fail(merge={"token_type": None})

        assert respect(sandbox).returncode == 1
