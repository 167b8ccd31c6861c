"""Installs the wheel into fresh environments, and runs the tests on it outside of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = "sandbox"
WORKERS = ("--numprocesses", "auto", "--dist", "worksteal")  # as scripts/test

# What the tests read. Neither src nor generated: of the two packages, only the wheel's are there.
COPIED = (
    "conformance",
    "consumers/python",
    "docs/testing.md",
    "docs/windows.md",
    "examples",
    "openapi",
    "pyproject.toml",
    "tests",
    "tools/fuzz_answers",
    "tools/openapi_document",
)
# What is no test of the installed packages, and why.
LEFT_OUT = {
    "tests/consumers": "of tools/consumers, which makes clients in other languages",
    "tests/contract/test_generated.py": "of generated/, with the generator",
    "tests/repository": "of the pages and folders of the checkout",
    "tests/redis": "needs a server, and is run by scripts/prove redis",
    "tests/scripts": "of the scripts",
    "tests/typing": "is read by mypy and pyright, and holds no test",
}

# Hardly anything compiled has wheels for a free-threaded 3.13, which was an experiment. The rest is
# tested there: of the sandbox, tokens without a signature.
FEW_WHEELS = r"3\.13\..*t"
PURE = "gunicorn httpx2 pytest pytest-xdist pyyaml redis requests shtab starlette trio uvicorn"
FOLDERS = {"unit", "integrations", "leaks", "errors", "lifecycle"}

# Run where the wheel and its extra are installed, and nothing else but what they ask for.
TRIAL = """
import importlib.metadata, os, subprocess, sys, sysconfig
import talend_oauth, talend_oauth_api, httpx
from talend_oauth.sandbox import Sandbox
installed = sysconfig.get_path("purelib") + os.sep
assert talend_oauth.__file__.startswith(installed), talend_oauth.__file__
assert talend_oauth_api.__file__.startswith(installed), talend_oauth_api.__file__
assert talend_oauth.__version__ == importlib.metadata.version("talend-oauth")
with Sandbox() as sandbox:
    os.environ.update(sandbox.environment(), TALEND_OAUTH_STORE="off")
    with httpx.Client(base_url=sandbox.url, auth=talend_oauth.TalendAuth()) as talend:
        assert talend.get("/account/me").json()["type"] == "SERVICE_ACCOUNT"
    token = subprocess.run(
        [sys.executable, "-m", "talend_oauth", "token"], check=True, capture_output=True, text=True
    ).stdout
    assert token.count(".") == 2 and token.endswith("\\n"), "no token"
