"""`talend-oauth sandbox`: in the foreground, in the background, around a program."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from talend_oauth._commands import sandbox as command_module
from talend_oauth.cli import main
from talend_oauth.sandbox import Sandbox

from .conftest import COMMAND, SHELL_COMMAND, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

no_console = pytest.mark.wine("has no console to break here")
GOOD = {"grant_type": "client_credentials", "audience": "x"}
ACCOUNT = {"client_id": "app", "client_secret": "the secret"}


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the command, wait until it has said its variables, and end it."""
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "--format", "export", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("TALEND_")},
        # Windows ends a process of its own group alone.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline()]
        while "TALEND_API_URL=" not in lines[-1] and '"TALEND_API_URL"' not in lines[-1]:
            if not lines[-1]:
                break
            lines.append(process.stdout.readline())
        yield process, [line.rstrip("\n") for line in lines]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ask(variables: dict[str, str]) -> httpx.Response:
    credentials = (variables["TALEND_CLIENT_ID"], variables["TALEND_CLIENT_SECRET"])
    url = f"{variables['TALEND_API_URL']}/security/oauth/token"
    return httpx.post(url, auth=credentials, json=GOOD)


def exported(lines: list[str]) -> dict[str, str]:
    words = [shlex.split(line) for line in lines]
    return dict(line[1].split("=", 1) for line in words if line[0] == "export")


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
    if os.name == "posix"
    else [pytest.param(signal.CTRL_BREAK_EVENT, 0, marks=no_console)],
)
def test_it_prints_variables_that_work_and_ends_on_a_signal(number: int, code: int) -> None:
    with command("--token-lifetime", "60", "--expires-in", "string") as (process, lines):
        variables = exported(lines)
        assert list(variables) == ["TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_API_URL"]
        assert ask(variables).json()["expires_in"] == "60"
        process.send_signal(number)
        out, err = process.communicate()
        assert process.returncode == code
        assert out == ""
        assert "/.well-known/jwks.json" in err
        assert "/_sandbox/" in err
        assert variables["TALEND_CLIENT_SECRET"] not in err


def test_it_prints_a_line_for_each_request() -> None:
    with command("--fault", '{"status": 503}') as (process, lines):
        variables = exported(lines)
        ask(variables)
        ask(variables)
        httpx.get(f"{variables['TALEND_API_URL']}/_sandbox/health")
        process.terminate()
        _, err = process.communicate()
        shown = [line for line in err.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
        assert len(shown) == 2
        assert re.search(
            r" 503 POST /security/oauth/token \d\.\d{3} s \(scripted: status 503\)$", shown[0]
        )
        assert re.search(r" 200 POST /security/oauth/token \d\.\d{3} s$", shown[1])
        assert variables["TALEND_CLIENT_SECRET"] not in err


@pytest.mark.posix("runs sh")
@pytest.mark.parametrize("form", ["export", "env"])
def test_its_variables_replace_those_that_would_contradict_them(run: Run, form: str) -> None:
    with command("--format", form) as (_, lines):
        source = "\n".join(["set -a", *lines, "set +a", f"exec {SHELL_COMMAND} whoami --json"])
        env = {
            "TALEND_REGION": "eu",
            "TALEND_BASE_URL": "https://elsewhere.example",
            "TALEND_AUDIENCE": "https://elsewhere.example",
            "TALEND_ACCESS_TOKEN": "ready",
            "TALEND_API_TOKEN": "ready2",
            "TALEND_CLIENT_SECRET_FILE": "/no/such/file",
        }
        done = run(command=["sh", "-c", source], env=env)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["type"] == "SERVICE_ACCOUNT"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 0),
        (signal.SIGINT, 130),
        *([(signal.SIGBREAK, 0)] if os.name == "nt" else []),
    ],
)
@pytest.mark.parametrize("form", ["export", "powershell", "env", "json"])
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
    assert main(["sandbox", "--format", form]) == code
    assert signal.getsignal(number) is before
    out = capsys.readouterr().out
    url = out[out.index("http://") :].split()[0].strip("\"}'")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_lines_for_powershell_quote_what_is_special_there() -> None:
    own = {"A": "it's \u2019quoted\u2018 $x", "B": "100% & more"}
    lines = command_module._variables(own, "powershell")

    assert "$env:TALEND_REGION = ''\n" in lines  # which removes it
    assert lines.endswith(
        "$env:A = 'it''s \u2019\u2019quoted\u2018\u2018 $x'\n$env:B = '100% & more'\n"
    )


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("export", "unset TALEND_CLIENT_ID TALEND_CLIENT_SECRET TALEND_API_URL"),
        ("powershell", "$env:TALEND_API_URL = ''"),
        ("env", "TALEND_API_URL="),
    ],
)
def test_what_stops_it_prints_how_to_remove_its_variables(run: Run, form: str, line: str) -> None:
    url = json.loads(run("sandbox", "--background", "--json").stdout)["TALEND_API_URL"]
    stopped = run("sandbox", "--stop", "--format", form, env={"TALEND_API_URL": url})

    assert stopped.stdout.splitlines()[-1] == line


