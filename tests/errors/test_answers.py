"""Which responses hold a usable token, and what the user reads when one does not."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import errors
from talend_oauth._commands._console import exit_status

if TYPE_CHECKING:
    from talend_oauth.sandbox import Sandbox

    from .conftest import Fails


@pytest.mark.parametrize(
    "token",
    [
        "a\r\nX-Evil: 1",
        "a b",
        "\u00e4",
        "a\x00",
        "",
        " a",
        "a\n",
        "Bearer a",
        "a,b",
        "a;b",
        "\u212a",
    ],
    ids=repr,
)
def test_a_token_that_no_header_can_carry_is_refused(
    fails: Fails, sandbox: Sandbox, token: str
) -> None:
    sandbox.fail(times=None, merge={"access_token": token})
    error = fails()

    assert error.message == (
        f"{sandbox.url} returned a token that cannot stand in a header (RFC 6750, section 2.1)."
    )


@pytest.mark.parametrize("token_type", ["MAC", "N_A", "", 7, ["Bearer"]])
def test_a_token_of_another_type_is_refused(
    fails: Fails, sandbox: Sandbox, token_type: object
) -> None:
    sandbox.fail(times=None, merge={"token_type": token_type})

    assert "returned a token whose token_type is not Bearer." in fails().message


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity"])
def test_a_bomb_is_not_unpacked(fails: Fails, sandbox: Sandbox, encoding: str) -> None:
    plain = b" " * 20_000_000
    body = zlib.compress(plain) if encoding == "deflate" else gzip.compress(plain)
    sandbox.fail(
        times=None,
        status=200,
        body=body,
        content_type="application/json",
        headers={"content-encoding": encoding},
    )

    assert fails().message == (
        f"{sandbox.url} responded with 200 OK, but its body is compressed, which was not asked for."
    )


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_large_answer_is_refused_at_any_status(
    fails: Fails, sandbox: Sandbox, status: int
) -> None:
    body = json.dumps({"message": "x" * 70_000})
    sandbox.fail(times=None, status=status, body=body, content_type="application/json")
    error = fails()

    assert error.status == status
    assert error.detail is None
    assert status != 200 or "larger than 64 KiB" in error.message


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://login.example/x?y", "login.example"),
        ("//login.example:8443/x", "login.example:8443"),
        ("https://user:password@login.example", "login.example"),
        ("/elsewhere", "the same host"),
        ("", "the same host"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_with_the_host_it_names(
    fails: Fails, sandbox: Sandbox, status: int, location: str, target: str
) -> None:
    before = sandbox.token_requests
    sandbox.fail(status, times=None, body="", headers={"location": location})
    error = fails()

    assert error.message == (
        f"{sandbox.url} redirected the request ({status}) to {target}. The redirect was not "
        "followed, because the secret is for this host only."
    )
    assert sandbox.token_requests == before + 1


@pytest.mark.parametrize("media_type", ["text/html", "Text/HTML", "application/xhtml+xml"])
def test_a_page_is_not_taken_for_a_token_whatever_it_holds(
    fails: Fails, sandbox: Sandbox, media_type: str
) -> None:
    sandbox.fail(times=None, content_type=f"{media_type}; charset=utf-8")

    assert f"responded with 200 OK, {media_type.lower()}, but" in fails().message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("999999999999", 3600.0),
        ("-1", None),
        ("soon", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
    ],
)
def test_the_wait_that_a_server_asks_for_is_kept_within_reason(
    fails: Fails, sandbox: Sandbox, header: str, seconds: float | None
) -> None:
    sandbox.fail(400, times=None, headers={"retry-after": header})

    assert fails().retry_after == seconds


@pytest.mark.parametrize(
    ("body", "detail", "request_id"),
    [
        ({"status": 400, "message": "Bad"}, "Bad", None),
        ({"status": 400, "detail": "no", "title": "Bad"}, "Bad: no", None),
        ({"message": "m", "detail": "d", "requestId": "r-1"}, "m: d", "r-1"),
        ({"error": "invalid_scope", "error_description": "no"}, "invalid_scope: no", None),
        ({"message": "same", "detail": "same"}, "same", None),
        ({"message": {"deep": 1}, "detail": None}, None, None),
        ({"message": "a\r\nb\x1b[31m\u202e"}, "a b [31m", None),
        ({"message": "x" * 300}, "x" * 200 + "...", None),
        ([], None, None),
        ("<p>", None, None),
    ],
)
def test_what_a_server_says_is_kept_short_and_on_one_line(
    fails: Fails, sandbox: Sandbox, body: Any, detail: str | None, request_id: str | None
) -> None:
    sandbox.fail(400, times=None, body=body, content_type="application/json")
    error = fails()

    assert (error.detail, error.request_id) == (detail, request_id)


def test_a_request_id_in_a_header_is_kept(fails: Fails, sandbox: Sandbox) -> None:
    sandbox.fail(500, times=None, body="", headers={"x-request-id": "r-2"})
    error = fails()

    assert error.request_id == "r-2"
    assert "Request id: r-2" in str(error)


def test_every_kind_of_the_tree_says_whether_another_try_helps() -> None:
    kinds = {name: getattr(errors, name) for name in errors.__all__ if name.endswith("Error")}
    helps = {name for name, kind in kinds.items() if kind.retryable}

    assert helps == {
        "UnavailableError",
        "UnreachableError",
        "RateLimitedError",
        "ServerError",
        "NotReplayedError",
    }
    assert {name: exit_status(kind("")) for name, kind in kinds.items()} == {
        "TalendOAuthError": 4,
        "ConfigurationError": 2,
        "RefusedError": 3,
        "BadRequestError": 3,
        "InvalidCredentialsError": 3,
        "PermissionDeniedError": 3,
        "UnavailableError": 4,
        "UnreachableError": 4,
        "RateLimitedError": 4,
        "ServerError": 4,
        "UnexpectedResponseError": 4,
        "NotReplayedError": 3,
    }
