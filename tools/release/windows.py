"""Runs the tests on the wheel with a CPython for Windows; see scripts/prove.

The variable WINDOWS_PYTHON is the command that starts it, such as `wine C:/python/python.exe`. It
has what the wheel needs and, of pyproject.toml, the extra `sandbox` and the group `test`, besides
redis, tzdata and colorama. Under Wine, standard streams have to be pipes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.installed import ROOT, copy_tests

# Told to the processes of the tests too, whatever the command makes of the environment.
PYTEST = """
import os, sys
sys.path.insert(0, os.path.abspath("packages"))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [sys.path[0], os.getenv("PYTHONPATH")]))
import pytest
print(int(pytest.main(sys.argv[1:])), file=open("status.txt", "w"))
"""


def main() -> int | str:
    """Run all tests, or those of the arguments; return pytest's status, or why it has none."""
    command = shlex.split(os.environ.get("WINDOWS_PYTHON", ""))
    if not command:
        sys.exit("WINDOWS_PYTHON is not set: the command that starts a CPython for Windows")
    with tempfile.TemporaryDirectory(prefix="windows-") as temporary:
        place, built = Path(temporary, "place"), Path(temporary, "built")
        copy_tests(place)
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
        subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        shutil.unpack_archive(next(built.iterdir()), place / "packages", "zip")
        (place / "run_pytest.py").write_text(PYTEST)
        pytest = [*command, "run_pytest.py", "-q", "-rs", *sys.argv[1:]]
        subprocess.run(pytest, cwd=place, check=False, stdin=subprocess.DEVNULL)
        status = place / "status.txt"  # Wine ends with 0 where it ends a process that failed
        return int(status.read_text()) if status.exists() else "Python ended before the tests did."


if __name__ == "__main__":
    sys.exit(main())
