"""The other subcommands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from talend_oauth.cli import COMMANDS

from .conftest import COMMAND

if TYPE_CHECKING:
    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

DOCUMENTS = Path(__file__).parents[2] / "openapi"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(run: Run, command: str) -> None:
    done = run(command, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: talend-oauth {command}")


def test_whoami_prints_the_account(run: Run, sandbox: Sandbox) -> None:
    account = json.loads(run("whoami").stdout)

    assert (account["type"], account["id"]) == ("SERVICE_ACCOUNT", sandbox.client_id)


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ({"status": 403}, 3, "answered 403 to GET /account/me"),
        ({"status": 200, "body": "<p>"}, 4, "not answered with JSON"),
        ({"reset": True}, 4, "did not answer GET /account/me"),
    ],
)
def test_whoami_says_what_the_api_did(
    run: Run, sandbox: Sandbox, fault: dict[str, object], code: int, says: str
) -> None:
    sandbox.fail(times=None, path="/account/me", **fault)  # type: ignore[arg-type]
    done = run("whoami")

    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_decode_shows_header_and_claims_of_a_piped_token(run: Run, sandbox: Sandbox) -> None:
    token = run("token").stdout
    for text in (token, f"Authorization: Bearer {token}"):
        done = run("decode", input=text)
        decoded = json.loads(done.stdout)
        assert decoded["header"]["alg"] == "RS256"
        assert decoded["claims"]["sub"] == f"{sandbox.client_id}@clients"
        assert done.stderr == "talend-oauth: unverified; ends in 30 min\n"


def test_decode_reads_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(run("token").stdout)

    assert "claims" in json.loads(run("decode", str(tmp_path / "token")).stdout)
    assert run("decode", str(tmp_path / "absent")).returncode == 2


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "....", "\x00", "e30.e30.e30"])
def test_decode_refuses_what_is_no_jwt(run: Run, text: str) -> None:
    done = run("decode", input=text)

    assert (done.returncode, done.stdout) == (2, "")
    assert "This is not a JWT" in done.stderr


def test_regions_lists_talends_names_beside_qliks(run: Run) -> None:
    rows = {row["region"]: row for row in json.loads(run("regions", "--json").stdout)}
    table = run("regions").stdout

    assert {name: rows[name]["qlik"] for name in ("ap", "au", "eu", "ie")} == {
        "ap": "jp",
        "au": "ap",
        "eu": "de",
        "ie": "eu",
    }
    assert rows["eu"]["api_url"] == "https://api.eu.cloud.talend.com"
    assert all(row["place"] in table for row in rows.values())
    assert max(map(len, table.splitlines())) <= 100


def test_exec_gives_the_token_and_keeps_the_pair(run: Run) -> None:
    code = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv]))"
    for keep in (False, True):
        options = ["--keep-secret"] if keep else []
        done = run("exec", *options, "--", sys.executable, "-c", code, "--region", "x")
        seen, arguments = json.loads(done.stdout)
        assert seen["TALEND_ACCESS_TOKEN"] == run("token").stdout.strip()
        assert ("TALEND_CLIENT_SECRET" in seen, "TALEND_CLIENT_ID" in seen) == (keep, keep)
        assert arguments == ["-c", "--region", "x"]


def test_a_command_run_by_exec_can_run_this_command_again(run: Run) -> None:
    done = run("exec", "--", COMMAND, "token")

    assert done.stdout == run("token").stdout


def test_exec_has_the_exit_status_of_the_command(run: Run) -> None:
    assert run("exec", "--", "sh", "-c", "exit 42").returncode == 42
    assert run("exec", "--", "sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM
    assert run("exec", "--", "/no/such/command").returncode == 127
    assert run("exec", "--", os.devnull).returncode == 126
    assert run("exec", "sh").returncode == 2
    assert run("exec", "--").returncode == 2


def test_a_signal_reaches_the_command_run_by_exec(environment: dict[str, str]) -> None:
    script = "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [COMMAND, "exec", "--", "sh", "-c", script], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.stdout.read() == b"caught\n"
        assert process.wait(60) == 3


def test_a_command_run_by_exec_dies_of_a_closed_pipe_as_usual(run: Run) -> None:
    script = f"{COMMAND} exec -- yes | head -n 1"

    assert run(command=["sh", "-c", script]).stdout == "y\n"


def test_the_cache_is_shown_and_emptied(run: Run, environment: dict[str, str]) -> None:
    folder = environment["TALEND_OAUTH_STORE"]
    first = run("token").stdout

    assert run("cache", "path").stdout == f"{folder}\n"
    done = run("cache", "clear")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr == f"talend-oauth: 1 removed from {folder}\n"
    assert run("token").stdout != first
    assert run("cache").returncode == 2
    assert run("cache", "path", env={"TALEND_OAUTH_STORE": "off"}).returncode == 2


def test_spec_prints_the_documents(run: Run) -> None:
    document = (DOCUMENTS / "talend-oauth.yaml").read_text()
    derived = (DOCUMENTS / "talend-oauth-3.0.json").read_text()

    assert run("spec").stdout == document
    assert json.loads(run("spec", "--format", "json").stdout) == yaml.safe_load(document)
    assert run("spec", "--openapi", "3.0", "--format", "json").stdout == derived
    assert yaml.safe_load(run("spec", "--openapi", "3.0").stdout) == json.loads(derived)


@pytest.mark.program
def test_bash_completes_commands_options_and_values(run: Run) -> None:
    script = """
eval "$({command} completion bash)"
try() {{
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _talend_oauth
  echo "${{COMPREPLY[*]}}"
}}
try talend-oauth d
try talend-oauth token --fo
try talend-oauth token --format j
try talend-oauth cache ''
try talend-oauth token --region ''
try talend-oauth token --client-secret-file {file}
""".format(command=COMMAND, file=DOCUMENTS.parent / "pyproject.t")
    done = run(command=["bash", "--norc", "-c", script])

    assert done.stderr == ""
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["doctor", "decode"],
        ["--format"],
        ["json"],
        ["-h", "--help", "path", "clear"],
        [],
        [str(DOCUMENTS.parent / "pyproject.toml")],
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_knows_every_command_and_option(run: Run, shell: str) -> None:
    script = run("completion", shell).stdout

    for command in COMMANDS:
        assert command in script
    for option in ("client-secret-file", "keep-secret", "no-store", "openapi", "token-lifetime"):
        assert option in script
