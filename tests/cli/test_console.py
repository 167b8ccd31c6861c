"""Streams that are closed, full or of another encoding; widths and colours of a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth._commands import _console
from talend_oauth.cli import COMMANDS, main

from .conftest import COMMAND, SHELL_COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

    Terminal = Callable[..., tuple[str, int]]

OUTPUTS = [
    "token",
    "whoami",
    "whoami --json",
    "api /account/me",
    "doctor",
    "doctor --json",
    "regions",
    "spec",
    "cache path",
    "completion bash",
    "--help",
    "--version",
    "token --help",
]


def shell(run: Run, line: str) -> subprocess.CompletedProcess[str]:
    return run(command=["sh", "-c", f"exec {SHELL_COMMAND} {line}"])


@pytest.mark.posix("runs sh")
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_full_disk_is_told_in_a_line(run: Run, output: str) -> None:
    done = shell(run, f"{output} >/dev/full")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "talend-oauth: cannot write to standard output: No space left on device."
    )
    assert "Traceback" not in done.stderr


@pytest.mark.posix("runs sh")
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_closed_output_is_told_in_a_line(run: Run, output: str) -> None:
    done = shell(run, f"{output} >&-")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "talend-oauth: cannot write to standard output: it is closed."
    )
    assert "Traceback" not in done.stderr


@pytest.mark.posix("runs sh")
@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full"])
def test_a_closed_or_full_standard_error_changes_no_status(
    run: Run, sandbox: Sandbox, stream: str
) -> None:
    sandbox.fail(401, times=None)
    assert shell(run, f"token {stream}").returncode == 3
    assert shell(run, f"tokn {stream}").returncode == 2
    sandbox.faults.clear()
    done = shell(run, f"token -v {stream}")
    assert done.returncode == 0
    assert done.stdout.count(".") == 2


@pytest.mark.posix("runs sh")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("token --client-secret-file -", "cannot be read: standard input is closed"),
        ("decode", "The token cannot be read from standard input"),
        ("api /x --data -", "The body cannot be read from standard input"),
    ],
)
def test_a_closed_input_is_told(run: Run, line: str, says: str) -> None:
    done = shell(run, f"{line} <&-")

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_an_output_that_is_not_utf_8_takes_every_name(
    run: Run, sandbox: Sandbox, encoding: str
) -> None:
    name = "東京 é"
    sandbox.fail(times=None, path="/account/me", merge={"name": name})
    env = {"PYTHONIOENCODING": encoding}
    for command in ("whoami", "doctor"):
        done = run(command, "--json", env=env, encoding=encoding)
        assert done.returncode == 0, done.stderr
        assert name in repr(json.loads(done.stdout))
        done = run(command, env=env, encoding=encoding)
        assert done.returncode == 0, done.stderr
        assert r"\u6771\u4eac" in done.stdout


def test_utf_8_is_printed_as_it_is(run: Run, sandbox: Sandbox) -> None:
    sandbox.fail(times=None, path="/account/me", merge={"name": "東京"})
    env = {"PYTHONIOENCODING": "utf-8"}

    assert "東京" in run("whoami", env=env, encoding="utf-8").stdout
    assert "東京" in run("whoami", "--json", env=env, encoding="utf-8").stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(environment: dict[str, str], unbuffered: str) -> None:
    for arguments in (["token"], ["spec"], ["api", "/account/me"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=environment | {"PYTHONUNBUFFERED": unbuffered},
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.posix("Windows has no signals for other processes")
def test_an_interrupt_is_status_130(environment: dict[str, str], sandbox: Sandbox) -> None:
    count = sandbox.token_requests
    sandbox.hold()
    with subprocess.Popen(
        [*COMMAND, "token"],
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


INTERRUPTED_IMPORTS = """
import builtins, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
countdown = {countdown}
real = builtins.__import__
def interrupted(*arguments, **more):
    global countdown
    countdown -= 1
    if countdown == 0:
        signal.raise_signal(signal.SIGINT)
    return real(*arguments, **more)
from talend_oauth.cli import main
builtins.__import__ = interrupted
sys.argv = ["talend-oauth", "token"]
main()
"""


@pytest.mark.parametrize("countdown", [1, 2, 3, 5, 8, 13, 40, 100, 200, 400, 800])
def test_an_interrupt_during_any_import_is_status_130(run: Run, countdown: int) -> None:
    code = INTERRUPTED_IMPORTS.format(countdown=countdown)
    done = run(command=[sys.executable, "-c", code])

    assert done.returncode == 130
    assert (done.stdout, done.stderr) == ("", "")


def test_an_interrupt_that_meets_a_destructor_is_status_130(run: Run) -> None:
    code = """
import signal, sys
import talend_oauth._commands.regions as command
class Object:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
def run(arguments):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Object()
    print("this is too late")
    return 0
