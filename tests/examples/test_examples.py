"""The programs of examples/ do what they say, against a sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from talend_oauth.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
TASK = "57f64991e4b0b689a64feed0"
START, POLL = ("POST", "/processing/executions"), ("GET", "/processing/executions/")
CRON = pytest.mark.posix("Windows has no cron, and starts no script by its first line")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a user's shell has, with stores of its own and without any setting of Talend."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TALEND_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONWARNINGS": "error",
    }


def run(
    environment: dict[str, str], program: str, *arguments: str, status: int = 0
) -> tuple[str, str]:
    """Run an example; return its two outputs."""
    interpreter = [sys.executable] if program.endswith(".py") else []
    done = subprocess.run(
        [*interpreter, str(EXAMPLES / program), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout, done.stderr


def asked(sandbox: Sandbox, call: tuple[str, str]) -> list[int]:
    """Return the statuses of the answers to calls of a method and the start of a path."""
    method, path = call
    return [
        entry.status or 0
        for entry in sandbox.log
        if entry.method == method and entry.path.startswith(path)
    ]


def test_a_task_is_watched_past_the_expiry_of_its_token(environment: dict[str, str]) -> None:
    with Sandbox(token_lifetime=1, polls=5) as sandbox:
        out, _ = run(environment | sandbox.environment(), "run_task.py", TASK, "--every", "0.4")
        assert out.splitlines()[1:] == [
            "dispatching",
            *["executing"] * 4,
            "execution_successful",
        ]
        assert sandbox.token_requests >= 2
        assert asked(sandbox, POLL).count(200) == 6


def test_an_outage_of_the_api_is_waited_out(environment: dict[str, str]) -> None:
    with Sandbox(polls=0) as sandbox:
        sandbox.run(TASK)
        (execution,) = sandbox.executions
        sandbox.fail(503, path=f"/processing/executions/{execution}", times=2)
        code = f"import run_task, talend_oauth as t; run_task.watch(t.client(), {execution!r}, 0)"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=EXAMPLES,
            env=environment | sandbox.environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert asked(sandbox, POLL) == [503, 503, 200]
        assert done.stderr.count("poll failed: ") == 2
        assert done.stdout == "execution_successful\n"


def test_a_wrong_secret_ends_the_watch_with_the_status_of_a_refusal(
    environment: dict[str, str],
) -> None:
    with Sandbox() as sandbox:
        wrong = sandbox.environment() | {"TALEND_CLIENT_SECRET": "wrong-7d1f"}
        out, err = run(environment | wrong, "run_task.py", TASK, status=3)
    assert "rejected the client ID" in err
    assert "Traceback" not in err
    assert "wrong-7d1f" not in out + err


def test_many_tasks_share_one_token(environment: dict[str, str]) -> None:
    tasks = [f"{TASK}{number}" for number in range(10)]
    with Sandbox(polls=1) as sandbox:
        out, _ = run(environment | sandbox.environment(), "run_tasks.py", *tasks, "--every", "0")
        assert out.splitlines() == [f"{task}  execution_successful" for task in tasks]
        assert asked(sandbox, START) == [201] * 10
        assert sandbox.token_requests == 1


def test_a_task_is_started_with_requests(environment: dict[str, str]) -> None:
    with Sandbox() as sandbox:
        out, _ = run(environment | sandbox.environment(), "start_task.py", TASK)
        assert [out.strip()] == list(sandbox.executions)
        assert asked(sandbox, START) == [201]


def test_any_class_that_wants_a_function_is_served(environment: dict[str, str]) -> None:
    with Sandbox() as sandbox:
        out, _ = run(environment | sandbox.environment(), "accounts.py")
        assert out == f"{sandbox.url}  {sandbox.accounts[0].name}\n"


def test_a_lambda_asks_for_nothing_while_it_loads_and_once_for_all_its_calls(
    environment: dict[str, str],
) -> None:
    code = (
        "import lambda_handler as module; print('loaded', flush=True); input()\n"
        f"for _ in range(3): print(module.handler({{'task': {TASK!r}}}, None)['execution'])\n"
        "module.talend.close()"
    )
    with (
        Sandbox() as sandbox,
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=EXAMPLES,
            env=environment | sandbox.environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "loaded\n"
        assert sandbox.log == []
        out, _ = process.communicate("called\n", timeout=60)
        assert process.returncode == 0
        assert out.split() == list(sandbox.executions)
        assert sandbox.token_requests == 1


@CRON
def test_cron_runs_a_task_with_one_token_for_all_its_calls(environment: dict[str, str]) -> None:
    quick = {"POLL_SECONDS": "0"}
    with Sandbox(polls=1) as sandbox:
        out, err = run(environment | sandbox.environment() | quick, "nightly-load", TASK)
        (execution,) = sandbox.executions
        assert (out, err) == (f"{execution} execution_successful\n", "")
        assert len(asked(sandbox, POLL)) == 2
        assert sandbox.token_requests == 1


@CRON
@pytest.mark.parametrize(
    ("change", "status"), [({"TALEND_CLIENT_SECRET": "wrong"}, 3), ({"TALEND_CLIENT_ID": ""}, 2)]
)
def test_cron_learns_why_there_is_no_token(
    environment: dict[str, str], change: dict[str, str], status: int
) -> None:
    with Sandbox() as sandbox:
        out, err = run(
            environment | sandbox.environment() | change, "nightly-load", TASK, status=status
        )
        assert out == ""
        assert err.startswith("talend-oauth: ")
        assert asked(sandbox, START) == []


def test_every_program_has_a_line_in_the_readme() -> None:
    programs = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - {"README.md"}
    lines = (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
    named = {line.split("`")[1].split()[0] for line in lines if line.startswith("| `")}
    assert named == programs
