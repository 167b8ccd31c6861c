"""`talend-oauth token`: a token on stdout, everything else on stderr, a status that says why."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import FileStore, Settings
from talend_oauth._clock import SYSTEM_CLOCK, Instant, now
from talend_oauth._stores.record import StoredToken
from talend_oauth._token import AccessToken

from .conftest import COMMAND, SHELL_COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


def age_store(environment: dict[str, str], seconds: float) -> None:
    """Make the stored token older."""
    settings = Settings(
        client_id=environment["TALEND_CLIENT_ID"],
        client_secret=environment["TALEND_CLIENT_SECRET"],
        api_url=environment["TALEND_API_URL"],
    )
    assert settings.secret is not None
    store = FileStore(environment["TALEND_OAUTH_STORE"])
    stored = StoredToken(store, settings, settings.secret.read(settings.client_id))
    moment = now(SYSTEM_CLOCK)
    token = stored.load(moment)
    assert token is not None
    requested = Instant(token.requested.wall - seconds, token.requested.monotonic - seconds)
    older = AccessToken(token.value, expires_in=token.expires_in, requested=requested)
    stored.save(older, older.expires_in - older.age(moment))


def test_stdout_has_the_token_and_a_newline_and_nothing_else(run: Run) -> None:
    done = run("token")

    assert JWT.fullmatch(done.stdout.removesuffix("\n"))
    assert done.stdout.endswith("\n")
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("module", ["talend_oauth", "talend_oauth.cli"])
def test_the_module_runs_as_the_command_does(run: Run, module: str) -> None:
    done = run("token", command=[sys.executable, "-m", module])

    assert JWT.fullmatch(done.stdout.strip())
    assert done.returncode == 0


def test_a_second_call_takes_the_token_from_the_store(run: Run, sandbox: Sandbox) -> None:
    before = sandbox.token_requests

    assert run("token").stdout == run("token").stdout
    assert sandbox.token_requests == before + 1


@pytest.mark.parametrize("off", ["--no-store", "off", "OFF", " off", "off\r", "false", "0", "no"])
def test_without_a_store_every_process_asks(
    run: Run, sandbox: Sandbox, off: str, tmp_path: Path
) -> None:
    before = sandbox.token_requests
    arguments, env = ([off], {}) if off.startswith("-") else ([], {"TALEND_OAUTH_STORE": off})

    run("token", *arguments, env=env, cwd=tmp_path)
    run("token", *arguments, env=env, cwd=tmp_path)
    assert sandbox.token_requests == before + 2
    assert list(tmp_path.iterdir()) == []


def test_a_store_below_the_home_folder_is_found(run: Run, tmp_path: Path) -> None:
    home = "HOME" if os.name == "posix" else "USERPROFILE"
    env = {"TALEND_OAUTH_STORE": f"~{os.sep}tokens", home: str(tmp_path)}

    assert run("token", env=env).returncode == 0
    assert run("cache", "path", env=env).stdout == f"{tmp_path / 'tokens'}\n"
    assert len(list((tmp_path / "tokens").glob("*.json"))) == 1


@pytest.mark.parametrize("folder", ["tokens", "./tokens", "$HOME/tokens", "${HOME}/x", "%TEMP%"])
def test_a_store_that_is_no_full_path_is_refused(call: Run, folder: str) -> None:
    done = call("token", env={"TALEND_OAUTH_STORE": folder})

    assert (done.returncode, done.stdout) == (2, "")
    assert "TALEND_OAUTH_STORE is neither 'off' nor the full path of a folder" in done.stderr


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


def test_a_stored_token_is_refreshed_in_the_last_third_of_its_lifetime(
    run: Run, sandbox: Sandbox, environment: dict[str, str]
) -> None:
    first = run("token").stdout
    age_store(environment, 1100)
    assert run("token").stdout == first
    before = sandbox.token_requests
    age_store(environment, 150)
    second = run("token").stdout

    assert second != first
    assert sandbox.token_requests == before + 1
    assert run("token").stdout == second


def test_a_refresh_that_fails_leaves_the_stored_token_in_use(
    run: Run, sandbox: Sandbox, environment: dict[str, str]
) -> None:
    first = run("token").stdout
    age_store(environment, 1300)
    sandbox.fail(401, times=None)
    done = run("token")

    assert (done.stdout, done.returncode) == (first, 0)
    assert "warning: the token was not refreshed; it is valid for " in done.stderr
    age_store(environment, 600)
    done = run("token")
    assert (done.stdout, done.returncode) == ("", 3)


def test_a_new_token_can_be_had_and_is_stored(run: Run, sandbox: Sandbox) -> None:
    first = run("token").stdout
    before = sandbox.token_requests
    second = run("token", "--refresh").stdout

    assert second != first
    assert sandbox.token_requests == before + 1
    assert run("token").stdout == second
    assert run("token", "--refresh", "--no-store").stdout not in (first, second)


def test_a_new_token_that_cannot_be_had_is_an_error(run: Run, sandbox: Sandbox) -> None:
    run("token")
    sandbox.fail(403, times=None)
    done = run("token", "--refresh")

    assert (done.returncode, done.stdout) == (3, "")


def test_a_token_that_was_given_cannot_be_refreshed(call: Run) -> None:
    unset = {"TALEND_CLIENT_ID": None, "TALEND_CLIENT_SECRET": None}
    done = call("token", "--refresh", env={**unset, "TALEND_ACCESS_TOKEN": "ready"})

    assert (done.returncode, done.stdout) == (2, "")
    assert "The access token in TALEND_ACCESS_TOKEN cannot be refreshed." in done.stderr


def test_a_token_with_too_little_left_is_replaced(
    run: Run, sandbox: Sandbox, environment: dict[str, str]
) -> None:
    first = run("token").stdout
    age_store(environment, 700)
    before = sandbox.token_requests

    assert run("token", "--min-lifetime", "1000").stdout == first
    assert run("token", "--min-lifetime", "1200").stdout != first
    assert sandbox.token_requests == before + 1


def test_more_than_a_lifetime_cannot_be_had(call: Run) -> None:
    done = call("token", "--min-lifetime", "3600")

    assert (done.returncode, done.stdout) == (2, "")
    assert "valid for 1800 s, less than --min-lifetime 3600" in done.stderr


def test_the_formats_are_what_their_readers_need(call: Run) -> None:
    token = call("token").stdout.strip()
    as_json = json.loads(call("token", "--format", "json").stdout)

    assert as_json.keys() == {"access_token", "token_type", "expires_in", "expires_at"}
    assert as_json["access_token"] == token
    assert as_json["token_type"] == "Bearer"
    assert 1700 < as_json["expires_in"] <= 1800
    assert as_json["expires_at"] > 1_700_000_000
    assert call("token", "--format", "header").stdout == f"Authorization: Bearer {token}\n"
    assert call("token", "--format=export").stdout == f"export TALEND_ACCESS_TOKEN='{token}'\n"
    line = call("token", "--format", "powershell").stdout
    assert line == f"$env:TALEND_ACCESS_TOKEN = '{token}'\n"
    assert call("token", "--format", "cmd").stdout == f'set "TALEND_ACCESS_TOKEN={token}"\n'
    assert call("token", "--format", "text").stdout == f"{token}\n"
    assert json.loads(call("token", "--json").stdout)["access_token"] == token


def test_a_token_that_expires_while_it_is_printed_has_no_negative_lifetime() -> None:
    from talend_oauth._commands._options import expiry

    token = AccessToken("x", expires_in=10, requested=Instant(1000.0, 0.0))
    assert expiry(token) == (0, 1010)


@pytest.mark.posix("runs sh")
def test_the_env_format_is_evaluated_by_a_shell(run: Run) -> None:
    shell = f'eval "$({SHELL_COMMAND} token --format export)"; printf %s "$TALEND_ACCESS_TOKEN"'

    assert run(command=["sh", "-c", shell]).stdout == run("token").stdout.strip()


@pytest.mark.skipif(os.name != "nt", reason="of Windows")
def test_the_cmd_format_is_evaluated_by_cmd(run: Run, tmp_path: Path) -> None:
    (tmp_path / "set.cmd").write_text(f"@{run('token', '--format', 'cmd').stdout}")
    code = "import os; print(os.environ['TALEND_ACCESS_TOKEN'])"
    (tmp_path / "all.cmd").write_text(f'@call set.cmd\n@"{sys.executable}" -c "{code}"\n')
    done = run(command=["cmd", "/d", "/c", "all.cmd"], cwd=tmp_path)

    assert done.stdout == run("token").stdout


def test_a_token_that_was_given_is_printed_as_it_is(call: Run) -> None:
    env = {"TALEND_CLIENT_ID": None, "TALEND_CLIENT_SECRET": None, "TALEND_ACCESS_TOKEN": "ready"}

    assert call("token", env=env).stdout == "ready\n"
    assert json.loads(call("token", "--format", "json", env=env).stdout) == {
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


@pytest.mark.posix("runs sh")
def test_a_secret_that_can_be_read_only_once_is_read_once(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    unset = {"TALEND_CLIENT_SECRET": None, "SECRET": sandbox.client_secret}
    for line in (
        f"{SHELL_COMMAND} token --client-secret-file /dev/stdin",
        f"TALEND_CLIENT_SECRET_FILE=/dev/stdin {SHELL_COMMAND} whoami",
        f"TALEND_CLIENT_SECRET_FILE=- {SHELL_COMMAND} doctor",
        # As a shell passes <(command)
        f"{SHELL_COMMAND} token --no-store --client-secret-file /dev/fd/9 9<&0",
        f"printf %s $SECRET >fifo & {SHELL_COMMAND} token --no-store --client-secret-file fifo",
    ):
        command = ["sh", "-c", f"printf %s $SECRET | {{ {line}; }}"]
        done = run(command=command, env=unset, cwd=tmp_path)
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout


def test_a_newline_behind_the_secret_is_taken_away(run: Run, sandbox: Sandbox) -> None:
    done = run("token", "--client-secret-file", "-", input=f"{sandbox.client_secret}\n")

    assert JWT.fullmatch(done.stdout.strip())
    assert done.stderr == ""


def test_white_space_round_the_secret_is_told_and_taken_away(run: Run, sandbox: Sandbox) -> None:
    done = run("token", "--client-secret-file", "-", input=f" {sandbox.client_secret}\n")

    assert JWT.fullmatch(done.stdout.strip())
    assert done.stderr.startswith("talend-oauth: warning: --client-secret-file (-) has white space")
    assert len(done.stderr.splitlines()) == 1


def test_bytes_that_are_no_text_are_refused(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*COMMAND, "token", "--client-secret-file", "-"],
        env=environment,
        input=b"\xff\xfe\xfd",
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_the_secret_is_asked_for_without_an_echo(
    in_terminal: Callable[..., tuple[str, int]], sandbox: Sandbox
) -> None:
    shown, status = in_terminal("token", "--prompt", typed=f"{sandbox.client_secret}\n".encode())

    assert status == 0
    assert shown.startswith("Client secret: ")
    assert JWT.search(shown)
    assert sandbox.client_secret not in shown


def test_an_end_of_input_at_the_prompt_is_told(
    in_terminal: Callable[..., tuple[str, int]],
) -> None:
    shown, status = in_terminal("token", "--prompt", typed=b"\x04")

    assert status == 2
    assert "Nothing was typed." in shown
    assert "Traceback" not in shown


def test_an_interrupt_at_the_prompt_is_status_130(
    in_terminal: Callable[..., tuple[str, int]],
) -> None:
    shown, status = in_terminal("token", "--prompt", typed=b"\x03")

    assert status == 130
    assert "Traceback" not in shown


def test_a_prompt_without_a_terminal_is_told(run: Run) -> None:
    done = run("token", "--prompt", start_new_session=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no terminal to ask in." in done.stderr
    assert "--client-secret-file -" in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, 3, "rejected the request (400 Bad Request)"),
        (401, 3, "rejected the client ID"),
        (403, 3, "may not get a token"),
        (429, 4, "Too many token requests"),
        (500, 4, "failed (500 Internal Server Error)"),
        (302, 4, "redirected the request (302)"),
    ],
)
def test_the_exit_status_says_what_kind_of_failure_it_was(
    call: Run, sandbox: Sandbox, status: int, code: int, says: str
) -> None:
    sandbox.fail(status, times=None, headers={"retry-after": "0"})
    done = call("token", "--audience", f"https://{status}.example")

    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert done.stderr.startswith("talend-oauth: ")
    assert 1 < len(done.stderr.splitlines()) <= 3


def test_a_closed_port_is_status_4(run: Run) -> None:
    done = run("token", env={"TALEND_API_URL": "http://127.0.0.1:1"})

    assert done.returncode == 4
    assert "no connection (connection refused)" in done.stderr
    assert "Tried 3 times in " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "a command is missing"),
        (["tokn"], "there is no command 'tokn'. Did you mean token?"),
        (["--regoin"], "options follow a command"),
        (["token", "--format", "xml"], "token: argument --format: not one of"),
        (["token", "--reg", "eu"], "token: unknown option --reg.\n  Did you mean --region?"),
        (["token", "--regoin", "eu"], "Did you mean --region? See talend-oauth token --help."),
        (["token", "--client-secret", "x"], "There is no option for a secret"),
        (["token", "--region"], "argument --region: expected one argument"),
        (["token", "--prompt", "--client-secret-file", "x"], "are both given"),
        (["token", "--region", "de", "--api-url", ""], "'eu'"),
        (["token", "extra"], "token: unexpected argument."),
        (["token", "--min-lifetime", "x"], "--min-lifetime: must be a number from 0 to 86400."),
        (["token", "--min-lifetime", "nan"], "--min-lifetime: must be a number from 0 to 86400."),
        (["cache"], "cache: action (path or clear) is missing."),
        (["completion", "tcsh"], "argument shell: not one of"),
    ],
)
def test_wrong_usage_is_status_2(call: Run, arguments: list[str], says: str) -> None:
    done = call(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["canaryabcdefghijk"],
        ["canary" * 20],
        ["canary-1"],
        ["token", "canary"],
        ["token", "--canary=x"],
        ["token", "--min-lifetime", "canary"],
        ["token", "--format", "canary"],
        ["cache", "canary"],
        ["sandbox", "--port", "canary"],
        ["sandbox", "--host", "canary"],
        ["sandbox", "--accounts", "canary"],
        ["sandbox", "--fault", "canary"],
        ["sandbox", "--token-lifetime", "canary"],
        ["api", "canary", "canary"],
        ["api", "/x", "--header", "canary"],
        ["api", "/x", "--data", "@canary"],
        ["decode", "canary"],
    ],
)
def test_a_value_in_a_wrong_place_may_be_a_secret_and_is_not_repeated(
    call: Run, arguments: list[str]
) -> None:
    # An option's name is repeated where it looks like one: it says what was mistyped.
    done = call(*(argument.replace("--canary", "--Canary") for argument in arguments))

    assert done.returncode == 2
    assert "canary" not in done.stdout + done.stderr.lower()


def test_nothing_set_is_status_2_and_names_the_variables_and_options(call: Run) -> None:
    unset = dict.fromkeys(("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_API_URL"))
    done = call("token", env=unset)

    assert done.returncode == 2
    for name in ("TALEND_CLIENT_ID", "--client-id", "TALEND_CLIENT_SECRET", "--client-secret-file"):
        assert name in done.stderr
    assert "=" not in done.stderr  # `client_id=` is Python


def test_verbose_says_what_is_done_and_how_often_it_is_tried(run: Run, sandbox: Sandbox) -> None:
    sandbox.fail(503, headers={"retry-after": "0"})
    verbose = run("-v", "token")
    again = run("token", "--verbose")

    lines = verbose.stderr.splitlines()
    assert "client_secret from TALEND_CLIENT_SECRET" in lines[0]
    assert any("retrying: " in line and "error=ServerError" in line for line in lines)
    assert any("fetched: " in line and "tries=2" in line for line in lines)
    assert "the stored token is valid for 1" in again.stderr
    for done in (verbose, again):
        assert JWT.fullmatch(done.stdout.strip())
        assert sandbox.client_secret not in done.stderr
        assert done.stdout.strip() not in done.stderr
        assert done.returncode == 0


def test_every_option_can_be_given(call: Run, sandbox: Sandbox) -> None:
    unset = dict.fromkeys(("TALEND_CLIENT_ID", "TALEND_API_URL"))
    options: dict[str, Any] = {
        "--client-id": sandbox.client_id,
        "--api-url": sandbox.url,
        "--audience": "https://audience.example",
        "--talend-version": "2021-01",
    }
    done = call("token", *(part for pair in options.items() for part in pair), env=unset)

    assert done.returncode == 0, done.stderr
    assert sandbox.log[-1].audience == "https://audience.example"
    assert sandbox.log[-1].talend_version_header == "2021-01"