def test_a_terminal_is_told_what_to_do_with_the_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_module.console, "is_terminal", lambda stream: True)
    with Sandbox() as sandbox:
        command_module._greet(sandbox)

    assert "Paste the lines above into another terminal." in capsys.readouterr().err


@pytest.mark.posix("runs sh")
def test_in_the_background_it_listens_when_the_command_returns(run: Run, tmp_path: Path) -> None:
    script = f"""
set -e
eval "$({SHELL_COMMAND} sandbox --background --token-lifetime 60)"
{SHELL_COMMAND} token --json --no-store
eval "$({SHELL_COMMAND} sandbox --stop)"
echo "left: ${{TALEND_API_URL-nothing}}"
"""
    env = {"TALEND_REGION": "eu", "TALEND_OAUTH_STORE": str(tmp_path)}
    done = run(command=["sh", "-c", script], env=env)

    token, left = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert json.loads(token)["expires_in"] in (59, 60)
    assert left == "left: nothing"
    assert re.search(r"a sandbox listens on http://127\.0\.0\.1:\d+ \(process \d+\)", done.stderr)
    assert "the sandbox has stopped" in done.stderr
    url = re.search(r"http://[\d.:]+", done.stderr)
    assert url is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(url[0])


def test_in_the_background_it_outlives_an_interrupt_of_the_terminal(run: Run) -> None:
    done = run("sandbox", "--background", "--json")
    variables = json.loads(done.stdout)
    url = variables["TALEND_API_URL"]
    pid = httpx.get(f"{url}/_sandbox/health").json()["pid"]
    if os.name == "posix":
        assert os.getsid(pid) == pid
    assert ask(variables).status_code == 200
    assert ask(variables).status_code == 200  # nobody reads its lines: that does not stop it

    port = str(urlsplit(url).port)
    stopped = run("sandbox", "--stop", "--port", port, env={"TALEND_API_URL": None})
    assert stopped.returncode == 0, stopped.stderr


def test_in_the_background_a_failure_to_start_is_told(run: Run, server: Sandbox) -> None:
    port = str(urlsplit(server.url).port)
    done = run("sandbox", "--background", "--port", port)

    assert (done.returncode, done.stdout) == (2, "")
    assert "The sandbox cannot listen: the port is in use." in done.stderr
    done = run("sandbox", "--background", "--token-lifetime", "x")
    assert done.returncode == 2
    assert "--token-lifetime" in done.stderr


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (None, "TALEND_API_URL is not set"),
        ("https://api.eu.cloud.talend.com", "TALEND_API_URL does not name a sandbox"),
        ("http://[", "TALEND_API_URL is not a URL"),
        ("http://127.0.0.1:1", "No sandbox that the command runs listens there"),
        ("http://192.0.2.1:80", "No sandbox that the command runs listens there"),
    ],
)
def test_what_is_no_sandbox_is_not_stopped(call: Run, url: str | None, says: str) -> None:
    done = call("sandbox", "--stop", env={"TALEND_API_URL": url})

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_sandbox_of_a_test_is_not_stopped(call: Run, sandbox: Sandbox) -> None:
    assert call("sandbox", "--stop").returncode == 2
    assert httpx.get(f"{sandbox.url}/_sandbox/health").status_code == 200


