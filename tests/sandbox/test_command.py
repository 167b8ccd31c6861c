"""The command: variables on standard output, the rest on standard error, until a signal."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from talend_oauth.sandbox import Sandbox, main

GOOD = {"grant_type": "client_credentials", "audience": "x"}
ACCOUNT = {"client_id": "app", "client_secret": "the secret"}


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the command, wait until it has said its variables, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "talend_oauth.sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TALEND_")},
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline()]
        while "TALEND_API_URL" not in lines[-1] and lines[-1]:
            lines.append(process.stdout.readline())
        yield process, [line.rstrip("\n") for line in lines]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ask(variables: dict[str, str]) -> httpx.Response:
    pair = (variables["TALEND_CLIENT_ID"], variables["TALEND_CLIENT_SECRET"])
    return httpx.post(f"{variables['TALEND_API_URL']}/security/oauth/token", auth=pair, json=GOOD)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_prints_variables_that_work_and_ends_on_a_signal(number: int, code: int) -> None:
    with command("--token-lifetime", "60", "--expires-in", "string") as (process, lines):
        variables = dict(shlex.split(line)[1].split("=", 1) for line in lines)
        assert [line.split(" ")[0] for line in lines] == ["export"] * 3
        assert ask(variables).json()["expires_in"] == "60"
        process.send_signal(number)
        out, err = process.communicate()
        assert process.returncode == code
        assert out == ""
        assert "/.well-known/jwks.json" in err
        assert "/_sandbox/" in err
        assert variables["TALEND_CLIENT_SECRET"] not in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
@pytest.mark.parametrize("form", ["export", "env", "json"])
def test_it_stops_serving_on_a_signal_and_gives_its_handlers_back(
    number: int,
    code: int,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start = Sandbox.start
    before = signal.getsignal(number)

    def start_and_be_told_to_stop(sandbox: Sandbox) -> None:
        start(sandbox)
        signal.raise_signal(number)

    monkeypatch.setattr(Sandbox, "start", start_and_be_told_to_stop)
    assert main(["--format", form]) == code
    assert signal.getsignal(number) is before
    out = capsys.readouterr().out
    assert out.count("TALEND_") == 3
    url = out[out.index("http://") :].strip('"}\n')
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_accounts_come_from_a_file_and_faults_from_arguments(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps([ACCOUNT, {**ACCOUNT, "client_id": "off", "on_allowlist": False}]))
    faults = ["--fault", '{"status": 503}', "--fault", '{"status": 500}']
    with command("--accounts", str(file), "--format", "json", *faults) as (_, lines):
        variables = json.loads(lines[0])
        assert variables.items() >= {
            ("TALEND_CLIENT_ID", "app"),
            ("TALEND_CLIENT_SECRET", "the secret"),
        }
        assert [ask(variables).status_code for _ in range(3)] == [503, 500, 200]
        assert ask({**variables, "TALEND_CLIENT_ID": "off"}).status_code == 403


def test_the_other_options_reach_the_server() -> None:
    options = ("--format", "env", "--same-token", "--opaque-tokens", "--polls", "7")
    with command(*options) as (_, lines):
        variables = dict(line.split("=", 1) for line in lines)
        settings = httpx.get(f"{variables['TALEND_API_URL']}/_sandbox/settings").json()
        assert settings.items() >= {"same_token": True, "opaque_tokens": True, "polls": 7}.items()
        assert ask(variables).json()["access_token"] == ask(variables).json()["access_token"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "loopback"),  # noqa: S104
        (["--token-lifetime", "-1"], "token_lifetime"),
        (["--fault", "{"], "--fault needs a JSON object"),
        (["--fault", '{"status": 1}'], "status of a fault"),
        (["--accounts", "/nowhere/accounts.json"], "No such file"),
    ],
)
def test_settings_that_cannot_be_right_are_said_and_end_it(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize(
    "arguments", [["--port", "65536"], ["--port", "x"], ["--secret", "x"], ["--tok", "1"]]
)
def test_arguments_that_it_does_not_have_are_a_usage_error(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)


def test_a_port_that_is_taken_is_said(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", str(urlsplit(sandbox.url).port)]) == 2
    assert "in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{canary", "is not JSON"),
        ("{}", "list"),
        ("[]", "at least one"),
        ("[1]", "JSON object"),
        ('[{"client_id": "a"}]', "lacks client_secret"),
        ('[{"client_id": "a", "client_secret": "canary", "password": "x"}]', "no field password"),
        ('[{"client_id": "a:b", "client_secret": "canary"}]', "colon"),
        ('[{"client_id": "", "client_secret": "canary"}]', "client_id"),
        ('[{"client_id": "a", "client_secret": 7}]', "client_secret"),
        ('[{"client_id": "a", "client_secret": "canary\\n"}]', "client_secret"),
        ('[{"client_id": "a", "client_secret": "canary", "permissions": "x"}]', "permissions"),
        ('[{"client_id": "a", "client_secret": "canary", "on_allowlist": 1}]', "on_allowlist"),
        (json.dumps([ACCOUNT, ACCOUNT]), "same client_id"),
    ],
)
def test_a_file_of_accounts_that_cannot_be_right_is_said_without_its_secrets(
    tmp_path: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(content)
    assert main(["--accounts", str(file)]) == 2
    err: Any = capsys.readouterr().err
    assert said in err
    assert "canary" not in err
