"""Generate the client package from the OpenAPI document; started by scripts/generate.

The generator works in a temporary folder with the installed templates, changed by the exact
replacements of generator-overlay.toml; only a run without any warning is taken over.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = "openapi/talend-oauth.yaml"
CONFIG = "generator-config.yml"
OVERLAY = "generator-overlay.toml"
OUTPUT = "generated"
PACKAGE = "talend_oauth_api"
GENERATOR = "openapi-python-client"
GENERATOR_VERSION = "0.29.1"


class CannotGenerateError(Exception):
    """What stops the run, in words for the person who started it."""


def check_generator() -> None:
    """Refuse a generator other than the one whose templates and output were judged."""
    found = importlib.metadata.version(GENERATOR)
    if found != GENERATOR_VERSION:
        raise CannotGenerateError(
            f"{GENERATOR} {found} is installed, {GENERATOR_VERSION} is needed: install that one, "
            f"or change GENERATOR_VERSION in scripts/generate.py and judge the new output."
        )


def changed_templates(folder: Path) -> None:
    """Copy the templates that the overlay names into `folder`, with its replacements made.

    Args:
        folder: Where the generator looks before it takes its own templates.

    Raises:
        CannotGenerateError: A text to replace is not there exactly once.
    """
    spec = find_spec("openapi_python_client")
    if spec is None or spec.origin is None:
        raise CannotGenerateError(f"{GENERATOR} cannot be imported")
    installed = Path(spec.origin).parent / "templates"
    overlay = tomllib.loads((ROOT / OVERLAY).read_text(encoding="utf-8"))
    for replacement in overlay["replacement"]:
        name, old, new = replacement["template"], replacement["old"], replacement["new"]
        copy = folder / name
        text = (copy if copy.exists() else installed / name).read_text(encoding="utf-8")
        found = text.count(old)
        if found != 1:
            raise CannotGenerateError(
                f"{OVERLAY}: the text to replace in {name} ({replacement['why']}) is there "
                f"{found} times instead of once: {old.strip().splitlines()[0]!r} ..."
            )
        copy.write_text(text.replace(old, new), encoding="utf-8")


def run_generator(templates: Path, package: Path) -> None:
    """Generate into `package`, which must not exist.

    Args:
        templates: Folder with the changed templates.
        package: The folder to write.

    Raises:
        CannotGenerateError: The generator failed, or warned that it left something out.
    """
    command = [sys.executable, "-m", "openapi_python_client", "generate"]
    command += ["--path", str(ROOT / DOCUMENT), "--config", str(ROOT / CONFIG)]
    command += ["--meta", "none", "--output-path", str(package), "--fail-on-warning"]
    command += ["--custom-template-path", str(templates)]
    # The hooks call ruff by its name, so the one beside this interpreter has to come first.
    environment = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])}
    run = subprocess.run(
        command, cwd=templates, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise CannotGenerateError(f"{GENERATOR} refused:\n{run.stdout}{run.stderr}".rstrip())
    (package / "py.typed").touch()


def sha256(name: str) -> str:
    """Return the checksum of a file of the checkout, in hexadecimal."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def provenance() -> str:
    """Return the text of PROVENANCE.json: what the package was made from, and by what."""
    record = {
        "sha256": {name: sha256(name) for name in (DOCUMENT, CONFIG, OVERLAY)},
        "versions": {
            GENERATOR: GENERATOR_VERSION,
            "ruff": importlib.metadata.version("ruff"),
        },
    }
    return json.dumps(record, indent=2) + "\n"


def generate(folder: Path) -> None:
    """Fill `folder` with all that belongs into generated/."""
    check_generator()
    with tempfile.TemporaryDirectory(prefix="templates-") as templates:
        changed_templates(Path(templates))
        run_generator(Path(templates), folder / PACKAGE)
    (folder / "PROVENANCE.json").write_text(provenance(), encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below `folder` but Python's caches, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def differences(wanted: dict[str, bytes], there: dict[str, bytes]) -> list[str]:
    """Return a line for each file of the checkout that is not as it would be generated."""
    missing = [f"missing: {OUTPUT}/{name}" for name in wanted if name not in there]
    stale = [f"stale: {OUTPUT}/{name}" for name in there if name not in wanted]
    differing = [
        f"different: {OUTPUT}/{name}"
        for name in wanted
        if name in there and wanted[name] != there[name]
    ]
    return missing + stale + differing


def swap_in(fresh: Path, target: Path) -> None:
    """Put the folder `fresh` in the place of `target`, which is never seen half written."""
    new, old = target.with_name(f"{target.name}.new"), target.with_name(f"{target.name}.old")
    for left_over in (new, old):
        shutil.rmtree(left_over, ignore_errors=True)
    shutil.copytree(fresh, new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="scripts/generate", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="generated-") as temporary:
        fresh, target = Path(temporary, OUTPUT), ROOT / OUTPUT
        fresh.mkdir()
        try:
            generate(fresh)
        except CannotGenerateError as error:
            print(f"scripts/generate: {error}", file=sys.stderr)
            return 1
        found = differences(files(fresh), files(target))
        if arguments.check:
            for line in found:
                print(line)
            if found:
                print(f"{OUTPUT}/ is not what {DOCUMENT} gives: run scripts/generate")
            else:
                print(f"{OUTPUT}/ is what {DOCUMENT} gives ({len(files(target))} files)")
            return 1 if found else 0
        swap_in(fresh, target)
        print(f"{OUTPUT}/ written from {DOCUMENT}: {len(found)} files changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
