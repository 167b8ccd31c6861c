"""The store that `TALEND_OAUTH_STORE` names."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from talend_oauth import EncryptedStore, FileStore, RedisStore
from talend_oauth._stores.variable import plain_store, store_of_environment
from talend_oauth.errors import ConfigurationError


@pytest.mark.parametrize("given", ["off", "OFF", "no", "none", "false", "0", " off "])
def test_off_is_no_store(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", given)

    assert plain_store() is None


@pytest.mark.parametrize("given", ["", "  ", None])
def test_without_a_value_it_is_the_usual_folder(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is None:
        monkeypatch.delenv("TALEND_OAUTH_STORE", raising=False)
    else:
        monkeypatch.setenv("TALEND_OAUTH_STORE", given)
    store = plain_store()

    assert isinstance(store, FileStore)
    assert store.folder == FileStore().folder


def test_a_full_path_is_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", f" {tmp_path} ")
    store = plain_store()

    assert isinstance(store, FileStore)
    assert store.folder == str(tmp_path)


def test_the_home_folder_may_be_written_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", "~/of-tokens")
    store = plain_store()

    assert isinstance(store, FileStore)
    assert Path(store.folder) == Path("~/of-tokens").expanduser()


@pytest.mark.parametrize("given", ["of-tokens", "./of-tokens", "$HOME/of-tokens", "on"])
def test_another_text_is_refused_with_what_to_write(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", given)
    with pytest.raises(ConfigurationError, match="TALEND_OAUTH_STORE is neither") as caught:
        plain_store()

    assert caught.value.hint == (
        "Variables in it are not replaced here: write the path out, or begin with ~/."
    )


def test_a_url_is_a_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", "redis://127.0.0.1:1/0")

    assert isinstance(plain_store(), RedisStore)


def test_a_url_that_is_none_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE", "redis://:cAnArY@host:no-port/0")
    with pytest.raises(ConfigurationError) as caught:
        plain_store()

    error = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame.locals for frame in error.stack if "talend_oauth" in frame.filename]
    assert frames
    assert "cAnArY" not in f"{caught.value} {frames}"


def test_with_a_key_it_is_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.fernet import Fernet

    monkeypatch.setenv("TALEND_OAUTH_STORE_KEY", Fernet.generate_key().decode())
    monkeypatch.setenv("TALEND_OAUTH_STORE", "~/of-tokens")
    assert isinstance(store_of_environment(), EncryptedStore)
    monkeypatch.setenv("TALEND_OAUTH_STORE", "off")
    assert store_of_environment() is None
