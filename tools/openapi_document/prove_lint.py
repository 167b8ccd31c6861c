"""Shows that the lint finds each seeded defect, and which tool does."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from openapi_document.defects import DEFECTS, Defect
from openapi_document.lint import TOOLS, Finding, ToolError, lint
from openapi_document.loading import DOCUMENT, DocumentError
from openapi_document.table import table

CLEAN = Defect("none: the document itself")


def _cell(findings: list[Finding]) -> str:
    rules = list(dict.fromkeys(finding.rule for finding in findings))
    return "-" if not rules else rules[0] + (f" +{len(rules) - 1}" if rules[1:] else "")


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/prove-lint`."""
    parser = argparse.ArgumentParser(prog="scripts/prove-lint", description=__doc__)
    parser.parse_args(arguments)
    started = time.monotonic()
    text = DOCUMENT.read_text("utf-8")
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            seeded = [(defect, defect.seed(text, folder)) for defect in (CLEAN, *DEFECTS)]
            paths = [path for _, copies in seeded for path in copies.values()]
            print(f"linting {len(paths)} copies, {len(DEFECTS)} defects ...", file=sys.stderr)
            found = lint(paths)
    except (ToolError, DocumentError) as error:
        print(error, file=sys.stderr)
        return 2
    rows: list[list[str]] = []
    wrong: list[str] = []
    for defect, copies in seeded:
        for version, path in copies.items():
            by = {tool: [f for f in found[tool] if f.path == path] for tool in TOOLS}
            rows.append([defect.name, version, *map(_cell, by.values())])
            if any(by.values()) == (defect is CLEAN):
                what = "a finding in" if defect is CLEAN else "found by none:"
                wrong.append(f"{what} {defect.name} ({version})")
    print(table(["defect", "OpenAPI", *TOOLS], rows))
    totals = (f"{tool} {len({f.path for f in findings})}" for tool, findings in found.items())
    print(f"\n{len(DEFECTS)} defects in {len(paths) - 2} copies; found by: {', '.join(totals)}")
    print(f"{time.monotonic() - started:.0f} s")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
