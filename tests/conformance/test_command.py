"""`talend-oauth conformance`: what it prints, and how it ends."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from talend_oauth.cli import main

if TYPE_CHECKING:
    from pathlib import Path

# Fetches a token for every call, and so fails `keep`.
CLIENT = """
import base64, json, os, sys
from urllib.request import Request, urlopen
api = os.environ["TALEND_API_URL"]
pair = f"{os.environ['TALEND_CLIENT_ID']}:{os.environ['TALEND_CLIENT_SECRET']}"
headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
           "Content-Type": "application/json", "talend-version": "2021-03"}
body = json.dumps({"grant_type": "client_credentials", "audience": api}).encode()
for line in sys.stdin:
    with urlopen(Request(api + "/security/oauth/token", body, headers)) as response:
        token = json.load(response)["access_token"]
    with urlopen(Request(api + "/account/me", headers={"Authorization": "Bearer " + token})) as me:
        print(json.dumps([{"status": me.status}]), flush=True)
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    file = tmp_path / "client.py"
    file.write_text(CLIENT)
    return ["--", sys.executable, str(file)]


def test_a_case_that_passes_ends_with_0(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", "--case", "request", *command]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("R1   core       request  ok ")
    assert err == ""


def test_a_case_that_fails_ends_with_1_and_says_why(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", "--case", "keep", *command]) == 1
    assert "step 2, expect: expected token requests: 1; there were 3" in capsys.readouterr().out


def test_known_failures_end_with_0_and_stale_ones_with_1(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("# of this client\nkeep  # it keeps none\n")
    baseline = ["--baseline", str(known)]
    assert main(["conformance", "--case", "keep", *baseline, *command]) == 0
    known.write_text("request\n")
    assert main(["conformance", "--case", "request", *baseline, *command]) == 1
    assert "known to fail, but passed: request" in capsys.readouterr().out


def test_a_known_failure_that_is_no_case_ends_with_2(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("\ufeffkeep\n# of this client\nkept\n", encoding="utf-8")
    assert main(["conformance", "--case", "keep", "--baseline", str(known), *command]) == 2
    err = capsys.readouterr().err
    assert "Line 3 of the file of known failures names no case" in err
    assert "kept" not in err


def test_it_prints_json(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--case", "keep", "--json", *command]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert report["levels"] == {"core": {"failed": 1}}
    (case,) = report["cases"]
    assert (case["id"], case["requirement"], case["outcome"]) == ("keep", "R6", "failed")


def test_it_lists_the_cases_of_a_level(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--list", "--level", "core"]) == 0
    out = capsys.readouterr().out
    assert "R6   core       keep: three calls, one token request\n" in out
    assert "fleet" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "A program to run is missing"),
        (["--case", "nothing", "--", "x"], "There is no such case"),
        (["--level", "high", "--", "x"], "--level: not one of"),
        (["--baseline", "/nowhere", "--", "x"], "known failures cannot be read"),
        (["--", "/nowhere/client"], "cannot be started"),
    ],
)
def test_wrong_usage_ends_with_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
