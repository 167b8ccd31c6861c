"""oasdiff, which compares OpenAPI documents: built once with Go, at a pinned version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from openapi_document.loading import ROOT, DocumentError

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "v1.36.0"
# Below .venv, as everything else that is installed.
_FOLDER = ROOT / ".venv" / f"oasdiff-{VERSION}"


def _program() -> Path:
    program = _FOLDER / "oasdiff"
    if not program.exists():
        go = shutil.which("go")
        if go is None:
            raise DocumentError("there is no go on PATH, and oasdiff is built with it: install Go")
        print(f"building oasdiff {VERSION} (the first time takes minutes)", file=sys.stderr)
        environment = os.environ | {"GOBIN": str(_FOLDER), "GOFLAGS": "-mod=mod"}
        module = f"github.com/oasdiff/oasdiff@{VERSION}"
        # In a folder of its own, where no go.mod counts.
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run(
                (go, "install", module),
                cwd=empty,
                env=environment,
                check=False,
                capture_output=True,
                text=True,
            )
        if not program.exists():
            raise DocumentError(f"go could not build oasdiff:\n{done.stderr}")
    return program


def oasdiff(command: str, *arguments: str | Path) -> Any:  # noqa: ANN401 - any JSON value
    """Run a command of oasdiff.

    Args:
        command: `diff` or `changelog`.
        arguments: Its arguments.

    Returns:
        What it printed, read as JSON.

    Raises:
        DocumentError: It cannot be built, or could not read a document.
    """
    done = subprocess.run(
        (_program(), command, "--format=json", *arguments),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DocumentError(f"oasdiff {command}: {done.stderr.strip()}")
    return json.loads(done.stdout)
