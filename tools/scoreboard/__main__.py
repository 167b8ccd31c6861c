"""Runs the kit over each library: `scripts/prove scoreboard`.

Results of libraries that are not named stay as they were. The tables of the documentation follow.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ._table import HERE, RESULTS, ROOT, Library, load_libraries, load_results, write_pages

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE = "75"  # some libraries wait for a minute, and do give up then
# A library that talks to https alone says so; the sandbox is on http://127.0.0.1.
LOOPBACK = {"OAUTHLIB_INSECURE_TRANSPORT": "1"}


def command(library: Library) -> list[str]:
    """Return what runs the kit over a library, with a report in JSON."""
    if library.command:
        program = list(library.command)
    else:
        file = str(ROOT / library.files[0])
        program = {
            "Python": [sys.executable, str(HERE / "loop.py"), file],
            "Node": ["node", str(HERE / "node" / "loop.js"), file],
            "Go": [str(HERE / "go" / "build" / "scoreboard")],
        }[library.language]
    options = ["--json", "--level", library.level, "--patience", PATIENCE]
    if library.lifetime is not None:
        # Most of these cases do nothing but wait.
        options += ["--lifetime", str(library.lifetime), "--jobs", "12"]
    return [sys.executable, "-m", "talend_oauth", "conformance", *options, "--", *program]


PREPARE = {
    "Node": ["npm", "ci", "--silent", "--no-audit", "--no-fund"],
    "Go": ["go", "build", "-buildvcs=false", "-o", "build/", "."],
}


def prepare(libraries: Iterable[Library]) -> None:
    """Install or build what the loops of these libraries need, as it is pinned."""
    for language in {one.language for one in libraries if not one.command} & PREPARE.keys():
        if shutil.which(PREPARE[language][0]) is None:
            sys.exit(f"{language} needs {PREPARE[language][0]}, which is not on PATH")
        folder = HERE / language.lower()
        if subprocess.run(PREPARE[language], cwd=folder, check=False).returncode != 0:
            sys.exit(f"what {language} needs could not be installed; see the message above")


def installed_version(library: Library) -> str:
    """Return the version that is pinned; nothing for what is of this repository."""
    name = library.name.partition(",")[0]
    if library.command:
        return ""
    if library.language == "Python":
        return version(name)
    pinned = {
        "Node": ("node/package.json", rf'"{name}": "([^"]+)"'),
        "Go": ("go/go.mod", rf"{re.escape(name)} v(\S+)"),
    }
    file, pattern = pinned[library.language]
    found = re.search(pattern, (HERE / file).read_text(encoding="utf-8"))
    if found is None:
        raise LookupError(f"{file} does not pin {name}")
    return found[1]


def summary(report: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    """Return what is kept of a report.

    Args:
        report: Of the kit.
        titles: Of the requirements, by id.
    """
    by_outcome: dict[str, list[str]] = {"failed": [], "not scored": [], "passed": []}
    for case in report["cases"]:
        by_outcome[case["outcome"]].append(case["id"])
    failed = (case["requirement"] for case in report["cases"] if case["outcome"] == "failed")
    return {
        "behaviour": report["behaviour"],
        "levels": report["levels"],
        "requirements": [titles[requirement] for requirement in dict.fromkeys(failed)],
        "failed": by_outcome["failed"],
        "not scored": by_outcome["not scored"],
    }


def run(library: Library) -> dict[str, Any]:
    """Run the kit over a library, and return what is kept of its report."""
    from talend_oauth._conformance import load_requirements

    done = subprocess.run(
        command(library),
        cwd=ROOT / library.cwd,
        env={**os.environ, **LOOPBACK},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        sys.exit(f"{library.name} could not be run; see the message above")
    report = json.loads(done.stdout)
    for case in report["cases"]:
        if case["reason"]:
            print(f"  {case['outcome']}: {case['id']}: {case['reason'][:200]}", file=sys.stderr)
    titles = {one.id: one.title for one in load_requirements().values()}
    kept = summary(report, titles)
    return {"version": installed_version(library), **kept}


def main() -> None:
    """Run the libraries of the command line, all of them without any."""
    known = load_libraries()
    parser = argparse.ArgumentParser(prog="scripts/prove scoreboard", description=__doc__)
    parser.add_argument("library", nargs="*", help=f"one of {'; '.join(known)}")
    chosen: list[str] = parser.parse_args().library or list(known)
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"there is no {', '.join(unknown)}")
    prepare(known[name] for name in chosen)
    results = load_results() if RESULTS.exists() else {"libraries": {}}
    for name in chosen:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results["libraries"][name] = run(known[name])
        results["date"] = f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}"
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        write_pages()


if __name__ == "__main__":
    main()
