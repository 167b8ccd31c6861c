"""The kit passes what is right, and fails what is wrong where it is wrong.

scripts/prove conformance does the same with every case and every mistake.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from talend_oauth._conformance import (
    Case,
    Options,
    Report,
    Result,
    load_cases,
    run_cases,
)
from talend_oauth._conformance import _client as client_module
from talend_oauth.errors import ConfigurationError

from .conftest import OURS, REFERENCE, quick_cases
from .mistakes import MISTAKES

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., dict[str, Result]]

# The reference locks its store with what POSIX has.
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the reference client is for POSIX")

QUICK_MISTAKES = [
    name
    for name, requirement in MISTAKES.items()
    if requirement in {case.requirement.id for case in quick_cases()}
]


def own_cases(requirement: str) -> tuple[Case, ...]:
    return tuple(case for case in load_cases() if case.requirement.id == requirement)


def case(name: str) -> Case:
    return next(case for case in load_cases() if case.id == name)


def client(folder: Path, program: str) -> list[str]:
    file = folder / "client.py"
    file.write_text(f"import json, sys, time\n{program}\n")
    return [sys.executable, str(file)]


@pytest.mark.parametrize("command", [OURS, REFERENCE], ids=["this library", "from the text alone"])
def test_a_client_passes(run: Run, command: list[str]) -> None:
    results = run(command, quick_cases())
    assert {n: r.reason for n, r in results.items() if r.outcome != "passed"} == {}


@pytest.mark.parametrize("mistake", QUICK_MISTAKES)
def test_a_mistake_fails_its_requirement(run: Run, mistake: str) -> None:
    # Twice what a client may wait in these cases: one that hangs is waited for.
    results = run([*REFERENCE, mistake], own_cases(MISTAKES[mistake]), patience=8)
    assert "failed" in {result.outcome for result in results.values()}


def test_every_requirement_has_a_mistake() -> None:
    assert set(MISTAKES.values()) == {case.requirement.id for case in load_cases()}


def test_what_needs_a_case_that_failed_is_not_scored(run: Run) -> None:
    results = run([*REFERENCE, "no-401"], [case("keep"), case("refused-token"), case("again")])
    assert [result.outcome for result in results.values()] == ["passed", "failed", "not scored"]
    assert results["again"].reason == "needs refused-token, which did not pass"


def test_a_refresh_window_that_does_not_fit_is_not_scored(run: Run) -> None:
    results = run([*REFERENCE, "fetch-always"], [case("expired")])
    assert results["expired"].outcome == "not scored"
    assert "a token of 6 s is fetched for every call" in results["expired"].reason


def test_what_a_client_does_not_do_is_not_scored(run: Run, tmp_path: Path) -> None:
    own = client(
        tmp_path,
        "for line in sys.stdin: print(json.dumps([{'unsupported': 'no streams'}]), flush=True)",
    )
    results = run(own, [case("again-stream")])
    assert results["again-stream"].reason == "the client does not do this: no streams"


def test_a_client_that_ends_in_place_of_a_result_fails(run: Run, tmp_path: Path) -> None:
    own = client(
        tmp_path,
        "print('[{\"status\": 200}]', flush=True)\n"
        "sys.stdin.readline(); sys.stderr.write('gone'); sys.exit(3)",
    )
    results = run(own, [case("keep")])
    assert results["keep"].reason == "step 1, send: the client ended with 3: gone"


def test_what_is_no_result_is_passed_over(run: Run, tmp_path: Path) -> None:
    own = client(
        tmp_path,
        "for line in sys.stdin:\n"
        "    print('a warning\\n7\\n[8]\\n' + 100000 * '[')\n"
        "    print('[{\"status\": 500}]', flush=True)",
    )
    reason = run(own, [case("keep")])["keep"].reason
    assert reason == "step 1, send: expected ok, and the client reported 500"


def test_a_byte_order_mark_and_members_that_are_null_do_no_harm(run: Run, tmp_path: Path) -> None:
    own = client(
        tmp_path,
        "sys.stdout.buffer.write(b'\\xef\\xbb\\xbf')\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps([{'status': None, 'error': 'no'}]), end='\\r\\n', flush=True)",
    )
    assert "reported error 'no'" in run(own, [case("keep")])["keep"].reason


@pytest.mark.parametrize("where", ["stdout", "stderr"])
def test_a_client_that_prints_without_end_is_ended(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(client_module, "_MOST_PRINTED", 100_000)
    own = client(
        tmp_path,
        "print('[{\"status\": 200}]', flush=True); sys.stdin.readline()\n"
        f"while True: sys.{where}.write('a line of a log\\n')",
    )
    assert "the client printed too much" in run(own, [case("keep")])["keep"].reason


def test_a_process_that_a_client_leaves_behind_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "LEAVE", 0.5)
    own = client(
        tmp_path,
        "import os, pathlib\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        f"    while not pathlib.Path({str(tmp_path / 'end')!r}).exists(): time.sleep(0.05)\n"
        "    os._exit(0)\n"
        "for line in sys.stdin: print(json.dumps([{'status': 500}]), flush=True)",
    )
    options = Options(command=own, patience=25)
    running = threading.Thread(target=run_cases, args=([case("keep")], options), daemon=True)
    running.start()
    running.join(60)
    waits = running.is_alive()
    (tmp_path / "end").touch()
    running.join()
    assert not waits


def test_ctrl_c_ends_a_run_and_its_clients(tmp_path: Path) -> None:
    own = client(
        tmp_path,
        "import os, pathlib\n"
        "here = pathlib.Path(sys.argv[0]).parent\n"
        "if (here / 'first').exists():\n"
        "    (here / 'new').write_text(str(os.getpid()))\n"
        "    (here / 'new').rename(here / 'pid')\n"
        "    time.sleep(300)\n"
        "(here / 'first').touch()\n"
        "sys.stdin.readline(); print('[{\"status\": 500}]', flush=True)",
    )
    # A shell that runs the tests in its background lets them ignore SIGINT.
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from talend_oauth.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["conformance", "--case", "keep", "--patience", "300", "--", *own]
    with subprocess.Popen([sys.executable, "-c", program, *arguments]) as process:
        try:
            while not (tmp_path / "pid").exists():
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('[]', flush=True); sys.stdin.readline()", "there were 0 items for `call`"),
        ("print('{\"status\": 200}', flush=True); sys.stdin.readline()", "last is none: '{\"sta"),
        ('print(\'[{"status": "200"}]\', flush=True); sys.stdin.readline()', "none: '\\[{\"sta"),
    ],
)
def test_what_is_not_as_the_contract_says_is_shown(tmp_path: Path, program: str, said: str) -> None:
    own = client(tmp_path, f"{program}\ntime.sleep(60)")
    with pytest.raises(ConfigurationError, match=said):
        run_cases([case("keep")], Options(command=own, patience=2))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/nowhere/client"], "The client '/nowhere/client' cannot be started: No such file"),
        ([sys.executable, "-c", "print('hello')"], "The client reported nothing for `call`"),
    ],
)
def test_a_client_that_does_not_speak_is_an_error(command: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run_cases([case("keep")], Options(command=command, patience=25))


def test_a_client_gets_no_other_setting_of_talend_and_no_proxy(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_REGION", "eu")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    own = client(
        tmp_path,
        "import os\n"
        "names = sorted(n for n in os.environ if n.startswith('TALEND_') or 'roxy' in n.lower())\n"
        "for line in sys.stdin: print(json.dumps([{'error': ' '.join(names)}]), flush=True)",
    )
    reason = run(own, [case("keep")])["keep"].reason
    assert "'TALEND_API_URL TALEND_CLIENT_ID TALEND_CLIENT_SECRET'" in reason


def test_forms_are_taken_where_they_have_to_be(tmp_path: Path) -> None:
    own = client(
        tmp_path,
        "import os, urllib.parse, urllib.request as u\n"
        "api = os.environ['TALEND_API_URL']\n"
        "def ask(url, **more): return u.urlopen(u.Request(url, **more))\n"
        "for line in sys.stdin:\n"
        "    form = {'grant_type': 'client_credentials',\n"
        "            'client_id': os.environ['TALEND_CLIENT_ID'],\n"
        "            'client_secret': os.environ['TALEND_CLIENT_SECRET']}\n"
        "    data = urllib.parse.urlencode(form).encode()\n"
        "    token = json.load(ask(api + '/oauth/token', data=data))['access_token']\n"
        "    headers = {'Authorization': 'Bearer ' + token}\n"
        "    print(json.dumps([{'status': ask(api + '/account/me', headers=headers).status}]),"
        " flush=True)",
    )
    cases = [case("more-members"), case("request"), case("keep")]
    options = Options(command=own, forms=True)
    results = {result.case.id: result for result in run_cases(cases, options)}
    assert results["more-members"].outcome == "passed", results["more-members"].reason
    assert results["request"].reason == "the sandbox takes forms in this run"
    assert "expected token requests: 1; there were 3" in results["keep"].reason


def test_a_report_has_the_sentence_of_each_failure_and_what_was_seen() -> None:
    results = [
        Result(case("keep"), "failed", "step 2, expect: seen"),
        Result(case("request"), "passed"),
        Result(case("processes"), "not scored", "no store"),
    ]
    text = Report(results).as_text()
    assert "A client MUST keep a token and use it again while it is valid." in text
    assert "step 2, expect: seen" in text
    assert "processes: no store" in text
    assert "core       1 passed, 1 failed, 0 not scored\n" in text
    assert "fleet      0 passed, 0 failed, 1 not scored\n" in text
    assert not Report(results).is_good


def test_known_failures_are_good_until_they_pass() -> None:
    failed, passed = Result(case("keep"), "failed", "seen"), Result(case("request"), "passed")
    known = Report([failed, passed], frozenset({"keep"}))
    assert known.is_good
    assert "known to fail" in known.as_text()
    stale = Report([failed, passed], frozenset({"keep", "request"}))
    assert not stale.is_good
    assert stale.as_json()["stale"] == ["request"]
    assert "known to fail, but passed: request" in stale.as_text()
