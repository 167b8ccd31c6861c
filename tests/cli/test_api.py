"""`talend-oauth api` and `whoami`: one call of an API with the token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

EXECUTIONS = "/processing/executions"


def test_the_body_is_printed_as_it_came(run: Run, sandbox: Sandbox) -> None:
    body = b'{"odd":  "\\u00e9\xc3\xa9"}\xff\r\n'
    sandbox.fail(200, path="/account/me", body=body)
    done = run("api", "/account/me", text=False, input=b"")

    assert (done.stdout, done.stderr, done.returncode) == (body, b"", 0)


def test_token_and_version_are_sent(run: Run, sandbox: Sandbox) -> None:
    account = json.loads(run("api", "/account/me").stdout)
    entry = sandbox.log[-1]

    assert account["id"] == sandbox.client_id
    assert (entry.method, entry.scheme, entry.client_id) == ("GET", "Bearer", sandbox.client_id)
    assert entry.talend_version_header == "2021-03"


@pytest.mark.parametrize("path", ["account/me", "/account/me", "//account/me"])
@pytest.mark.parametrize("method", [[], ["GET"], ["get"]])
def test_the_method_and_the_first_slash_can_be_left_out(
    call: Run, sandbox: Sandbox, method: list[str], path: str
) -> None:
    assert call("api", *method, path).returncode == 0
    assert (sandbox.log[-1].method, sandbox.log[-1].path) == ("GET", "/account/me")


def test_data_is_sent_as_json_by_post(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    body = '{"executable": "5f2c8d"}'
    (tmp_path / "body.json").write_text(body)
    for data in (body, "@body.json", "-"):
        done = run("api", EXECUTIONS, "--data", data, input=body, cwd=tmp_path)
        assert "executionId" in json.loads(done.stdout)
        assert (done.returncode, sandbox.log[-1].method) == (0, "POST")


def test_another_method_and_other_headers_can_be_chosen(call: Run, sandbox: Sandbox) -> None:
    done = call(
        "api", "PUT", "/account/me", "--data", "x", "--header", "X-Trace: 1", "--header=A:b"
    )

    assert done.returncode == 3
    assert sandbox.log[-1].method == "PUT"
    assert {"x-trace", "a", "content-type"} <= set(sandbox.log[-1].header_names)


def test_the_media_type_of_the_data_can_be_chosen(call: Run) -> None:
    done = call("api", EXECUTIONS, "--data", "{}", "--header", "content-type: text/plain")

    assert done.returncode == 3
    assert "415" in done.stderr


def test_a_query_is_kept(call: Run, sandbox: Sandbox) -> None:
    call("api", "/account/me?talendVersion=2021-03&x=1")

    assert sandbox.log[-1].query == (("talendVersion", "2021-03"), ("x", "***"))


def test_a_revoked_token_is_replaced_once(run: Run, sandbox: Sandbox) -> None:
    run("token")
    sandbox.tokens.revoke_all()
    before = sandbox.token_requests
    done = run("api", "/account/me")

    assert done.returncode == 0, done.stderr
    assert sandbox.token_requests == before + 1


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (401, 3, "talend-oauth token --refresh"),
        (403, 3, "talend-oauth token --refresh"),
        (404, 3, "Check the path"),
        (409, 3, "Check the method, the path and the body."),
        (429, 4, "try again later"),
        (500, 4, "Try again later."),
        (503, 4, "Try again later."),
        (302, 4, "Redirects are not followed"),
    ],
)
def test_a_refusal_prints_the_body_and_has_a_status_of_its_own(
    call: Run, sandbox: Sandbox, status: int, code: int, hint: str
) -> None:
    sandbox.fail(status, times=None, path="/account/me", body={"message": "why"})
    done = call("api", "/account/me")

    assert (done.stdout, done.returncode) == ('{"message": "why"}', code)
    assert f"GET /account/me was answered with {status}" in done.stderr
    assert hint in done.stderr


def test_an_api_that_does_not_respond_is_status_4(call: Run, sandbox: Sandbox) -> None:
    sandbox.fail(reset=True, times=None, path="/account/me")
    done = call("api", "/account/me")

    assert (done.stdout, done.returncode) == ("", 4)
    assert sandbox.url in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "[METHOD] PATH is missing"),
        (["GET"], "the path is missing"),
        (["FETCH", "/x"], "not a method and a path"),
        (["GET", "/x", "/y"], "not a method and a path"),
        (["https://elsewhere.example/x"], "give a path, not a URL"),
        (["/x", "--header", "no colon"], "not of the form NAME:VALUE"),
        (["/x", "--header", "a b: c"], "not of the form NAME:VALUE"),
        (["/x", "--header", "a: b\nc: d"], "not of the form NAME:VALUE"),
        (["/x", "--header", "authorization: Bearer x"], "is made from the token"),
        (["/x", "--data", "@/no/such/file"], "No such file"),
        (["/x", "--data", "-", "--client-secret-file", "-"], "read stdin"),
        (["/x\x01"], "cannot be part of a URL"),
    ],
)
def test_what_cannot_be_sent_is_status_2(
    call: Run, sandbox: Sandbox, arguments: list[str], says: str
) -> None:
    before = len(sandbox.log)
    done = call("api", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert not [entry for entry in sandbox.log[before:] if entry.method != "POST"]


def test_without_a_region_there_is_no_api(call: Run) -> None:
    unset = dict.fromkeys(("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_API_URL"))
    done = call("api", "/account/me", env={**unset, "TALEND_ACCESS_TOKEN": "ready"})

    assert done.returncode == 2
    assert "TALEND_REGION" in done.stderr


def test_verbose_names_the_call(call: Run) -> None:
    assert "GET /account/me: 200" in call("api", "-v", "/account/me").stderr


def test_whoami_prints_the_account(call: Run, sandbox: Sandbox) -> None:
    account = json.loads(call("whoami", "--json").stdout)
    lines = dict(line.split(None, 1) for line in call("whoami").stdout.splitlines())

    assert (account["type"], account["id"]) == ("SERVICE_ACCOUNT", sandbox.client_id)
    assert lines["id"] == sandbox.client_id
    assert lines["name"] == "sandbox service account"
    assert lines["permissions"] == "TMC_SERVICE_ACCOUNT_MANAGEMENT"


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ({"status": 403}, 3, "403"),
        ({"status": 200, "body": "<p>"}, 4, "was not answered with a JSON object"),
        ({"status": 200, "body": [1]}, 4, "was not answered with a JSON object"),
        ({"reset": True}, 4, "did not"),
    ],
)
def test_whoami_says_what_the_api_did(
    call: Run, sandbox: Sandbox, fault: dict[str, object], code: int, says: str
) -> None:
    sandbox.fail(times=None, path="/account/me", **fault)  # type: ignore[arg-type]
    done = call("whoami")

    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_what_an_account_is_called_cannot_steer_the_terminal(call: Run, sandbox: Sandbox) -> None:
    sandbox.fail(path="/account/me", merge={"name": "a\x1b[2Jb\nc", "permissions": []})
    done = call("whoami")

    assert "name         a?[2Jb?c\n" in done.stdout
