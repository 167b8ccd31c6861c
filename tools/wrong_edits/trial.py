"""One wrong edit: made in a scratch copy, where tests are run in a process that does only this.

The imports are many on purpose: the processes are forks of one that has imported this module.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _hypothesis_pytestplugin  # noqa: F401  before the tables below
import hypothesis
import hypothesis.errors
import hypothesis.strategies
import openapi_core  # noqa: F401
import openapi_spec_validator  # noqa: F401
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = "openapi/talend-oauth.yaml"
COPIED = (
    *("generated", "openapi", "src", "tests/contract", "tests/leaks", "scripts/generate.py"),
    *("generator-config.yml", "generator-overlay.toml", "pyproject.toml"),
)
HANGS = ("-o", "faulthandler_timeout=60", "-o", "faulthandler_exit_on_timeout=true")


# That a test fails is enough; the smallest example that makes it fail is not looked for.
PHASES = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
hypothesis.settings.register_profile("edits", phases=PHASES, database=None)
hypothesis.settings.load_profile("edits")
# This makes hypothesis's tables of characters, once for all.
warnings.simplefilter("ignore", hypothesis.errors.HypothesisSideeffectWarning)
hypothesis.given(hypothesis.strategies.text())(
    hypothesis.settings(max_examples=1)(lambda _: None)
)()


@dataclass(frozen=True)
class Trial:
    """An edit, and the tests to ask; with an empty edit, they have to pass.

    Attributes:
        edit: What is changed.
        tests: Those that are asked.
        then: Those that are asked when the client was generated again, if these notice nothing.
    """

    edit: dict[str, Any]
    tests: list[str]
    then: list[str] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Whether no test may fail."""
        return not self.edit or "unnoticed" in self.edit

    def __str__(self) -> str:
        """Name it for a person."""
        return str(self.edit.get("name", "(nothing)"))


def edit_tree(tree: Any, edit: dict[str, Any]) -> None:  # noqa: ANN401 - any YAML value
    """Make an edit whose place is a JSON pointer."""
    (kind,) = edit.keys() & {"put", "drop", "rename", "swap"}
    pointer, value = edit[kind] if isinstance(edit[kind], list) else (edit[kind], None)
    *keys, last = (k.replace("~1", "/").replace("~0", "~") for k in pointer.split("/")[1:])
    for key in keys:
        tree = tree[int(key)] if isinstance(tree, list) else tree[key]
    place = int(last) if isinstance(tree, list) else last
    if kind == "put":
        tree[place] = value
    elif kind == "drop":
        del tree[place]
    elif kind == "swap":
        tree[place] = tree[place][::-1]
    else:
        items = [(value if key == place else key, there) for key, there in tree.items()]
        tree.clear()
        tree.update(items)


def make(edit: dict[str, Any]) -> None:
    """Make an edit in the current folder."""
    if "remove" in edit:
        Path(edit["remove"]).unlink()
    elif "create" in edit:
        Path(edit["create"]).open("x").close()
    elif edit:
        path = Path(edit.get("file", DOCUMENT))
        before = path.read_text("utf-8")
        if "replace" in edit:
            after = before.replace(*edit["replace"])
        else:
            tree = yaml.safe_load(before)
            before = yaml.safe_dump(tree, sort_keys=False)
            edit_tree(tree, edit)
            after = yaml.safe_dump(tree, sort_keys=False)
        if before == after:
            raise ValueError(f"it cannot be made any more, and changes nothing in {path}")
        path.write_text(after, "utf-8")


def attempt(trial: Trial) -> str:
    """Make an edit in a fresh copy; return what noticed it first, or nothing.

    Raises:
        ValueError: The edit does not fit to what it edits.
        RuntimeError: The tests could not be run.
    """
    with tempfile.TemporaryDirectory(prefix="edit-") as scratch:
        for name in COPIED:
            source, target = ROOT / name, Path(scratch, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, target)
        os.chdir(scratch)
        try:
            make(trial.edit)
        except (LookupError, OSError, TypeError) as error:
            raise ValueError(f"cannot be made any more: {error!r}") from error
        sys.dont_write_bytecode = True
        sys.path[:0] = [f"{scratch}/generated", f"{scratch}/src"]
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
        noticed = ask(trial.tests)
        if noticed or not trial.then:
            return noticed
        command = [sys.executable, "scripts/generate.py"]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return "the generator"
        return ask(trial.then)


def ask(tests: list[str]) -> str:
    """Run tests in the current folder; return which failed first, or nothing."""
    options = ["-qx", "--tb=no", "-p", "no:cacheprovider", *HANGS]
    # What the forks have imported already is not pytest's to rewrite.
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = pytest.main([*options, *tests])
    if status == pytest.ExitCode.OK:
        return ""
    first = re.search(
        r"^(?:FAILED|ERROR) \S*test_(\w+)\.py(?:::(\S+))?", printed.getvalue(), re.MULTILINE
    )
    if not first:
        raise RuntimeError(printed.getvalue())
    return f"{first[1]}: {first[2]}"
