"""Builds the release, and looks at it as a stranger would; see scripts/build."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from release.installed import TrialError, chosen, try_wheel

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
DOCUMENTS = tuple(
    f"talend-oauth{version}.{kind}" for version in ("", "-3.0") for kind in ("yaml", "json")
)


def main() -> int:
    """Build; the exit status is 0 when everything is as it should be."""
    parser = argparse.ArgumentParser(prog="scripts/build", description=__doc__)
    parser.add_argument(
        "--test", nargs="*", metavar="PYTHON", help="the wheel, on this, `all`, `3.12` or a path"
    )
    options = parser.parse_args()
    interpreters = chosen(options.test) if options.test is not None else {}
    shutil.rmtree(DIST, ignore_errors=True)
    build(DIST)
    wheel, sdist = next(DIST.glob("*.whl")), next(DIST.glob("*.tar.gz"))
    show("contents of the wheel", check_wheel(wheel))
    show("SBOM in the wheel", check_sbom(wheel))
    show("contents of the sdist", check_sdist(sdist))
    tool("twine", "check", "--strict", str(wheel), str(sdist))
    show("metadata", "twine check --strict passed")
    if interpreters:
        show("built twice", same_bytes_twice())
    for name in DOCUMENTS:
        shutil.copy(ROOT / "openapi" / name, DIST)
    show("SBOM beside it", write_sbom(wheel))
    show("checksums", write_checksums())
    return try_on_each(wheel, interpreters)


def build(folder: Path) -> None:
    """Build wheel and sdist; the time of the last commit stands in them, not today's."""
    commit = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    environment = os.environ | {"SOURCE_DATE_EPOCH": commit or "1577836800"}
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def check_wheel(wheel: Path) -> str:
    """Hold the wheel to exactly what is to be in it."""
    found = set(zipfile.ZipFile(wheel).namelist())
    info = next(name for name in found if name.endswith("/METADATA")).removesuffix("/METADATA")
    expected = {f"talend_oauth/openapi/{name}" for name in DOCUMENTS}
    expected |= {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    expected |= {f"{info}/licenses/LICENSE", f"{info}/sboms/talend-oauth.cdx.json"}
    cases = ROOT / "conformance"
    expected |= {
        f"talend_oauth/{path.relative_to(ROOT)}" for path in cases.rglob("*") if path.is_file()
    }
    for package in (ROOT / "src/talend_oauth", ROOT / "generated/talend_oauth_api"):
        expected |= {
            str(Path(package.name) / path.relative_to(package))
            for path in package.rglob("*")
            if path.suffix == ".py" or path.name == "py.typed" or path.parent.name == "completions"
        }
    refuse("the wheel", found, expected)
    return f"{len(found)} files, both packages typed, the document in four files, all cases"


def check_sbom(wheel: Path) -> str:
    """See to it that the SBOM of the wheel is CycloneDX, and names what the wheel requires."""
    archive = zipfile.ZipFile(wheel)
    [name] = [name for name in archive.namelist() if "/sboms/" in name]
    text = archive.read(name).decode()
    if problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SystemExit(f"the SBOM is not valid: {problem}")
    metadata = archive.read(f"{name.partition('/')[0]}/METADATA").decode()
    required = re.findall(r"^Requires-Dist: ([\w.-]+)(?!.*; extra)", metadata, re.MULTILINE)
    refuse("the SBOM", {it["name"] for it in json.loads(text)["components"]}, set(required))
    return f"CycloneDX 1.6, {len(required)} requirements"


def check_sdist(sdist: Path) -> str:
    """See to it that the sdist holds the sources and no more than git does."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = set(
        subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    )
    needed = {"README.md", "LICENSE", "pyproject.toml", "openapi/talend-oauth.yaml"}
    refuse("the sdist", {name for name in names if name not in tracked} - {"PKG-INFO"}, set())
    refuse("the sdist", needed - names, set())
    return f"{len(names)} files, each under version control"


def refuse(what: str, found: set[str], expected: set[str]) -> None:
    """End with an error that names every difference."""
    problems = [f"{what} has {name}" for name in sorted(found - expected)]
    problems += [f"{what} lacks {name}" for name in sorted(expected - found)]
    if problems:
        raise SystemExit("\n".join(problems))


def try_on_each(wheel: Path, interpreters: dict[str, str]) -> int:
    """Run the tests on the installed wheel, print a table, and return the exit status."""
    failed, system = 0, f"{platform.system()} {platform.machine()}"
    for number, (version, python) in enumerate(interpreters.items()):
        if number == 0:
            print(f"\n{'Python':<10} {'system':<16} {'passed':>7}  skipped")
        print(f"{version:<10} {system:<16} ", end="", flush=True)
        try:
            passed, reasons = try_wheel(wheel, python)
        except TrialError as error:
            failed += 1
            print(f"{'FAILED':>7}\n{error}", flush=True)
        else:
            skipped = [f"{count}: {reason}" for reason, count in sorted(reasons.items())]
            print(f"{passed:>7,}  {'; '.join(skipped) or 'none'}", flush=True)
    return 1 if failed else 0


def same_bytes_twice() -> str:
    """Build again in another folder, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        for again in Path(folder).iterdir():
            if again.read_bytes() != (DIST / again.name).read_bytes():
                raise SystemExit(f"{again.name} has other bytes when it is built again")
    return "the same bytes"


def write_sbom(wheel: Path) -> str:
    """Write what the wheel needs, pinned as it is tested, as a CycloneDX document."""
    target = DIST / f"{wheel.name.removesuffix('.whl')}.cdx.json"
    tool(
        "cyclonedx-py",
        "requirements",
        "--output-reproducible",
        "--of",
        "JSON",
        "-o",
        str(target),
        str(ROOT / "requirements/demo.txt"),
    )
    components = json.loads(target.read_text())["components"]
    return f"{target.name}, {len(components)} components"


def write_checksums() -> str:
    """Write the SHA-256 of everything in dist/."""
    files = sorted(path for path in DIST.iterdir() if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (DIST / "SHA256SUMS").write_text("".join(lines))
    return f"SHA256SUMS of {len(lines)} files"


def tool(name: str, *arguments: str) -> None:
    """Run a tool of this environment."""
    path = Path(sys.executable).parent / name
    subprocess.run([path, *arguments], check=True, stdout=subprocess.DEVNULL)


def show(what: str, text: str) -> None:
    """Print a line of the table."""
    print(f"{what:<26} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
