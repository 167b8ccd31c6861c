"""Airflow's `auth_type`, as the hook of its HTTP provider calls it; against the sandbox.

`scripts/prove airflow` runs it in a real Airflow.
"""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import traceback
import types
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import requests

from talend_oauth import FileStore, RedisStore, TalendOAuthWarning
from talend_oauth._lifecycle.source import internals
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations.airflow import TalendAuth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

SECRET = "Zk3vT9qLw8Xc2Rb7Ny5Hm1Jd4Gf6Ps0Ae-Ui_Ov2Bt8"  # of the form of a real one


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", str(tmp_path / "tokens"))


def call(url: str, auth: Any, **options: Any) -> requests.Response:
    """Send a request as `HttpHook` does: by a session of its own."""
    with requests.Session() as session:
        session.auth, session.trust_env = auth, False
        return session.get(url, timeout=10, **options)


def who(sandbox: Sandbox, auth: Any = None) -> requests.Response:
    auth = auth or TalendAuth(sandbox.client_id, sandbox.client_secret)
    return call(f"{sandbox.url}/account/me", auth)


def prepared(auth: Any, url: str, **headers: str) -> requests.PreparedRequest:
    return requests.Request("GET", url, headers=headers, auth=auth).prepare()


def settings_of(auth: Any) -> Any:
    return internals(auth._auth.source)[0].settings


def test_the_api_is_the_host_of_the_request(sandbox: Sandbox) -> None:
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret)

    assert who(sandbox, auth).json()["type"] == "SERVICE_ACCOUNT"
    assert settings_of(auth).api_url == settings_of(auth).audience == sandbox.url


def test_the_requests_of_a_process_share_a_token(sandbox: Sandbox) -> None:
    assert [who(sandbox).status_code for _ in range(3)] == [200] * 3
    assert sandbox.token_requests == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TALEND_AUDIENCE", "https://api.us.cloud.talend.com"),
        ("TALEND_ACCESS_TOKEN", "a.static.token"),
        ("TALEND_API_TOKEN", "a.static.token"),
        ("TALEND_REGION", "us"),
        ("TALEND_API_URL", "https://api.us.cloud.talend.com"),
        ("TALEND_CLIENT_ID", "another"),
        ("TALEND_CLIENT_SECRET", "another secret"),
        ("TALEND_CLIENT_SECRET_FILE", "/no/such/file"),
    ],
)
def test_a_connection_with_a_login_is_not_changed_by_a_variable(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret)

    assert who(sandbox, auth).status_code == 200
    assert sandbox.token_requests == 1
    assert settings_of(auth).audience == sandbox.url


def test_a_variable_does_not_stand_in_for_a_missing_password(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_SECRET", sandbox.client_secret)

    for password in (None, ""):
        with pytest.raises(ConfigurationError, match="the connection's password"):
            who(sandbox, TalendAuth(sandbox.client_id, password))

    assert not sandbox.log


def test_without_a_login_everything_is_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)

    assert who(sandbox, TalendAuth()).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/account/me",
        "https://api.eu.cloud.talend.com.example.com/",
        "https://api.eu.cloud.talend.com:8443/",
        "https://tmc.eu.cloud.talend.com/",
    ],
)
def test_another_host_gets_no_token_and_one_warning(url: str) -> None:
    with pytest.warns(TalendOAuthWarning, match="the connection's host has to be") as caught:
        for _ in range(2):
            assert "Authorization" not in prepared(TalendAuth("login", SECRET), url).headers

    assert len(caught) == 1


def test_credentials_of_another_host_are_left_alone() -> None:
    with warnings.catch_warnings(action="error"):
        sent = prepared(TalendAuth("login", SECRET), "https://example.com/", Authorization="own")

    assert sent.headers["Authorization"] == "own"


def test_after_the_first_request_a_token_goes_to_that_api_only(sandbox: Sandbox) -> None:
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret)
    who(sandbox, auth)

    says = r"not sent to api\.eu\.cloud\.talend\.com, .* the connection's host has to be that API"
    with pytest.warns(TalendOAuthWarning, match=says):
        sent = prepared(auth, "https://api.eu.cloud.talend.com/account/me")
    assert "Authorization" not in sent.headers


def test_a_connection_without_a_login_to_another_region_than_the_environments_is_explained(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)

    with pytest.warns(TalendOAuthWarning, match="the connection's host has to be that API"):
        sent = prepared(TalendAuth(), "https://api.us.cloud.talend.com/account/me")
    assert "Authorization" not in sent.headers


def test_plain_http_to_talend_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="over http"):
        prepared(TalendAuth("login", SECRET), "http://api.eu.cloud.talend.com/account/me")


def test_a_request_to_another_host_does_not_spoil_the_next(sandbox: Sandbox) -> None:
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret)
    with pytest.warns(TalendOAuthWarning):
        prepared(auth, "https://example.com/")

    assert who(sandbox, auth).status_code == 200


def test_a_revoked_token_is_replaced_once(sandbox: Sandbox) -> None:
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret)
    sandbox.revoke(who(sandbox, auth).request.headers["Authorization"].split()[1])

    answer = who(sandbox)

    assert [answer.status_code, *(it.status_code for it in answer.history)] == [200, 401]
    assert sandbox.token_requests == 2


PROCESS = """
import sys, requests
from talend_oauth.integrations.airflow import TalendAuth
url, *account = sys.argv[1:]
print(requests.get(f"{url}/account/me", auth=TalendAuth(*account), timeout=10).status_code)
"""


