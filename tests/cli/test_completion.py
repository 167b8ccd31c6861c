"""`talend-oauth completion`: what the shells offer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talend_oauth.cli import COMMANDS

if TYPE_CHECKING:
    from .conftest import Run

ROOT = Path(__file__).parents[2]
SHELLS = ("bash", "zsh", "fish", "powershell")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_every_command_and_option(call: Run, shell: str) -> None:
    script = call("completion", shell).stdout

    for command in COMMANDS:
        assert command in script
    for option in ("client-secret-file", "keep-secret", "no-store", "openapi", "token-lifetime"):
        assert option in script


def test_a_script_that_is_not_installed_is_told(
    call: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from talend_oauth._commands import completion

    monkeypatch.setattr(completion, "files", lambda package: tmp_path / package)
    done = call("completion", "bash")

    assert (done.returncode, done.stdout) == (2, "")
    assert "not where they were installed" in done.stderr


OFFERS = [
    ("talend-oauth d", ["doctor", "decode"]),
    ("talend-oauth token --fo", ["--format"]),
    ("talend-oauth token --format j", ["json"]),
    ("talend-oauth token --format = j", ["json"]),
    ("talend-oauth token --format =", ["text", "json", "header", "export", "powershell", "cmd"]),
    ("talend-oauth cache ''", ["path", "clear"]),
    ("talend-oauth token --region ''", [""]),
    ("talend-oauth token --client-secret-file 'a f'", ["a file"]),
    ("talend-oauth token --client-secret-file = 'a f'", ["a file"]),
    ("talend-oauth decode 'a f'", ["a file"]),
    ("talend-oauth sandbox --expires-in s", ["string"]),
    ("talend-oauth exec -- this-pro", ["this-program"]),
    ("talend-oauth exec -- this-program 'a f'", ["a file"]),
    ("talend-oauth sandbox --polls 3 -- this-pro", ["this-program"]),
]


@pytest.mark.program
def test_bash_offers_commands_options_values_files_and_programs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    program = tmp_path / "bin" / "this-program"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    script = """
eval "$("$1" -m talend_oauth completion bash)"
cd "$2" || exit 1
PATH=$2/bin:$PATH
try() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _talend_oauth
  (IFS='|'; echo "${COMPREPLY[*]}")
}
"""
    script += "\n".join(f"try {line}" for line, _ in OFFERS)
    done = run(command=["bash", "--norc", "-c", script, "bash", sys.executable, str(tmp_path)])

    offered = [line.split("|") for line in done.stdout.splitlines()]
    assert dict(zip([line for line, _ in OFFERS], offered, strict=True)) == dict(OFFERS)


def test_zsh_is_told_when_its_completion_is_not_loaded(call: Run) -> None:
    script = call("completion", "zsh").stdout

    assert "if (( $+functions[compdef] )); then" in script
    assert script.count("compdef _shtab_talend_oauth -N talend-oauth") == 1


def test_fish_describes_an_option_and_not_each_of_its_values(call: Run) -> None:
    lines = [line for line in call("completion", "fish").stdout.splitlines() if "-l format" in line]

    assert "\"text\\t'' json\\t'' header\\t'' export\\t'' powershell\\t'' cmd\\t''\"" in lines[0]