command.run = run
sys.argv = ["talend-oauth", "regions"]
from talend_oauth.cli import main
main()
"""
    done = run(command=[sys.executable, "-c", code])

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_what_nobody_foresaw_is_a_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from talend_oauth._commands import regions

    def fail(arguments: list[str]) -> int:
        raise LookupError("canary")

    monkeypatch.setattr(regions, "run", fail)
    assert main(["regions"]) == 1
    short = capsys.readouterr().err
    assert main(["-v", "regions"]) == 1
    long = capsys.readouterr().err

    assert short == (
        "talend-oauth: LookupError inside talend-oauth: this is a bug.\n"
        "  Run it again with --verbose, and report what it prints.\n"
    )
    assert "test_console.py" in long
    assert " fail\n" in long
    for said in (short, long):
        assert "Traceback" not in said
        assert "canary" not in said


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_fits_80_columns_and_has_examples(call_help: Any, command: str) -> None:
    shown = call_help(*([command] if command else []))

    assert shown.startswith("usage: talend-oauth" + (f" {command}" if command else ""))
    assert "\nexamples:\n  " in shown
    assert max(map(len, shown.splitlines())) <= 100
    assert "read from the environment" not in shown or command in (
        "token",
        "exec",
        "api",
        "whoami",
        "doctor",
    )


@pytest.fixture
def call_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    monkeypatch.setenv("COLUMNS", "80")

    def call_help(*arguments: str) -> str:
        assert main([*arguments, "--help"]) == 0
        return capsys.readouterr().out

    return call_help


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["-v", "help"]])
def test_the_help_lists_every_command(call: Run, arguments: list[str]) -> None:
    done = call(*arguments)

    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_of_a_command_can_be_asked_for_by_word(run: Run) -> None:
    assert run("help", "token").stdout == run("token", "--help").stdout


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_printed(call: Run, option: str) -> None:
    from talend_oauth import __version__

    assert call(option).stdout == f"talend-oauth {__version__}\n"


WRONG = {
    "TALEND_CLIENT_ID": "3f1e7a52-7e2055f2-4eb0-4cad-7e2055f2-4eb0-4cad",
    "TALEND_AUDIENCE": "",
}
PLAIN = {"NO_COLOR": "1"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["token"],
        ["whoami"],
        ["doctor"],
        ["regions"],
        ["token", "--region", "narnia", "--api-url", ""],
        ["token", "--regoin", "eu"],
        ["tokn"],
        ["cache", "path"],
        ["sandbox", "--host", "10.0.0.1"],
        ["exec", "no-such-program-with-quite-a-long-name-that-cannot-be-found-anywhere-here"],
    ],
)
def test_no_line_in_a_terminal_is_cut_within_a_word(
    in_terminal: Terminal, arguments: list[str]
) -> None:
    shown, _ = in_terminal(*arguments, env={**WRONG, **PLAIN})

    assert "Traceback" not in shown
    for line in shown.splitlines():
        assert len(line) <= 80 or " " not in line.strip() or "no-such-program" in line


def test_a_pipe_gets_each_part_in_one_line(run: Run) -> None:
    done = run("token", env=WRONG)

    assert len(done.stderr.splitlines()) <= 3
    assert max(map(len, done.stderr.splitlines())) > 80


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_a_terminal_gets_colours_unless_they_are_not_wanted(
    in_terminal: Terminal, env: dict[str, str | None], coloured: bool
) -> None:
    error, _ = in_terminal("token", env={**WRONG, **env})
    doctor, status = in_terminal("doctor", env=env)

    assert ("\x1b[31;1mtalend-oauth:\x1b[0m" in error) == coloured
    assert ("\x1b[32mok" in doctor) == coloured
    assert status == 0


def test_a_pipe_gets_no_colours_unless_they_are_forced(run: Run) -> None:
    for command in ("token", "doctor"):
        assert "\x1b" not in repr(run(command, env=WRONG))
    assert "\x1b[31;1mtalend-oauth:\x1b[0m" in run("token", env=WRONG | {"FORCE_COLOR": "1"}).stderr


def test_a_warning_is_marked_as_one(in_terminal: Terminal, environment: dict[str, str]) -> None:
    env = {"TALEND_CLIENT_SECRET": environment["TALEND_CLIENT_SECRET"] + " "}
    shown, status = in_terminal("token", env=env)

    assert status == 0
    assert "\x1b[33mtalend-oauth: warning:\x1b[0m TALEND_CLIENT_SECRET has white space" in shown


def test_control_characters_cannot_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _console.say("a\x1b[2Jb\u202ec")

    assert capsys.readouterr().err == "talend-oauth: a?[2Jb?c\n"


def test_a_stream_that_a_program_closed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "out").open("w") as closed:
        pass
    monkeypatch.setattr(sys, "stdout", closed)

    assert main(["regions"]) == 1
    assert "it is closed" in capsys.readouterr().err