def test_processes_share_a_token_by_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: Sandbox
) -> None:
    monkeypatch.delenv("TALEND_OAUTH_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    account = sandbox.url, sandbox.client_id, sandbox.client_secret

    for _ in range(2):
        program = [sys.executable, "-c", PROCESS, *account]
        assert subprocess.run(program, check=True, capture_output=True, text=True).stdout == "200\n"

    assert sandbox.token_requests == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", FileStore),
        ("~/tokens", FileStore),
        ("off", None),
        ("redis://:a-password@127.0.0.1:1/0", RedisStore),
        ("rediss://127.0.0.1:1/0", RedisStore),
    ],
)
def test_the_variable_names_the_store(
    monkeypatch: pytest.MonkeyPatch, text: str, kind: type | None
) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", text)
    auth = TalendAuth("login", SECRET)
    monkeypatch.setattr("talend_oauth.integrations.airflow.RequestsAuth.__call__", _unchanged)
    prepared(auth, "https://api.eu.cloud.talend.com/")

    store = internals(auth._auth.source)[0].store  # type: ignore[union-attr]
    assert type(store) is (kind or type(None))
    assert settings_of(auth).api_url == "https://api.eu.cloud.talend.com"
    assert "a-password" not in repr(store)


def test_the_port_of_a_connection_is_no_part_of_the_audience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    auth = TalendAuth("login", SECRET)
    monkeypatch.setattr("talend_oauth.integrations.airflow.RequestsAuth.__call__", _unchanged)
    prepared(auth, "https://api.eu.cloud.talend.com:443/account/me")

    assert settings_of(auth).api_url == "https://api.eu.cloud.talend.com"
    assert settings_of(auth).audience == "https://api.eu.cloud.talend.com"


def _unchanged(_: object, request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def test_a_store_that_cannot_be_is_refused_before_a_token_is_requested(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", "$HOME/tokens")

    with pytest.raises(ConfigurationError, match="TALEND_OAUTH_STORE"):
        who(sandbox)

    assert not sandbox.log


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> types.SimpleNamespace:
    """A connection named `talend`, in what stands in for the provider."""
    found = types.SimpleNamespace(login=sandbox.client_id, password=sandbox.client_secret)
    hook = types.SimpleNamespace(get_connection={"talend": found}.__getitem__)
    name = "airflow.providers.http.hooks.http"
    monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(HttpHook=hook))  # type: ignore[misc]
    return found


@pytest.mark.usefixtures("connection")
def test_a_connection_is_read_at_the_first_request(sandbox: Sandbox) -> None:
    auth = TalendAuth(connection="talend")
    # As HttpSensor: the session has Basic credentials, and the request has ours.
    with requests.Session() as session:
        session.auth, session.trust_env = ("login", "password"), False
        answer = session.get(f"{sandbox.url}/account/me", auth=auth, timeout=10)

    assert answer.status_code == 200
    assert answer.request.headers["Authorization"].startswith("Bearer ")


def test_a_login_that_is_given_outranks_the_connection(sandbox: Sandbox) -> None:
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret, connection="unknown")

    assert who(sandbox, auth).status_code == 200


def test_a_connection_without_a_login_is_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, connection: types.SimpleNamespace, sandbox: Sandbox
) -> None:
    connection.login = connection.password = None
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)

    assert who(sandbox, TalendAuth(connection="talend")).status_code == 200


@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_one_that_names_its_connection_is_copied_and_pickled(
    sandbox: Sandbox, again: Callable[[Any], Any]
) -> None:
    auth = TalendAuth(connection="talend")
    for _ in range(2):  # before the first request, and after it
        assert who(sandbox, again(auth)).status_code == 200
        who(sandbox, auth)

    assert sandbox.token_requests == 1


def test_one_with_a_password_is_copied_and_not_pickled(sandbox: Sandbox) -> None:
    auth = TalendAuth(sandbox.client_id, sandbox.client_secret)
    assert who(sandbox, copy.deepcopy([auth])[0]).status_code == 200

    with pytest.raises(TypeError, match="does not pickle") as caught:
        pickle.dumps(auth)
    assert sandbox.client_secret not in str(caught.value)


def test_the_class_is_found_by_its_path() -> None:
    """As the triggerer does with what a deferred operator names."""
    assert TalendAuth.__module__ == "talend_oauth.integrations.airflow"
    assert TalendAuth.__qualname__ == "TalendAuth"
    assert pickle.loads(pickle.dumps(TalendAuth)) is TalendAuth


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        (TalendAuth("the-login", SECRET), "TalendAuth(login='the-login', password=***)"),
        (TalendAuth(connection="talend"), "TalendAuth(connection='talend')"),
        (TalendAuth(), "TalendAuth()"),
    ],
)
def test_its_repr_is_without_secrets(auth: TalendAuth, shown: str) -> None:
    assert repr(auth) == shown
    assert SECRET not in repr(vars(auth))


@pytest.mark.parametrize(
    "fails",
    [
        lambda url: call(url, TalendAuth("no:id", SECRET)),
        lambda url: call(url, TalendAuth("login", f"{SECRET}\n{SECRET}")),
        lambda url: call(url, TalendAuth(SECRET, SECRET)),
        lambda url: call(url, TalendAuth(SECRET)),
    ],
)
def test_a_mistake_in_the_connection_shows_nothing_of_it(
    sandbox: Sandbox, fails: Callable[[str], object]
) -> None:
    with pytest.raises((ConfigurationError, TypeError)) as caught:
        fails(sandbox.url)

    error = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in error.stack if "talend_oauth" in frame.filename]
    assert frames
    assert SECRET not in f"{error} {[frame.locals for frame in frames]}"


def test_without_requests_the_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['requests'] = None\n"
        "try: import talend_oauth.integrations.airflow\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert "pip install 'talend-oauth[requests]'" in done.stdout
