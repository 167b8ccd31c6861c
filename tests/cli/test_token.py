"""`talend-oauth token`: a token on stdout, everything else on stderr, a status that says why."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


def test_stdout_has_the_token_and_a_newline_and_nothing_else(run: Run) -> None:
    done = run("token")

    assert JWT.fullmatch(done.stdout.removesuffix("\n"))
    assert done.stdout.endswith("\n")
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_module_runs_as_the_command_does(run: Run) -> None:
    done = run("token", command=[sys.executable, "-m", "talend_oauth"])

    assert JWT.fullmatch(done.stdout.strip())
    assert done.returncode == 0


def test_a_second_call_takes_the_token_from_the_store(run: Run, sandbox: Sandbox) -> None:
    before = sandbox.token_requests

    assert run("token").stdout == run("token").stdout
    assert sandbox.token_requests == before + 1


@pytest.mark.parametrize("off", [["--no-store"], []], ids=["option", "variable"])
def test_without_a_store_every_call_asks(run: Run, sandbox: Sandbox, off: list[str]) -> None:
    before = sandbox.token_requests
    env = {} if off else {"TALEND_OAUTH_STORE": "off"}

    run("token", *off, env=env)
    run("token", *off, env=env)
    assert sandbox.token_requests == before + 2


def test_a_stored_token_waits_for_no_http_client(run: Run) -> None:
    code = (
        "import sys; from talend_oauth.cli import main; status = main(['token']); "
        "heavy = {'httpx', 'attrs', 'attr', 'asyncio', 'logging', 'talend_oauth_api', 'typing'};"
        "print(status, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run("token")
    done = run(
        command=[sys.executable, "-S", "-c", f"import sys; sys.path[:0]={sys.path!r}; {code}"]
    )

    assert JWT.fullmatch(done.stdout.strip())
    assert done.stderr == "0 []\n"


def test_the_formats_are_what_their_readers_need(run: Run) -> None:
    token = run("token").stdout.strip()
    as_json = json.loads(run("token", "--format", "json").stdout)

    assert as_json["access_token"] == token
    assert as_json["token_type"] == "Bearer"
    assert 1700 < as_json["expires_in"] <= 1800
    assert as_json["expires_at"] > 1_700_000_000
    assert run("token", "--format", "header").stdout == f"Authorization: Bearer {token}\n"
    assert run("token", "--format=env").stdout == f"export TALEND_ACCESS_TOKEN='{token}'\n"
    assert run("token", "--format", "text").stdout == f"{token}\n"


def test_the_env_format_is_evaluated_by_a_shell(run: Run) -> None:
    shell = f'eval "$({COMMAND} token --format env)"; printf %s "$TALEND_ACCESS_TOKEN"'

    assert run(command=["sh", "-c", shell]).stdout == run("token").stdout.strip()


def test_a_ready_token_is_printed_as_it_is(run: Run) -> None:
    env = {"TALEND_CLIENT_ID": None, "TALEND_CLIENT_SECRET": None, "TALEND_ACCESS_TOKEN": "ready"}

    assert run("token", env=env).stdout == "ready\n"
    assert json.loads(run("token", "--format", "json", env=env).stdout) == {
        "access_token": "ready",
        "token_type": "Bearer",
    }


def test_the_secret_is_read_from_stdin_and_from_a_file(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(sandbox.client_secret)
    file.chmod(0o600)
    for arguments in (["--client-secret-file", "-"], ["--client-secret-file", str(file)]):
        done = run(
            "token", *arguments, env={"TALEND_CLIENT_SECRET": None}, input=sandbox.client_secret
        )
        assert JWT.fullmatch(done.stdout.strip()), done.stderr


def test_a_newline_behind_the_secret_is_told_and_taken_away(run: Run, sandbox: Sandbox) -> None:
    done = run("token", "--client-secret-file", "-", input=f"{sandbox.client_secret}\n")

    assert JWT.fullmatch(done.stdout.strip())
    assert done.stderr.startswith("talend-oauth: warning: the secret on stdin has white space")
    assert len(done.stderr.splitlines()) == 1


def test_bytes_that_are_no_text_are_refused(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [COMMAND, "token", "--client-secret-file", "-"],
        env=environment,
        input=b"\xff\xfe\x00",
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_the_secret_is_asked_for_without_an_echo(
    environment: dict[str, str], sandbox: Sandbox
) -> None:
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "token", "--prompt"],
        env=environment,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(terminal), os.O_RDWR)),
    ) as process:
        os.close(terminal)
        shown = b""
        while b"Client secret: " not in shown:
            shown += os.read(controller, 1024)
        os.write(controller, f"{sandbox.client_secret}\n".encode())
        assert process.stdout is not None
        assert JWT.fullmatch(process.stdout.read().decode().strip())
        assert process.wait(60) == 0
    try:
        while more := os.read(controller, 1024):
            shown += more
    except OSError:  # the terminal is closed
        pass
    os.close(controller)
    assert sandbox.client_secret.encode() not in shown


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, 4, "rejected the request (400 Bad Request)"),
        (401, 3, "rejected the client ID"),
        (403, 3, "may not get a token"),
        (429, 4, "Too many token requests"),
        (500, 4, "failed (500 Internal Server Error)"),
        (302, 4, "redirected the request (302)"),
    ],
)
def test_the_exit_status_says_what_kind_of_failure_it_was(
    run: Run, sandbox: Sandbox, status: int, code: int, says: str
) -> None:
    sandbox.fail(status, times=None)
    done = run("token")

    assert (done.returncode, done.stdout) == (3 if status == 400 else code, "")
    assert says in done.stderr
    assert done.stderr.startswith("talend-oauth: ")
    assert 1 < len(done.stderr.splitlines()) <= 3


def test_a_closed_port_is_status_4(run: Run) -> None:
    done = run("token", env={"TALEND_API_URL": "http://127.0.0.1:1"})

    assert done.returncode == 4
    assert "did not respond: no connection (connection refused)" in done.stderr
    assert "Tried 3 times in " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "a command is missing"),
        (["tokn"], "there is no command 'tokn'"),
        (["token", "--format", "xml"], "argument --format: not one of"),
        (["token", "--reg", "eu"], "does not know the option --reg"),
        (["token", "--client-secret", "x"], "There is no option for a secret"),
        (["token", "--region"], "argument --region: expected one argument"),
        (["token", "--prompt", "--client-secret-file", "x"], "are both given"),
        (["token", "--region", "de", "--api-url", ""], "Talend calls the same place 'eu'"),
        (["token", "extra"], "does not know an argument that was given"),
    ],
)
def test_wrong_usage_is_status_2(run: Run, arguments: list[str], says: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_nothing_set_is_status_2_and_names_the_variables(run: Run) -> None:
    unset = dict.fromkeys(("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_API_URL"))
    done = run("token", env=unset)

    assert done.returncode == 2
    assert "TALEND_CLIENT_ID" in done.stderr
    assert "TALEND_CLIENT_SECRET_FILE" in done.stderr


def test_an_interrupt_is_status_130(environment: dict[str, str], sandbox: Sandbox) -> None:
    count = sandbox.token_requests
    sandbox.hold()
    with subprocess.Popen(
        [COMMAND, "token"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that starts the tests in the background has them ignore the interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            sandbox.wait_for_requests(count + 1, 60)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            sandbox.release()
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(environment: dict[str, str], unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [COMMAND, "token"],
        env=environment | {"PYTHONUNBUFFERED": unbuffered},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_the_help_lists_every_command_in_80_columns(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert done.returncode == 0
    for command in ("token", "exec", "whoami", "doctor", "decode", "regions", "cache", "spec"):
        assert f"\n  {command} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_version_is_printed(run: Run) -> None:
    from talend_oauth import __version__

    assert run("--version").stdout == f"talend-oauth {__version__}\n"
