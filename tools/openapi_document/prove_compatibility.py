"""Tries the comparison on changes of known meaning, with oasdiff as a second opinion.

Fails when a verdict is not the one written down, or when oasdiff's agreement or disagreement is
not. `oasdiff` has to be on PATH.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openapi_document.changes import Verdict
from openapi_document.compatibility import compare
from openapi_document.loading import DOCUMENT, DocumentError, read
from openapi_document.mutations import MUTATIONS
from openapi_document.table import table

if TYPE_CHECKING:
    from openapi_document.loading import Object
    from openapi_document.mutations import Mutation

# oasdiff's levels: 1 is information, 2 a warning, 3 an error; its `breaking` shows 2 and 3.
_BREAKING = 2


def oasdiff(before: Object, after: Object) -> list[tuple[str, int]]:
    """Asks oasdiff what changed.

    Returns:
        Its names for the changes, with their levels.

    Raises:
        DocumentError: It did not answer with a list.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("before.json", "after.json")]
        for path, document in zip(paths, (before, after), strict=True):
            path.write_text(json.dumps(document), "utf-8")
        command = ["oasdiff", "changelog", "--format=json", *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    try:
        answer: list[dict[str, Any]] = json.loads(done.stdout) or []
        return [(item["id"], item["level"]) for item in answer]
    except (ValueError, TypeError, KeyError) as error:
        raise DocumentError(f"oasdiff answered {done.stdout}{done.stderr}") from error


def judge(mutation: Mutation, document: Object) -> tuple[list[str], str | None]:
    """Tries one mutation.

    Returns:
        A row for people, and what is not as written down.
    """
    before, after = mutation.apply(document)
    ours = max((change.verdict for change in compare(before, after)), default=Verdict.WORDING)
    found = oasdiff(before, after)
    theirs = max((level for _, level in found), default=0) >= _BREAKING
    names = ", ".join(name for name, level in found if level >= _BREAKING) if theirs else ""
    disagree = theirs != (ours is Verdict.BREAKING)
    wrong = None
    if ours is not mutation.verdict:
        wrong = f"ours says {ours.name.lower()}, written down is {mutation.verdict.name.lower()}"
    elif disagree != (mutation.disagrees is not None):
        wrong = f"oasdiff {'now disagrees' if disagree else 'agrees now'}: {names or 'no break'}"
    other = "breaking" if theirs else "compatible"
    right = mutation.disagrees if disagree and mutation.disagrees else ""
    return [mutation.name, ours.name.lower(), other, right], wrong


def main(arguments: list[str] | None = None) -> int:
    """Runs `scripts/prove-compatibility`."""
    parser = argparse.ArgumentParser(prog="scripts/prove-compatibility", description=__doc__)
    parser.parse_args(arguments)
    document = read(DOCUMENT)
    print(f"trying {len(MUTATIONS)} changes ...", file=sys.stderr)
    try:
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda mutation: judge(mutation, document), MUTATIONS))
    except (DocumentError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    rows = [row for row, _ in results]
    print(table(["change", "ours", "oasdiff", "where they disagree, who is right and why"], rows))
    apart = sum(bool(row[3]) for row in rows)
    print(f"\n{len(rows)} changes, {len(rows) - apart} agreed on, {apart} not")
    wrong = [f"{row[0]}: {words}" for row, words in results if words]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