SHOW = """
import json, os, httpx
variables = {name: value for name, value in os.environ.items() if name.startswith("TALEND_")}
print(json.dumps(variables))
httpx.get(os.environ["TALEND_API_URL"])
"""


def test_around_a_program_it_sets_the_variables_and_ends_with_it(run: Run) -> None:
    env = {"TALEND_REGION": "eu", "TALEND_CLIENT_ID": "real", "TALEND_ACCESS_TOKEN": "real"}
    done = run("sandbox", "-v", "--", sys.executable, "-c", SHOW, env=env)
    variables = json.loads(done.stdout)

    assert set(variables) == {
        "TALEND_CLIENT_ID",
        "TALEND_CLIENT_SECRET",
        "TALEND_API_URL",
        "TALEND_OAUTH_STORE",
    }
    assert "real" not in variables.values()
    assert re.search(r"\d\d:\d\d:\d\d 404 GET / ", done.stderr)
    with pytest.raises(httpx.ConnectError):
        httpx.get(variables["TALEND_API_URL"])


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ([sys.executable, "-c", "import sys; sys.exit(7)"], 7),
        pytest.param(
            ["sh", "-c", "kill -TERM $$"],
            128 + signal.SIGTERM,
            marks=pytest.mark.posix("Windows has no signals for other processes"),
        ),
        (["no-such-program"], 127),
    ],
)
def test_around_a_program_its_status_is_that_of_the_program(
    run: Run, program: list[str], status: int
) -> None:
    for dashes in (["--"], []):
        assert run("sandbox", "--polls", "1", *dashes, *program).returncode == status


def test_accounts_come_from_a_file_and_faults_from_arguments(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps([ACCOUNT, {**ACCOUNT, "client_id": "off", "on_allowlist": False}]))
    faults = ["--fault", '{"status": 503}', "--fault", '{"status": 500}']
    with command("--accounts", str(file), "--json", *faults) as (_, lines):
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
        (["--port", "65536"], "--port: must be a whole number from 0 to 65535"),
        (["--port", "x"], "--port: must be a whole number from 0 to 65535"),
        (["--token-lifetime", "-1"], "--token-lifetime"),
        (["--expires-in", "x"], "--expires-in: not one of"),
        (["--fault", "{"], "--fault needs a JSON object"),
        (["--fault", '{"status": 1}'], "status of a fault"),
        (["--accounts", "/nowhere/accounts.json"], "--accounts cannot be read: No such file"),
        (["--secret", "x"], "There is no option for a secret"),
        (["--tok", "1"], "unknown option --tok"),
    ],
)
def test_what_cannot_be_right_is_said_and_ends_it(
    call: Run, arguments: list[str], said: str
) -> None:
    done = call("sandbox", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_port_that_is_taken_is_said(call: Run, server: Sandbox) -> None:
    done = call("sandbox", "--port", str(urlsplit(server.url).port))

    assert done.returncode == 2
    assert "in use" in done.stderr


def test_without_the_extra_it_is_told_how_to_install_it(
    call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "talend_oauth.sandbox", None)
    done = call("sandbox")

    assert done.returncode == 2
    assert "pip install 'talend-oauth[sandbox]'" in done.stderr
    assert call("sandbox", "--help").returncode == 0


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
    call: Run, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(content)
    done: Any = call("sandbox", "--accounts", str(file))

    assert done.returncode == 2
    assert said in done.stderr
    assert "canary" not in done.stderr
