"""Commands of other toolchains: whether they are there, and what became of running one."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CONSUMERS = TOP / "consumers"

# A cold run downloads every dependency of a language; nothing that works takes this long.
COMMAND_TIMEOUT = 900.0
KEPT_LINES = 40


class StepError(Exception):
    """A step of the run failed; the text says what was run and how it ended."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    Attributes:
        status: Its exit status.
        stdout: What it printed to standard output.
        output: What it printed to both outputs, standard output first.
    """

    status: int
    stdout: str
    output: str


def run(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    time_limit: float = COMMAND_TIMEOUT,
) -> Outcome:
    """Run a command to its end, whatever its exit status.

    Args:
        command: The program and its arguments.
        cwd: Where it runs.
        environment: Its whole environment.
        time_limit: Seconds after which it is killed, with all that it started.

    Raises:
        StepError: When it is not there or takes too long.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        raise StepError(f"{command[0]} is not installed") from None
    with process:
        try:
            stdout, stderr = process.communicate(timeout=time_limit)
        except subprocess.TimeoutExpired:
            raise StepError(f"{' '.join(command)} took more than {time_limit:.0f} s") from None
        finally:
            end_session(process)
    return Outcome(process.returncode, stdout, stdout + stderr)


def end_session(process: subprocess.Popen[str]) -> None:
    """End a process that leads a session of its own, and whatever it started there."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_well(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Outcome:
    """Run a command that has to succeed.

    Raises:
        StepError: When it does not; the end of its output is part of the text.
    """
    outcome = run(command, cwd, environment)
    if outcome.status != 0:
        end = "\n".join(outcome.output.splitlines()[-KEPT_LINES:])
        raise StepError(f"{' '.join(command)} ended with {outcome.status}:\n{end}")
    return outcome


def toolchain_environment() -> dict[str, str]:
    """Return an environment in which the toolchains work and ask for nothing.

    Caches stay where each toolchain puts them, which is below the home directory.
    """
    environment = dict(os.environ)
    # A Go that is too old has to say so; it must not fetch another one. Nor does it need git.
    environment.setdefault("GOTOOLCHAIN", "local")
    environment.setdefault("GOFLAGS", "-buildvcs=false")
    environment.setdefault("CARGO_TERM_COLOR", "never")
    environment["NO_UPDATE_NOTIFIER"] = "1"
    if "RUSTUP_HOME" not in environment and (rustup := _rustup_home()):
        environment["RUSTUP_HOME"] = str(rustup)
    return environment


def _rustup_home() -> Path | None:
    """Find the toolchains of rustup when the home directory is not the one it was set up in.

    The cargo on PATH is then only rustup's proxy, which looks for them below HOME. Whoever asks it
    for a version, as pip does, makes a `.rustup` there that has none.
    """
    cargo = shutil.which("cargo")
    if cargo is None or (Path.home() / ".rustup" / "toolchains").is_dir():
        return None
    beside = Path(cargo).parent.parent.with_name(".rustup")
    return beside if (beside / "toolchains").is_dir() else None
