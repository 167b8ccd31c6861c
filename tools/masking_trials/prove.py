"""Take away each masking in a scratch copy, run the canary there, and print who noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .maskings import MASKINGS, Masking

ROOT = Path(__file__).resolve().parents[2]
_AT_ONCE = os.cpu_count() or 1


def run_canary(folder: Path, test: str) -> str:
    """Return the name of the first test that failed, or nothing.

    Args:
        folder: A scratch copy.
        test: The file of `tests/leaks`, without what all have in common.

    Raises:
        RuntimeError: When the tests could not be run.
    """
    environment = os.environ | {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder / 'generated'}"}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=no"]
    done = subprocess.run(
        [*command, f"tests/leaks/test_{test}.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.search(r"^(?:FAILED|ERROR) \S+::(test_\w+)(\S*)", done.stdout, re.MULTILINE)
    if done.returncode == 1 and failed:
        return failed[1] + failed[2]
    if done.returncode == 0:
        return ""
    raise RuntimeError(done.stdout + done.stderr)


def copy_checkout(target: Path) -> None:
    """Copy what the canary needs."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("src", "generated", "tests/leaks"):
        shutil.copytree(ROOT / name, target / name, ignore=ignored)
    shutil.copy2(ROOT / "pyproject.toml", target)


def take_away(masking: Masking, folder: Path) -> None:
    """Change the file of a scratch copy.

    Raises:
        ValueError: When the text is not there.
    """
    path = folder / masking.path
    text = path.read_text(encoding="utf-8")
    if masking.old not in text:
        raise ValueError(f"{masking.name}: {masking.old!r} is not there")
    path.write_text(text.replace(masking.old, masking.new), encoding="utf-8")


def prove(masking: Masking) -> tuple[Masking, str]:
    """Return the masking, and the test that noticed its absence."""
    with tempfile.TemporaryDirectory() as folder:
        copy_checkout(Path(folder))
        take_away(masking, Path(folder))
        return masking, run_canary(Path(folder), masking.test)


def main(words: list[str]) -> int:
    """Print a table; 1 when the absence of a masking was not noticed."""
    chosen = [it for it in MASKINGS if not words or any(word in it.name for word in words)]
    if not chosen:
        print("no masking has that in its name", file=sys.stderr)
        return 2
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy_checkout(Path(folder))
        for test in sorted({it.test for it in chosen}):
            failed = run_canary(Path(folder), test)
            if failed:
                print(f"the canary fails without any change: {failed}", file=sys.stderr)
                return 1
    unnoticed = 0
    print(f"{'without the masking of':<40}noticed by")
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        for masking, test in workers.map(prove, chosen):
            unnoticed += not test
            print(f"{masking.name:<40}{test or 'NOBODY'}", flush=True)
    seconds = time.monotonic() - started
    print(f"\n{len(chosen) - unnoticed} noticed, {unnoticed} not, in {seconds:.0f} s")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