document = subprocess.run(
    [sys.executable, "-m", "talend_oauth", "spec"], check=True, capture_output=True, text=True
).stdout
assert document.count("createToken") == 1, "no document"
"""


class TrialError(Exception):
    """What failed, with the last lines that were printed."""


def chosen(asked: list[str]) -> dict[str, str]:
    """Return the interpreters that are asked for, by version.

    Args:
        asked: Paths, versions such as `3.13` and `3.13t`, or `all` of this machine; none for the
            interpreter that runs this.

    Raises:
        SystemExit: One of them is not on this machine.
    """
    asked = asked or [sys.executable]
    found = pythons() if any(os.sep not in name for name in asked) else {}
    if asked == ["all"]:
        return found
    short = {re.sub(r"(\d+\.\d+)\.[^t]*", r"\1", version): found[version] for version in found}
    result: dict[str, str] = {}
    for name in asked:
        place = str(Path(name).absolute()) if os.sep in name else short.get(name, "")
        if not (version := version_of(place)):
            raise SystemExit(f"not on this machine: Python {name}; there is {', '.join(found)}")
        result[version] = place
    return result


def pythons() -> dict[str, str]:
    """Return the interpreters of this machine from 3.11 on, one of each version, by version."""
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    # Beside this one may be others, as pyenv has them.
    places += sorted(Path(sys.base_prefix).parent.glob("*/bin"))
    found: dict[tuple[int, ...], tuple[str, str]] = {}
    for place in places:
        for candidate in sorted(place.glob("python3.[0-9]*")):
            if re.fullmatch(r"python3\.\d+t?", candidate.name) and os.access(candidate, os.X_OK):
                version = version_of(str(candidate))
                numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
                if numbers >= (3, 11):
                    found.setdefault((*numbers, version.endswith("t")), (version, str(candidate)))
    return dict(found[key] for key in sorted(found))


def version_of(python: str) -> str:
    """Return the version of an interpreter that works and has venv; else an empty string.

    Without the GIL it ends with `t`.
    """
    said = (
        "platform.python_version() + ('t' if sysconfig.get_config_var('Py_GIL_DISABLED') else '')"
    )
    command = [python, "-c", f"import platform, sysconfig, venv; print({said})"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def try_wheel(wheel: Path, python: str) -> tuple[int, Counter[str]]:
    """Install the wheel into a fresh environment, use it, and run the tests on it.

    Args:
        wheel: The wheel.
        python: The interpreter to try it with.

    Returns:
        How many tests passed, and how many were skipped for each reason.

    Raises:
        TrialError: It cannot be installed or used, or a test failed.
    """
    with tempfile.TemporaryDirectory(prefix="wheel-") as temporary:
        programs, place = Path(temporary, "venv", "bin"), Path(temporary, "place")
        environment = clean_environment(programs)
        own = str(programs / "python")

        def run(*command: str | Path) -> None:
            done = printing(command, place, environment)
            if done.returncode != 0:
                raise TrialError(f"{command[0]} failed:\n{done.stdout}")

        def install(*arguments: str | Path) -> None:
            uv = Path(sys.executable).with_name("uv")
            run(uv, "pip", "install", "--quiet", "--python", own, *arguments)

        pinned = ROOT / "requirements"
        copy_tests(place)
        run(python, "-m", "venv", programs.parent)
        if re.fullmatch(FEW_WHEELS, version_of(python)):
            install("--constraint", pinned / "dev.txt", wheel, *PURE.split())
            others = {path.parent.name for path in place.glob("tests/*/test_*.py")} - FOLDERS
            folders = [f"tests/{name}" for name in sorted(FOLDERS)]
            passed, reasons = run_tests(own, place, environment, *WORKERS, *folders)
            return passed, reasons + Counter({f"not run: {', '.join(sorted(others))}": len(others)})
        # The trial comes before the tests' own needs are there: the wheel has to name all of its.
        install("--require-hashes", "--requirement", pinned / "demo.txt")
        install("--no-deps", f"{wheel}[{EXTRAS}]")
        run(own, "-W", "error", "-c", TRIAL)
        tests = ("--group", f"{ROOT / 'pyproject.toml'}:test", "redis")
        install("--constraint", pinned / "dev.txt", *tests)
        return run_tests(own, place, environment, *WORKERS)


def printing(
    command: Sequence[str | Path], place: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, and keep what it prints."""
    return subprocess.run(
        command,
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def clean_environment(programs: Path) -> dict[str, str]:
    """Return the environment without what could lead back to the checkout.

    Args:
        programs: The folder of programs that comes first on its PATH.
    """
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    elsewhere = [place for place in places if not Path(place).is_relative_to(ROOT)]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYTEST"))
    }
    return kept | {"PATH": os.pathsep.join([str(programs), *elsewhere])}


def copy_tests(place: Path) -> None:
    """Copy what the tests read into a new folder, without those that are left out."""
    for name in COPIED:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, place / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, place / name)
    for name in LEFT_OUT:
        left_out = place / name
        if left_out.is_dir():
            shutil.rmtree(left_out)
        else:
            left_out.unlink()


def run_tests(
    python: str, place: Path, environment: dict[str, str], *options: str
) -> tuple[int, Counter[str]]:
    """Run the tests of a folder.

    Returns:
        How many passed, and how many were skipped for each reason.

    Raises:
        TrialError: One failed, or there were none.
    """
    report = place / "tests.xml"
    command = [python, "-m", "pytest", "-q", f"--junit-xml={report}", *options]
    done = printing(command, place, environment)
    if done.returncode != 0 or not report.exists():
        raise TrialError("\n".join(done.stdout.splitlines()[-100:]))
    suite = ET.parse(report)  # noqa: S314 - pytest wrote it just now
    reasons = Counter(map(_reason, suite.iter("skipped")))
    return len(list(suite.iter("testcase"))) - reasons.total(), reasons


def _reason(skipped: ET.Element) -> str:
    """Return why a test, or a file of tests, was skipped."""
    message = skipped.get("message", "")
    found = re.search(r"Skipped: ([^'\"]+)", skipped.text or "")
    return f"{found[1]} (files)" if message == "collection skipped" and found else message
