"""What the classes and clients are made with, and what becomes of it in a copy."""

from __future__ import annotations

import copy
import pickle
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import talend_oauth
from talend_oauth import Event, FileStore, Settings, TalendAuth, TokenSource
from talend_oauth._clock import SystemClock
from talend_oauth._lifecycle.source import internals
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations.httpx2 import TalendAuth as Httpx2Auth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

from .network import API, Network, every_kind, session_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

MAKERS = [TalendAuth, Httpx2Auth, RequestsAuth, talend_oauth.client, talend_oauth.async_client]
every_maker = pytest.mark.parametrize("make", MAKERS)


def source_of(made: Any) -> TokenSource:
    source: TokenSource = getattr(made, "auth", made).source
    return source


def settings_of(made: Any) -> Settings:
    return internals(source_of(made))[0].settings


@every_maker
def test_a_source_is_used_as_it_is(make: Callable[..., Any], source: TokenSource) -> None:
    assert source_of(make(source)) is source


@every_maker
def test_settings_make_a_source(make: Callable[..., Any]) -> None:
    settings = Settings(client_id="accounts", client_secret="secret", region="eu")

    assert settings_of(make(settings)) is settings


@every_maker
def test_keyword_arguments_are_those_of_the_settings(make: Callable[..., Any]) -> None:
    made = make(client_id="accounts", client_secret="secret", api_url=API)

    assert settings_of(made).client_id == "accounts"


