"""`talend-oauth doctor`: each step, the first failure, its hint and its status."""

from __future__ import annotations

import json
import time
import types
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth._commands import _doctor_checks
from talend_oauth.cli import main

if TYPE_CHECKING:
    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

STEPS = ["settings", "dns", "tls", "token", "claims", "clock", "whoami"]


def report(run: Run, *arguments: str, **more: Any) -> tuple[dict[str, Any], int]:
    done = run("doctor", "--json", *arguments, **more)
    assert done.stderr == ""
    return json.loads(done.stdout), done.returncode


def test_all_is_well(run: Run, sandbox: Sandbox) -> None:
    found, status = report(run)

    assert (found["ok"], found["error"], status) == (True, None, 0)
    assert [step["step"] for step in found["steps"]] == STEPS
    assert [step["state"] for step in found["steps"]] == ["ok", "ok", "skip", *["ok"] * 4]
    facts = {step["step"]: step["facts"] for step in found["steps"]}
    assert facts["settings"]["client_secret"] == {"value": "***", "from": "TALEND_CLIENT_SECRET"}
    assert facts["settings"]["api_url"] == {"value": sandbox.url, "from": "TALEND_API_URL"}
    assert facts["dns"]["addresses"] == ["127.0.0.1"]
    assert facts["token"]["expires_in"] == 1800
    assert facts["claims"]["permissions"] == ["TMC_SERVICE_ACCOUNT_MANAGEMENT"]
    assert abs(facts["clock"]["offset"]) < 30
    assert facts["whoami"]["id"] == sandbox.client_id


@pytest.mark.parametrize(
    ("fault", "step", "status", "kind"),
    [
        ({"status": 401}, "token", 3, "InvalidCredentialsError"),
        ({"status": 500}, "token", 4, "ServerError"),
        ({"merge": {"token_type": "MAC"}}, "token", 4, "UnexpectedResponseError"),
        ({"status": 403, "path": "/account/me"}, "whoami", 3, "PermissionDeniedError"),
        ({"status": 404, "path": "/account/me"}, "whoami", 4, "UnexpectedResponseError"),
        ({"body": "x", "path": "/account/me"}, "whoami", 4, "UnexpectedResponseError"),
        ({"reset": True, "path": "/account/me"}, "clock", 4, "UnreachableError"),
    ],
)
def test_it_stops_at_the_first_failure_with_its_status(
    run: Run, sandbox: Sandbox, fault: dict[str, Any], step: str, status: int, kind: str
) -> None:
    sandbox.fail(times=None, **fault)
    found, code = report(run)

    assert (found["steps"][-1]["step"], found["steps"][-1]["state"]) == (step, "fail")
    assert (code, found["exit_status"], found["error"]["kind"]) == (status, status, kind)
    assert found["error"]["hint"]


def test_missing_settings_are_the_first_failure(run: Run) -> None:
    found, code = report(run, env={"TALEND_CLIENT_SECRET": None})

    assert [step["step"] for step in found["steps"]] == ["settings"]
    assert (code, found["error"]["kind"]) == (2, "ConfigurationError")


def test_a_name_without_an_address_is_told_from_a_closed_port(run: Run) -> None:
    found, code = report(run, env={"TALEND_API_URL": "https://no-such-host.invalid"})
    assert (found["steps"][-1]["step"], code) == ("dns", 4)
    assert "DNS does not know its name" in found["error"]["message"]

    found, code = report(run, env={"TALEND_API_URL": "https://127.0.0.1:1"})
    assert (found["steps"][-1]["step"], code) == ("tls", 4)
    assert "no connection (connection refused)" in found["error"]["message"]


def test_a_server_without_tls_is_told(run: Run, sandbox: Sandbox) -> None:
    found, code = report(run, env={"TALEND_API_URL": sandbox.url.replace("http:", "https:")})

    assert (found["steps"][-1]["step"], code) == ("tls", 4)
    assert "TLS failed" in found["error"]["message"]


def test_behind_a_proxy_name_and_tls_are_left_to_it(run: Run) -> None:
    env = {
        "TALEND_API_URL": "https://api.eu.cloud.talend.com",
        "HTTPS_PROXY": "http://user:password@127.0.0.1:1",
    }
    found, code = report(run, env=env)

    assert [step["state"] for step in found["steps"]] == ["ok", "skip", "skip", "fail"]
    assert "no connection to the proxy 127.0.0.1:1" in found["error"]["message"]
    assert code == 4
    assert "password" not in json.dumps(found)


def test_a_clock_that_is_off_is_a_warning(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ahead = types.SimpleNamespace(time=lambda: time.time() + 100, monotonic=time.monotonic)
    monkeypatch.setattr(_doctor_checks, "time", ahead)

    assert main(["doctor", "--json"]) == 0
    clock = json.loads(capsys.readouterr().out)["steps"][STEPS.index("clock")]
    assert clock["state"] == "warn"
    assert clock["detail"].endswith(" s ahead of the server's")
    assert 90 < clock["facts"]["offset"] < 110


def test_a_ready_token_without_a_region_is_looked_at_alone(run: Run) -> None:
    token = run("token").stdout.strip()
    env = dict.fromkeys(("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_API_URL"))
    found, code = report(run, env={**env, "TALEND_ACCESS_TOKEN": token})

    assert [step["state"] for step in found["steps"]] == [
        "ok",
        "skip",
        "skip",
        "ok",
        "ok",
        "skip",
        "skip",
    ]
    assert code == 0
    assert token not in json.dumps(found)


def test_a_pipe_gets_one_line_a_step_without_colour(run: Run) -> None:
    lines = run("doctor").stdout.splitlines()

    assert [line.split()[1] for line in lines] == STEPS
    assert "\x1b" not in "".join(lines)


def test_verbose_says_what_is_tried(run: Run, sandbox: Sandbox) -> None:
    sandbox.fail(503, headers={"retry-after": "0"})
    done = run("doctor", "-v")

    assert done.returncode == 0
    assert "retrying: " in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "step"),
    [
        ("SSL_CERT_FILE", "/nowhere/authorities.pem", "tls"),
        ("HTTPS_PROXY", "gopher://user:password@proxy", "dns"),
    ],
)
def test_an_environment_that_cannot_be_used_is_named(
    run: Run, name: str, value: str, step: str
) -> None:
    ready = {"TALEND_ACCESS_TOKEN": "ready-token", "TALEND_API_URL": "https://127.0.0.1:1"}
    pair = {"TALEND_CLIENT_ID": None, "TALEND_CLIENT_SECRET": None}
    for command in ("doctor", "whoami"):
        done = run(command, env=ready | pair | {name: value})
        assert done.returncode == 2, done.stdout
        shown = done.stdout + done.stderr
        assert "cannot be used" in shown
        assert name in shown
        assert "password" not in shown
        assert "Traceback" not in shown
        assert command == "whoami" or f"fail  {step}" in shown
