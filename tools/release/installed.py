"""Installs the wheel into fresh environments, and runs the tests on it outside of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = "sandbox"

# What the tests read. Neither src nor generated: of the two packages, only the wheel's are there.
COPIED = (
    "conformance",
    "consumers/python",
    "docs/testing.md",
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


def pythons() -> dict[str, str]:
    """Return the interpreters of this machine from 3.11 on, one of each version, by version."""
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    places += sorted(
        Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")
    )
    found: dict[tuple[int, ...], tuple[str, str]] = {}
    for place in places:
        for candidate in sorted(place.glob("python3.[0-9]*")):
            if candidate.name.removeprefix("python3.").isdigit() and os.access(candidate, os.X_OK):
                version = version_of(str(candidate))
                minor = tuple(map(int, version.split(".")[:2])) if version else ()
                if minor >= (3, 11):
                    found.setdefault(minor, (version, str(candidate)))
    return dict(found[minor] for minor in sorted(found))


def version_of(python: str) -> str:
    """Return the version of an interpreter that works and has venv; else an empty string."""
    answer = subprocess.run(
        [python, "-c", "import platform, venv; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() if answer.returncode == 0 else ""


def try_wheel(wheel: Path, python: str) -> str:
    """Install the wheel into a fresh environment, use it, and run the tests on it.

    Args:
        wheel: The wheel.
        python: The interpreter to try it with.

    Returns:
        How many tests passed.
    """
    with tempfile.TemporaryDirectory(prefix="wheel-") as temporary:
        programs, place = Path(temporary, "venv", "bin"), Path(temporary, "place")
        environment = clean_environment(programs)
        own = str(programs / "python")

        def run(*command: str | Path) -> None:
            subprocess.run(command, cwd=place, env=environment, check=True)

        def install(*arguments: str | Path) -> None:
            uv = Path(sys.executable).with_name("uv")
            run(uv, "pip", "install", "--quiet", "--python", own, *arguments)

        pinned = ROOT / "requirements"
        copy_tests(place)
        run(python, "-m", "venv", programs.parent)
        # The trial comes before the tests' own needs are there: the wheel has to name all of its.
        install("--require-hashes", "--requirement", pinned / "demo.txt")
        install("--no-deps", f"{wheel}[{EXTRAS}]")
        run(own, "-W", "error", "-c", TRIAL)
        tests = ("--group", f"{ROOT / 'pyproject.toml'}:test", "redis")
        install("--constraint", pinned / "dev.txt", *tests)
        return f"{run_tests(own, place, environment):,} tests passed"


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


def run_tests(python: str, place: Path, environment: dict[str, str]) -> int:
    """Run the tests of a folder.

    Returns:
        How many passed.

    Raises:
        SystemExit: Not all of them did.
    """
    # As scripts/test does, without coverage; what is skipped is shown with its reason.
    options = ["-q", "-r", "fEs", "--numprocesses", "auto", "--maxprocesses", "8"]
    done = subprocess.run(
        [python, "-m", "pytest", *options],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = all_passed(done.stdout)
    if done.returncode != 0 or not passed:
        raise SystemExit("\n".join(["FAILED", *done.stdout.splitlines()[-100:]]))
    return passed


def all_passed(output: str) -> int:
    """Return how many tests passed; 0 when one was skipped, warned or failed.

    Args:
        output: What pytest printed; its last line is the summary.
    """
    summary = re.fullmatch(r"(\d+) passed in \S+( \(.*\))?", output.rstrip().rpartition("\n")[2])
    return int(summary[1]) if summary else 0