@every_maker
def test_the_environment_is_used_when_nothing_is_given(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_ACCESS_TOKEN", "ready")
    monkeypatch.setenv("TALEND_REGION", "us")

    assert settings_of(make()).api_url == "https://api.us.cloud.talend.com"


@every_maker
@pytest.mark.parametrize("with_settings", [True, False])
def test_a_store_and_a_listener_are_those_of_the_source(
    make: Callable[..., Any], with_settings: bool, sandbox: Sandbox, tmp_path: Path
) -> None:
    events: list[Event] = []
    pair = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    options: dict[str, Any] = {**pair, "api_url": sandbox.url}
    if with_settings:
        options = {"source": Settings(**options)}
    store = FileStore(tmp_path)
    value = source_of(make(**options, store=store, on_event=events.append)).token().value

    assert [event.name for event in events] == ["fetched"]
    other = TokenSource(
        Settings(**pair, api_url=sandbox.url, talend_version="2021-03"),
        store=FileStore(tmp_path),
        _clock=SystemClock(),  # so that nothing is shared in memory
    )
    assert other.token().value == value
    assert sandbox.token_requests == 1


@every_maker
def test_a_source_has_its_store_and_its_settings_already(
    make: Callable[..., Any], source: TokenSource, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"store": FileStore(tmp_path), "on_event": print, "region": "eu"}
    for name, value in more.items():
        with pytest.raises(
            ConfigurationError, match=f"TokenSource and {name} are both given"
        ) as caught:
            make(source, **{name: value})
        assert caught.value.hint == "Put them into the TokenSource."
    with pytest.raises(ConfigurationError, match="and region, store, on_event are both given"):
        make(source, **more)


WRONG: list[tuple[str, object, str]] = [
    ("source", "canary-secret", "The first argument is a str, not Settings."),
    ("source", b"canary-secret", "The first argument is a bytes, not Settings."),
    ("source", {"client_id": "canary-secret"}, "The first argument is a dict, not Settings."),
    ("source", lambda: "canary-secret", "The first argument is a function, not Settings."),
    ("store", "redis://:canary-secret@host", "store is a str, not a store with the methods load,"),
    ("on_event", "canary-secret", "on_event is a str, not a function."),
]


@every_maker
@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_an_argument_of_another_kind_is_refused_without_being_shown(
    make: Callable[..., Any], name: str, value: object, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(**{name: value})

    assert str(caught.value).startswith(message)
    assert "client_secret=..." in caught.value.hint
    assert "canary" not in str(caught.value)


def test_half_a_store_is_none() -> None:
    class Half:
        lock = None

        def load(self, key: str) -> str | None:
            return key

        def save(self, key: str, record: str, seconds: float) -> None: ...

    half: Any = Half()
    with pytest.raises(ConfigurationError, match="store is a Half"):
        TalendAuth(store=half)


@every_maker
def test_more_positional_arguments_are_no_arguments(make: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="positional argument"):
        make("id", "secret")


def test_a_client_needs_a_region() -> None:
    for make in (talend_oauth.client, talend_oauth.async_client):
        with pytest.raises(
            ConfigurationError, match="No region is set for the client's base URL"
        ) as caught:
            make(access_token="ready-token")
        assert "TALEND_REGION" in caught.value.hint


def test_a_client_trusts_whom_token_requests_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def context(url: str) -> ssl.SSLContext:
        asked.append(url)
        return ssl.create_default_context()

    monkeypatch.setattr(talend_oauth.integrations.httpx, "tls_context", context)
    for make in (talend_oauth.client, talend_oauth.async_client):
        make(access_token="token", region="eu")

    assert asked == [API, API]


def test_a_client_has_base_url_version_and_time_outs() -> None:
    for make in (talend_oauth.client, talend_oauth.async_client):
        made = make(access_token="token", region="eu", talend_version="2021-04")

        assert str(made.base_url).rstrip("/") == API
        assert made.headers["talend-version"] == "2021-04"
        assert made.timeout == httpx.Timeout(10.0, connect=5.0)


@pytest.mark.parametrize("make", [talend_oauth.client, talend_oauth.async_client])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/authorities.pem"),
        ("HTTPS_PROXY", "gopher://user:pa55word@proxy"),
        ("HTTPS_PROXY", "http://user:pa55word@proxy:port"),
    ],
)
def test_an_environment_that_cannot_be_used_is_a_configuration_error(
    make: Callable[..., object], name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        make(access_token="ready-token", region="eu")

    assert name in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_a_client_goes_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    found: list[str] = []

    def find(url: str) -> None:
        found.append(url)

    monkeypatch.setattr(talend_oauth.integrations.httpx, "find_proxy", find)
    for make in (talend_oauth.client, talend_oauth.async_client):
        assert not make(access_token="ready-token", region="eu").trust_env

    assert found == [API, API]


@every_maker
def test_named_hosts_may_have_the_token(make: Callable[..., Any], source: TokenSource) -> None:
    made = make(source, hosts=("files.example",))
    hosts = getattr(made, "auth", made)._hosts

    assert hosts.allows("https", "files.example", None)
    assert not hosts.allows("https", "other.example", None)


# Copies


class WithName(TalendAuth):
    """A class of a user."""

    name = "nobody"


class RequestsWithName(RequestsAuth):
    """Another."""

    name = "nobody"


class Httpx2WithName(Httpx2Auth):
    """And another."""

    name = "nobody"


CLONES = [copy.copy, copy.deepcopy, lambda auth: pickle.loads(pickle.dumps(auth))]


@pytest.mark.parametrize("clone", CLONES)
@pytest.mark.parametrize("kind", [WithName, RequestsWithName, Httpx2WithName])
def test_a_copy_has_the_same_class_attributes_and_hosts(
    clone: Callable[[Any], Any], kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_ID", "accounts")
    monkeypatch.setenv("TALEND_CLIENT_SECRET", "secret")
    monkeypatch.setenv("TALEND_REGION", "eu")
    auth = kind(hosts=("files.example",))
    auth.name = "somebody"

    copied = clone(auth)

    assert type(copied) is kind
    assert copied.name == "somebody"
    assert settings_of(copied).api_url == API
    assert copied._hosts.allows("https", "files.example", None)
    assert not copied._hosts.allows("https", "other.example", None)


@every_kind
def test_the_repr_names_class_and_source(kind: type[TalendAuth], source: TokenSource) -> None:
    assert repr(kind(source)) == f"TalendAuth({source!r})"
    assert repr(WithName(source)) == f"WithName({source!r})"


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy])
def test_a_copy_sends_the_same_token_and_knows_the_rule(
    clone: Callable[[Any], Any], source: TokenSource, network: Network
) -> None:
    network.revoked = {source.token().value}
    for made in (TalendAuth(source), clone(TalendAuth(source))):
        with httpx.Client(auth=clone(made), transport=network) as client:
            client.get(API)
    with session_of(clone(RequestsAuth(source)), network) as session:
        session.get(API, timeout=10)

    assert network.tokens == ["token-1"] * 3  # no time has passed: it is new each time


def test_a_class_of_a_user_may_have_a_clock_that_cannot_be_copied(source: TokenSource) -> None:
    with pytest.raises(TypeError):
        copy.deepcopy(internals(source)[0].clock)

    assert copy.deepcopy(TalendAuth(source)).source is source
