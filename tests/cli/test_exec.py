"""`talend-oauth exec`: a program with a token in its environment and without the credentials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from talend_oauth._commands import _programs

from .conftest import COMMAND, SHELL_COMMAND
from .test_token import age_store

if TYPE_CHECKING:
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

PRINT = (sys.executable, "-c", "import os; print(os.environ['TALEND_ACCESS_TOKEN'])")
windows = pytest.mark.skipif(os.name != "nt", reason="Windows has statuses of 32 bits")
SHOW = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv]))"


def test_it_gives_the_token_and_keeps_the_credentials(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("canary")
    env = {"TALEND_API_TOKEN": "stale"}
    for keep in (False, True):
        options = ["--keep-secret"] if keep else []
        done = run("exec", *options, "--", sys.executable, "-c", SHOW, "--region", "x", env=env)
        seen, arguments = json.loads(done.stdout)
        assert seen["TALEND_ACCESS_TOKEN"] == run("token").stdout.strip()
        assert "TALEND_API_TOKEN" not in seen
        assert ("TALEND_CLIENT_SECRET" in seen, "TALEND_CLIENT_ID" in seen) == (keep, keep)
        assert arguments == ["-c", "--region", "x"]


def test_the_file_of_the_secret_is_not_named_to_the_program(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(sandbox.client_secret)
    file.chmod(0o600)
    env = {"TALEND_CLIENT_SECRET": None, "TALEND_CLIENT_SECRET_FILE": str(file)}
    done = run("exec", "--", sys.executable, "-c", SHOW, env=env)

    assert "TALEND_CLIENT_SECRET_FILE" not in json.loads(done.stdout)[0]


def test_the_program_can_run_this_command_again(run: Run) -> None:
    done = run("exec", "--", *COMMAND, "token", env={"TALEND_API_TOKEN": "stale"})

    assert done.stdout == run("token").stdout


@pytest.mark.parametrize(
    "arguments", [[], ["--audience", "https://a.example"], ["-v"], ["--refresh"]]
)
def test_the_two_dashes_can_be_left_out(run: Run, arguments: list[str]) -> None:
    done = run("exec", *arguments, *PRINT)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count(".") == 2


def test_without_dashes_the_programs_own_options_and_dashes_are_its_own(run: Run) -> None:
    done = run("exec", sys.executable, "-c", SHOW, "--region", "--", "x")

    assert json.loads(done.stdout)[1] == ["-c", "--region", "--", "x"]


@pytest.mark.parametrize("status", [0, 42, pytest.param(0xC000013A, marks=windows)])
def test_its_exit_status_is_that_of_the_program(run: Run, status: int) -> None:
    code = f"import os; os._exit({status if status < 2**31 else status - 2**32})"
    assert run("exec", "--", sys.executable, "-c", code).returncode == status


@pytest.mark.posix("Windows has no signals for other processes")
def test_the_signal_that_ends_it_is_that_of_the_program(run: Run) -> None:
    assert run("exec", "--", "sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM


@pytest.mark.posix("Windows has other reasons")
@pytest.mark.parametrize(
    ("program", "status", "says"),
    [
        ("no-such-program", 127, "no-such-program: no such program."),
        ("/no/such/program", 127, "no such file."),
        ("", 127, "the name of the program is empty."),
        ("{folder}", 126, "it is a folder."),
        ("{folder}/plain", 126, "permission denied"),
        ("{folder}/format", 126, "it is neither a program nor a script"),
        ("{folder}/interpreter", 127, "the interpreter in its first line (#!) was not found."),
    ],
)
def test_why_a_program_cannot_be_run_is_told(
    run: Run, tmp_path: Path, program: str, status: int, says: str
) -> None:
    for name, text, mode in (
        ("plain", "x", 0o644),
        ("format", "x", 0o755),
        ("interpreter", "#!/no/such/interpreter\n", 0o755),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    done = run("exec", "--", program.format(folder=tmp_path), env={"TALEND_ACCESS_TOKEN": None})

    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_program_is_wrong_usage(call: Run) -> None:
    for arguments in (["exec"], ["exec", "--"], ["exec", "--refresh"]):
        done = call(*arguments)
        assert done.returncode == 2
        assert "talend-oauth exec [options] -- PROGRAM" in done.stderr


def test_a_program_does_not_get_an_old_token(run: Run, environment: dict[str, str]) -> None:
    first = run("token").stdout
    age_store(environment, 1300)

    assert run("exec", "--", *PRINT).stdout != first


def test_a_program_that_needs_long_gets_a_token_that_lasts(
    run: Run, environment: dict[str, str]
) -> None:
    first = run("token").stdout
    age_store(environment, 300)

    assert run("exec", "--", *PRINT).stdout == first
    assert run("exec", "--min-lifetime", "1700", "--", *PRINT).stdout != first


@pytest.mark.posix("Windows has no signals for other processes")
def test_a_signal_reaches_the_program(environment: dict[str, str]) -> None:
    script = "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [*COMMAND, "exec", "--", "sh", "-c", script], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.stdout.read() == b"caught\n"
        assert process.wait(60) == 3


@pytest.mark.posix("runs programs of POSIX")
def test_a_program_dies_of_a_closed_pipe_as_usual(run: Run) -> None:
    script = f"{SHELL_COMMAND} exec -- yes | head -n 1"

    assert run(command=["sh", "-c", script]).stdout == "y\n"


@pytest.mark.posix("Windows has no signals for other processes")
def test_no_signal_that_python_ignores_is_ignored_in_the_program(run: Run) -> None:
    shown = run("exec", "--", "grep", "SigIgn", "/proc/self/status").stdout
    ignored = int(shown.split()[1], 16)

    assert not ignored & (1 << (signal.SIGPIPE - 1))
    assert not ignored & (1 << (signal.SIGXFSZ - 1))


@pytest.mark.posix("runs programs of POSIX")
def test_a_program_runs_although_standard_output_is_closed(run: Run) -> None:
    done = run(command=["sh", "-c", f"{SHELL_COMMAND} exec -- sh -c 'exit 7' >&-"])

    assert done.returncode == 7


def test_beside_this_process_a_programs_status_is_passed_on() -> None:
    # As on Windows, where no process can become another program.
    program = [sys.executable, "-c", "import sys; sys.exit(3)"]
    assert _programs.run_beside(program, dict(os.environ)) == 3


@pytest.mark.posix("Windows has no signals for other processes")
def test_beside_this_process_a_signal_is_passed_on_as_shells_do() -> None:
    status = _programs.run_beside(["sh", "-c", "kill -KILL $$"], dict(os.environ))
    assert status == 128 + signal.SIGKILL


@pytest.mark.parametrize(("given", "status"), [(0, 0), (3, 3), (0xC000013A, 0xC000013A - 2**32)])
def test_a_status_of_windows_is_one_that_python_exits_with(
    given: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "name", "nt")  # sys.exit would turn what is larger into -1
    found = _programs._exit_status(given)
    monkeypatch.undo()

    assert found == status


def test_on_windows_a_script_is_found_as_the_shell_finds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / ("tool.cmd" if os.name == "nt" else "tool")
    script.write_text("@exit /b 4\n" if os.name == "nt" else "#!/bin/sh\nexit 4\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        found = _programs._found(["tool", "x"])

    assert found[0].lower() == str(script).lower()
    assert _programs.run_beside(["tool", "x"], dict(os.environ)) == 4


def test_beside_this_process_a_missing_program_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _programs.run_beside(["no-such-program"], {}) == 127
    assert "no-such-program: no such program." in capsys.readouterr().err


@pytest.mark.posix("Windows has no signals for other processes")
def test_beside_this_process_an_end_is_passed_on_and_an_interrupt_waits() -> None:
    code = (
        "import os, sys; from talend_oauth._commands._programs import run_beside; "
        "sys.exit(run_beside(sys.argv[1:], os.environ))"
    )
    script = "trap 'exit 5' TERM; trap '' INT; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [sys.executable, "-c", code, "sh", "-c", script], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        process.terminate()
        assert process.wait(60) == 5
