"""Mistakes that a compiler should refuse: each file says in its first line what it answers."""

from collections.abc import Collection, Mapping
from pathlib import Path

from ._commands import StepError, run
from ._projects import Project

SILENT = "silent"
_MARK = "// compiler: "


def check_mistakes(project: Project, cwd: Path, environment: Mapping[str, str]) -> str:
    """Compile the mistakes of a language and hold the errors against what the files say.

    Returns:
        How many of them the compiler refuses, such as `2 of 3`.

    Raises:
        StepError: When one is not refused as it says, or is, although it says `silent`.
    """
    expected = _expectations(cwd / "mistakes")
    output = run(project.mistakes, cwd, environment).output
    blocks = _blocks(output, expected)
    for name, answer in expected.items():
        block = blocks[name]
        if answer == SILENT and block:
            raise StepError(f"mistakes/{name} was to compile, but:\n{block}")
        if answer != SILENT and answer not in block:
            raise StepError(f"mistakes/{name}: no error says {answer!r} in:\n{output}")
    refused = sum(answer != SILENT for answer in expected.values())
    return f"{refused} of {len(expected)}"


def _expectations(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        first = path.read_text().partition("\n")[0]
        if first.startswith(_MARK):
            found[path.name] = first.removeprefix(_MARK)
    if all(answer == SILENT for answer in found.values()):
        raise StepError(f"{folder} has nothing that the compiler should refuse")
    return found


def _blocks(output: str, names: Collection[str]) -> dict[str, str]:
    """Sort the compiler's output by file: an error starts with its name and may have more lines."""
    blocks = dict.fromkeys(names, "")
    current = None
    for line in output.splitlines():
        current = next((name for name in names if name in line), current)
        if current is not None:
            blocks[current] += line + "\n"
    return blocks
