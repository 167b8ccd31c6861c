"""The control API, for tests in other languages."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import talend_oauth
from talend_oauth.sandbox import Sandbox

Ask = Callable[..., httpx.Response]


def test_the_health_says_that_it_runs(ask: Ask, client: httpx.Client) -> None:
    ask()
    assert client.get("/_sandbox/health").json() == {
        "status": "ok",
        "version": talend_oauth.__version__,
        "pid": os.getpid(),
        "token_requests": 1,
        "held": 0,
    }


def test_token_requests_are_held_and_released_over_http(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    assert client.post("/_sandbox/hold").status_code == 204
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask)
        sandbox.wait_for_requests(1)
        while not client.get("/_sandbox/health").json()["held"]:  # it arrives, then it waits
            pass
        assert not answer.done()
        assert client.post("/_sandbox/release").status_code == 204
        assert answer.result().status_code == 200
    assert client.get("/_sandbox/health").json()["held"] == 0


def test_a_sandbox_in_a_test_is_stopped_by_the_test_alone(client: httpx.Client) -> None:
    answer = client.post("/_sandbox/stop")
    assert answer.status_code == 400
    assert "stops with that program" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": ""},
        {"host": "evil.example"},
        {"host": "evil.example:8080"},
        {"host": "localhost.evil.example"},
        {"host": "[::1].evil"},
        {"host": ""},
        {"host": "169.254.169.254"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "faults"), ("POST", "revoke"), ("GET", "log"), ("PATCH", "settings"), ("GET", "")],
)
def test_a_foreign_web_page_cannot_steer_or_read_it(
    client: httpx.Client, sandbox: Sandbox, headers: dict[str, str], method: str, path: str
) -> None:
    content = b'{"status": 500}' if method == "POST" else b"{}"
    answer = client.request(method, f"/_sandbox/{path}", headers=headers, content=content)
    assert answer.status_code == 403
    assert "control API" in answer.json()["detail"]
    assert sandbox.faults.as_json() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:5173"},
        {"origin": "http://[::1]:80"},
        {"host": "localhost:1"},
        {"host": "LOCALHOST"},
        {"host": "[::1]:1"},
        {"host": "127.1.2.3"},
    ],
)
def test_this_machine_may_steer_it_by_any_of_its_names(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    assert client.get("/_sandbox/health", headers=headers).status_code == 200


def test_the_log_is_read_and_emptied_and_holds_no_control_request(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    ask(params={"talendVersion": "2021-03"})
    (entry,) = client.get("/_sandbox/log").json()["requests"]
    assert entry["method"] == "POST"
    assert entry["path"] == "/security/oauth/token"
    assert entry["talend_version_query"] == "2021-03"
    assert entry["client_id"] == sandbox.client_id
    assert entry["status"] == 200
    assert client.delete("/_sandbox/log").status_code == 204
    assert client.get("/_sandbox/log").json() == {"requests": []}


def test_faults_are_scripted_listed_and_cleared(ask: Ask, client: httpx.Client) -> None:
    assert client.post("/_sandbox/faults", json={"status": 500, "times": 3}).status_code == 204
    assert ask().status_code == 500
    (fault,) = client.get("/_sandbox/faults").json()["faults"]
    assert (fault["status"], fault["times"]) == (500, 2)
    assert client.delete("/_sandbox/faults").status_code == 204
    assert ask().status_code == 200


def test_settings_are_read_and_changed_together(ask: Ask, client: httpx.Client) -> None:
    changes = {"token_lifetime": 2.5, "expires_in": "string", "clock_offset": -5}
    changed = client.patch("/_sandbox/settings", json=changes)
    assert changed.status_code == 200
    assert changed.json() == client.get("/_sandbox/settings").json()
    assert changed.json().items() >= changes.items()
    assert ask().json()["expires_in"] == "2"


@pytest.mark.parametrize(
    "changes",
    [
        {"token_lifetime": -1},
        {"token_lifetime": "60"},
        {"token_lifetime": True},
        {"token_lifetime": 1e300},
        {"expires_in": "float"},
        {"expires_in": ["integer"]},
        {"same_token": 1},
        {"opaque_tokens": None},
        {"check_credentials": "no"},
        {"polls": -1},
        {"polls": 1.0},
        {"clock_offset": "1"},
        {"clock_offset": 10**12},
        {"clock_offset": True},
        {"unknown": 1},
    ],
)
def test_settings_without_meaning_are_refused_as_a_whole(
    client: httpx.Client, changes: dict[str, object]
) -> None:
    before = client.get("/_sandbox/settings").json()
    answer = client.patch("/_sandbox/settings", json={"token_lifetime": 7, **changes})
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert client.get("/_sandbox/settings").json() == before


def test_a_token_is_revoked_or_all_are(ask: Ask, client: httpx.Client) -> None:
    token = ask().json()["access_token"]
    ask()
    for expected in (1, 0):
        answer = client.post("/_sandbox/revoke", json={"token": token})
        assert answer.json() == {"revoked": expected}
    assert client.post("/_sandbox/revoke", json={"all": True}).json() == {"revoked": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("revoke", b"{}"),
        ("revoke", b'{"all": false}'),
        ("revoke", b'{"all": true, "token": "x"}'),
        ("revoke", b'{"token": 1}'),
        ("revoke", b"["),
        ("faults", b"[]"),
        ("faults", b'{"status": 1}'),
        ("faults", b'{"headers": {"a": "\\ud800"}}'),
        ("faults", b" " * 70_000),
    ],
)
def test_a_control_request_without_meaning_is_refused(
    client: httpx.Client, path: str, body: bytes
) -> None:
    assert client.post(f"/_sandbox/{path}", content=body).status_code == 400


def test_the_control_api_has_only_these_paths(client: httpx.Client, sandbox: Sandbox) -> None:
    assert client.get("/_sandbox").status_code == 404
    assert client.get("/_sandbox/nothing").status_code == 404
    assert client.post("/_sandbox/health").status_code == 405
    assert sandbox.log == []


def test_credentials_and_bodies_can_be_left_unchecked_which_breaks_the_contract(
    ask: Ask, client: httpx.Client
) -> None:
    client.patch("/_sandbox/settings", json={"check_credentials": False, "check_body": False})
    assert ask(auth=None, content=b"").status_code == 200


def test_a_setting_that_there_is_not_cannot_be_set(sandbox: Sandbox) -> None:
    with pytest.raises(AttributeError, match="token_live"):
        sandbox.settings.token_live = 1  # type: ignore[attr-defined]
