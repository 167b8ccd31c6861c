"""Scripted failures: each is seen by a client as what it is called."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from talend_oauth.sandbox import Fault, Sandbox

Ask = Callable[..., httpx.Response]
PATH = "/security/oauth/token"


@pytest.fixture
def post(sandbox: Sandbox) -> Any:
    """Ask for a token, rightly, with no document to judge the answer."""
    with httpx.Client(base_url=sandbox.url, timeout=5) as plain:
        yield lambda: plain.post(
            PATH,
            auth=(sandbox.client_id, sandbox.client_secret),
            json={"grant_type": "client_credentials", "audience": "x"},
        )


def test_a_fault_applies_to_so_many_requests_and_then_no_more(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(500, times=2)
    assert [ask().status_code for _ in range(3)] == [500, 500, 200]
    assert sandbox.token_requests == 3
    assert [entry.fault for entry in sandbox.log] == [True, True, False]


def test_faults_come_in_the_order_in_which_they_were_scripted(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(503, times=1)
    sandbox.fail(429, headers={"Retry-After": "1"})
    first, second, third = post(), post(), post()
    assert (first.status_code, second.status_code, third.status_code) == (503, 429, 200)
    assert second.headers["retry-after"] == "1"
    assert first.json()["status"] == 503
    assert first.json()["message"] == "Service Unavailable"


def test_a_fault_without_end_lasts_until_it_is_cleared(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(500, times=None)
    assert {post().status_code for _ in range(5)} == {500}
    sandbox.faults.clear()
    assert post().status_code == 200


def test_a_fault_applies_to_its_own_path_only(
    ask: Ask, client: httpx.Client, sandbox: Sandbox, bearer: dict[str, str]
) -> None:
    sandbox.fail(502, path="/account/me")
    assert ask().status_code == 200
    assert client.get("/account/me", headers=bearer).status_code == 502
    sandbox.fail(500, path="*", times=2)
    assert client.get("/.well-known/jwks.json").status_code == 500
    assert ask().status_code == 500


def test_a_status_that_is_no_error_keeps_the_body(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(201)
    response = post()
    assert response.status_code == 201
    assert response.json()["token_type"] == "Bearer"


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(post: Ask, sandbox: Sandbox, status: int) -> None:
    sandbox.fail(status, times=2)
    for _ in range(2):
        response = post()
        assert response.status_code == status
        assert response.content == b""
    assert post().status_code == 200


def test_any_status_can_be_scripted(post: Ask, sandbox: Sandbox) -> None:
    for status in range(200, 600):
        sandbox.fail(status)
        assert post().status_code == status


@pytest.mark.parametrize(
    ("body", "sent", "media_type"),
    [
        ("<html>", b"<html>", "text/plain"),
        ("", b"", "text/plain"),
        (b"\xff\0", b"\xff\0", "text/plain"),
        ({"error": "invalid_client"}, b'{"error": "invalid_client"}', "application/json"),
        ([1], b"[1]", "application/json"),
        (False, b"false", "application/json"),
    ],
)
def test_a_body_is_sent_as_it_was_scripted(
    post: Ask, sandbox: Sandbox, body: object, sent: bytes, media_type: str
) -> None:
    sandbox.fail(401, body=body)
    response = post()
    assert response.content == sent
    assert response.headers["content-type"] == media_type


def test_a_content_type_is_replaced_or_left_out(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(content_type="text/html; charset=utf-8")
    sandbox.fail(content_type="")
    assert post().headers["content-type"] == "text/html; charset=utf-8"
    assert "content-type" not in post().headers


def test_fields_of_the_answer_are_changed_and_taken_away(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(merge={"token_type": None, "expires_in": -1, "absent": None})
    answer = post().json()
    assert answer.keys() == {"access_token", "expires_in"}
    assert answer["expires_in"] == -1


@pytest.mark.parametrize("body", ["no JSON", [1]])
def test_there_is_nothing_to_merge_into_what_is_no_object(
    post: Ask, sandbox: Sandbox, body: object
) -> None:
    sandbox.fail(200, body=body, merge={"token_type": None})
    assert post().status_code == 200


@pytest.mark.wine("gives the end of a connection for its reset, at times")
def test_a_reset_connection_has_no_answer(
    post: Ask, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.fail(reset=True)
    with pytest.raises(httpx.ReadError):
        post()
    assert sandbox.log[-1].status is None
    assert post().status_code == 200
    assert capfd.readouterr().err == ""


def test_a_truncated_body_ends_before_its_announced_length(
    post: Ask, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.fail(truncate=True)
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        post()
    assert post().status_code == 200
    assert capfd.readouterr().err == ""


def test_a_dripping_body_arrives_whole(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(drip=0.0001)
    assert post().json()["token_type"] == "Bearer"


def test_a_body_that_drips_too_slowly_runs_into_the_clients_time_out(sandbox: Sandbox) -> None:
    sandbox.fail(drip=60)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(sandbox.url + PATH, timeout=0.2)


def test_a_delay_runs_into_the_clients_time_out(sandbox: Sandbox) -> None:
    sandbox.fail(delay=60)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(sandbox.url + PATH, timeout=0.2)
    assert sandbox.token_requests == 1


def test_a_short_delay_is_only_slow(post: Ask, sandbox: Sandbox) -> None:
    sandbox.fail(delay=0.001)
    assert post().status_code == 200


@pytest.mark.parametrize(
    "item",
    [
        [],
        "503",
        {"stauts": 503},
        {"status": 199},
        {"status": 600},
        {"status": "503"},
        {"status": True},
        {"times": 0},
        {"times": 1.5},
        {"delay": -1},
        {"delay": "1"},
        {"delay": float("nan")},
        {"drip": 10**6},
        {"drip": None},
        {"reset": 1},
        {"truncate": None},
        {"path": "account/me"},
        {"path": None},
        {"path": ""},
        {"content_type": "a\r\nb: c"},
        {"content_type": 1},
        {"headers": None},
        {"headers": []},
        {"headers": {"a b": "c"}},
        {"headers": {"": "c"}},
        {"headers": {"a": "b\r\nc: d"}},
        {"headers": {"a": 1}},
        {"merge": []},
        {"body": "\ud800"},
    ],
)
def test_a_fault_that_has_no_meaning_is_refused(item: object) -> None:
    with pytest.raises(ValueError, match="fault"):
        Fault.from_json(item)


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="body of a fault"):
        Fault(body=object())


def test_a_fault_is_described_without_its_body_and_headers() -> None:
    fault = Fault(status=503, delay=2, reset=True, body="canary", headers={"a": "canary"})
    assert str(fault) == "status 503, delay 2, reset, body, headers"
    assert str(Fault()) == "no change"
