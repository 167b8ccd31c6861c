"""The commands of openapi/README.md are found, run, and name what the consumers are built with."""

import json
import os
import re
import select
import tomllib
from pathlib import Path

import pytest
from consumers._commands import CONSUMERS, TOP
from consumers._readme import README, Block, blocks_of, run_block

TEXT = """\
# Title

## First

```sh
one
```

Some words and `code`.

```toml
not = "a command"
```

## Second

```sh
two
three
```
"""


def test_blocks_of_commands_are_found_with_their_heading_and_line() -> None:
    assert blocks_of(TEXT) == [Block("First", 6, "one\n"), Block("Second", 18, "two\nthree\n")]


def test_a_page_without_commands_is_refused() -> None:
    with pytest.raises(ValueError, match="no block of commands"):
        blocks_of("# Title\n")


def run(folder: Path, script: str) -> tuple[int, str]:
    ran = run_block(Block("Section", 1, script), folder, dict(os.environ))
    return ran.status, ran.output


def test_a_block_stops_at_the_first_command_that_fails(tmp_path: Path) -> None:
    status, output = run(tmp_path, "echo before\nfalse\necho after\n")
    assert status == 1
    assert "echo before" in output
    assert "after" not in output


def test_a_block_that_uses_an_unset_variable_fails(tmp_path: Path) -> None:
    status, _ = run(tmp_path, 'echo "$NO_SUCH_VARIABLE_OF_A_TEST"\n')
    assert status != 0


def test_what_a_block_leaves_running_is_ended(tmp_path: Path) -> None:
    status, _ = run(tmp_path, "sleep 600 &\necho $! >left\n")
    assert status == 0
    try:
        left = os.pidfd_open(int((tmp_path / "left").read_text()))
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([left], [], [], 10)
    finally:
        os.close(left)
    assert ended


def pinned() -> dict[str, str]:
    """What the consumers and the tools of this repository are built with."""
    pins: dict[str, str] = {}
    for folder in ("consumers/typescript", "tools/node"):
        package = json.loads((TOP / folder / "package.json").read_text())
        pins |= package.get("dependencies", {}) | package.get("devDependencies", {})
    go = (CONSUMERS / "go" / "go.mod").read_text()
    pins |= dict(re.findall(r"^\s*(\S+) (v\S+)", go, re.MULTILINE))
    rust = tomllib.loads((CONSUMERS / "rust" / "Cargo.toml").read_text())["dependencies"]
    for name, crate in rust.items():
        pins[name] = crate if isinstance(crate, str) else crate.get("version", "")
    lock = (TOP / "requirements" / "tools.txt").read_text()
    return pins | dict(re.findall(r"^(\S+)==(\S+)", lock, re.MULTILINE))


def test_every_version_in_the_commands_is_the_one_that_this_repository_pins() -> None:
    commands = "".join(block.script for block in blocks_of(README.read_text()))
    named = re.findall(r"(\S+?)(?:==|@)(=?v?\d+(?:\.\d+)+)", commands)
    assert len(named) >= 10
    pins = pinned()
    for name, version in named:
        assert pins[name.partition("/cmd/")[0]] == version, name


def test_every_file_that_the_page_names_exists() -> None:
    text = README.read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    copied = re.findall(r"\$TALEND_OAUTH/([\w./-]+)", text)
    assert len(links) > 5
    assert len(copied) > 5
    for path in [*(README.parent / link for link in links), *(TOP / path for path in copied)]:
        assert path.exists(), f"{path} does not exist"
