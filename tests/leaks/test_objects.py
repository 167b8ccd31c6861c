"""No object shows a secret or a token, in any way of showing or copying it."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet
from talend_oauth_api.models import TokenResponse

from talend_oauth import (
    EncryptedStore,
    FileStore,
    RedisStore,
    Secret,
    Settings,
    TalendAuth,
    TokenSource,
    async_client,
    client,
)
from talend_oauth._clock import SystemClock
from talend_oauth._settings.sources import SecretCallable, SecretFile, SecretValue, SecretVariable
from talend_oauth._stores.record import StoredToken
from talend_oauth._token_endpoint.masking import Mask
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations.airflow import TalendAuth as AirflowAuth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

from .canary import CLIENT_ID, PASSWORD, SECRET, Canary

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth import AccessToken, Event
    from talend_oauth.sandbox import Sandbox


@pytest.fixture
def source(sandbox: Sandbox, canary: Canary) -> TokenSource:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    fresh = TokenSource(settings, _clock=SystemClock())
    canary.add(fresh.token().value)
    return fresh


@pytest.fixture
def token(source: TokenSource) -> AccessToken:
    return source.token()


OBJECTS: dict[str, Callable[[TokenSource, AccessToken], object]] = {
    "token": lambda _, token: token,
    "copied token": lambda _, token: copy.copy(token),
    "deeply copied token": lambda _, token: copy.deepcopy([token]),
    "source": lambda source, _: source,
    "cached token": lambda source, _: source._cached,
    "settings": lambda source, _: source._context.settings,
    "auth": lambda source, _: TalendAuth(source),
    "auth of requests": lambda source, _: RequestsAuth(source),
    "auth of Airflow": lambda *_: AirflowAuth(CLIENT_ID, SECRET),
    "client": lambda source, _: client(source),
    "async_client": lambda source, _: async_client(source),
    "Secret": lambda *_: Secret(SECRET),
    "SecretValue": lambda *_: SecretValue(Secret(SECRET)),
    "SecretFile": lambda *_: SecretFile(SECRET),
    "SecretVariable": lambda *_: SecretVariable("TALEND_CLIENT_SECRET"),
    "SecretCallable": lambda *_: SecretCallable(lambda: SECRET),
    "list of secrets": lambda *_: [Secret(SECRET), {"secret": Secret(SECRET)}],
    "ready token": lambda _, token: Settings(access_token=token.value),
    "source of a ready token": lambda _, token: TokenSource(access_token=token.value),
    "mask": lambda *_: repr(Mask(CLIENT_ID, Secret(SECRET))),
    "stored token": lambda source, _: StoredToken(
        FileStore(Path("nowhere").absolute()), source._context.settings, Secret(SECRET)
    ),
    "claims": lambda _, token: dict(token.claims),
    "generated answer": lambda _, token: repr(
        TokenResponse(access_token=token.value, token_type="Bearer", expires_in=60)
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_shows_nothing(
    name: str, source: TokenSource, token: AccessToken, canary: Canary
) -> None:
    canary.check_object(name, OBJECTS[name](source, token))


@pytest.mark.parametrize("thing", [Secret(SECRET), "token"], ids=["secret", "token"])
def test_a_format_specification_gets_no_value_out(
    thing: Any, token: AccessToken, canary: Canary
) -> None:
    shown = token if thing == "token" else thing
    for form in ("{:s}", "{!s:>80}", "{!r}", "{:.3}", "%s", "%r"):
        try:
            text = form % shown if "%" in form else form.format(shown)
        except TypeError as refusal:
            text = str(refusal)
        canary.check(form, text)


def test_a_redis_store_shows_no_password_not_even_while_it_fails(canary: Canary) -> None:
    store = RedisStore(f"redis://user:{quote(PASSWORD, safe='')}@127.0.0.1:1/0")
    canary.check("repr", repr(store))
    canary.check("vars", json.dumps(vars(store), default=str))
    with pytest.raises(Exception, match="Redis") as caught:
        RedisStore(f"http://user:{PASSWORD}@127.0.0.1/0")
    canary.check_error("RedisStore", caught.value)


def test_an_encrypted_store_shows_no_key_not_even_a_wrong_one(
    canary: Canary, tmp_path: Path
) -> None:
    key = Fernet.generate_key().decode()
    store = EncryptedStore(FileStore(tmp_path), key)
    Canary(key).check("repr", repr(store))
    Canary(key).check("vars", json.dumps(vars(store), default=str))
    with pytest.raises(ConfigurationError, match="EncryptedStore") as caught:
        EncryptedStore(FileStore(tmp_path), PASSWORD)
    canary.check_error("EncryptedStore", caught.value)


def test_settings_of_the_environment_pickle_without_what_is_in_it(
    sandbox: Sandbox, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    source = TokenSource()
    canary.add(source.token().value)
    pickled = pickle.dumps([source, TalendAuth(source), source._context.settings])

    canary.check("pickle", pickled)
    assert pickle.loads(pickled)[0].token().value


def test_a_file_store_holds_the_token_alone_in_one_file_for_one_user(
    sandbox: Sandbox, canary: Canary, tmp_path: Path
) -> None:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    folder = tmp_path / "tokens"
    source = TokenSource(settings, store=FileStore(folder), _clock=SystemClock())
    token = source.token().value
    names = sorted(file.name for file in folder.iterdir())

    assert [name.rpartition(".")[2] for name in names] == ["json", "lock"]
    for name in names:
        file = folder / name
        canary.check(name, file.read_bytes())
        canary.check("the name of a file", name)
        assert token.encode() in file.read_bytes() or name.endswith(".lock")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name != "posix"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 or os.name != "posix"


def test_everything_that_goes_well_is_logged_without_secrets(
    sandbox: Sandbox, canary: Canary, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    events: list[Event] = []
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    source = TokenSource(
        settings, store=FileStore(tmp_path), on_event=events.append, _clock=SystemClock()
    )
    tokens = [source.token()]
    sandbox.revoke(tokens[0].value)
    with client(source) as talend:
        assert talend.get("/account/me").status_code == 200
    tokens.append(source.token())
    assert not tokens[0].same_value(tokens[1])
    for token in tokens:
        canary.add(token.value)

    logged = [record for record in caplog.records if record.levelno >= logging.DEBUG]
    assert {record.name.partition(".")[0] for record in logged} >= {
        "talend_oauth",
        "httpx",
        "httpcore",
    }
    for record in logged:
        canary.check(record.name, record.getMessage())
        canary.check(record.name, repr(record.args))
    for event in events:
        canary.check_object("event", event)
        canary.check("event", repr([event.client_id, dict(event.fields)]))


def test_a_listener_that_raises_shows_nothing(sandbox: Sandbox, canary: Canary) -> None:
    def listen(event: Event) -> None:
        raise ValueError(SECRET, event)

    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    source = TokenSource(settings, on_event=listen, _clock=SystemClock())
    canary.add(source.token().value)


def test_a_value_that_has_no_use_as_a_secret_is_warned_of_without_it(canary: Canary) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        settings = Settings(client_id=CLIENT_ID, client_secret=f"{SECRET}\n", region="eu")
        assert settings.secret is not None
        assert settings.secret.read().reveal() == SECRET

    assert len(warned) == 1
    canary.check("warning", str(warned[0].message))
    canary.check("source line of the warning", warned[0].line or "")
