"""The sandbox as a command: how soon it serves, and the ways to get it without knowing Python."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from .programs import PYTHON_TOOLS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STARTS = 10
LIMIT = 0.5  # seconds


@contextmanager
def serving(*command: str | Path, **variables: str) -> Iterator[dict[str, str]]:
    """Start the sandbox by a command, yield the variables it prints, and end it."""
    process = subprocess.Popen(
        [*command, "sandbox", "--format", "json"],
        stdout=subprocess.PIPE,
        env=os.environ | variables,
        text=True,
        start_new_session=True,  # pipx starts a process of its own, which is to end too
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


def processor_seconds() -> float:
    """Return the processor time of all ended child processes."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def test_the_sandbox_is_served_and_ended_within_half_a_second_of_processor_time() -> None:
    used = []
    for _ in range(STARTS):
        before = processor_seconds()
        with serving(sys.executable, "-m", "talend_oauth"):
            pass
        used.append(processor_seconds() - before)

    # What else the machine does can only add to it: the best is the measure.
    assert min(used) < LIMIT


def test_pipx_runs_the_sandbox_from_a_wheel_of_this_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    home = {"PIPX_HOME": f"{tmp_path}/home", "XDG_CACHE_HOME": f"{tmp_path}/cache"}
    pipx = (PYTHON_TOOLS / "pipx", "run", "--spec", f"{wheel}[sandbox]", "talend-oauth")

    with serving(*pipx, HOME=str(tmp_path), **home) as variables:
        url = variables["TALEND_API_URL"]
        response = httpx.post(
            f"{url}/security/oauth/token",
            auth=(variables["TALEND_CLIENT_ID"], variables["TALEND_CLIENT_SECRET"]),
            json={"grant_type": "client_credentials", "audience": url},
        )

    assert response.status_code == 200


def test_hadolint_finds_nothing_in_the_dockerfile_and_would_find_a_missing_version() -> None:
    hadolint = [PYTHON_TOOLS / "hadolint", "--failure-threshold", "style", "-"]

    def found(text: str) -> str:
        return subprocess.run(
            hadolint, input=text, capture_output=True, text=True, check=False
        ).stdout

    text = (ROOT / "docker" / "Dockerfile").read_text()
    assert found(text) == ""
    assert "DL3006" in found(text.replace("python:3.13-slim", "python"))
