"""The store that encrypts: what is kept, keys that change, and keys that are none."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import traceback
import warnings
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from talend_oauth import AccessToken, EncryptedStore, FileStore, Settings, TalendOAuthWarning
from talend_oauth._clock import Instant
from talend_oauth._settings.secrets import Secret
from talend_oauth._stores.record import StoredToken
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "0" * 32
NOW = Instant(1_700_000_000.0, 5_000.0)
OLD, NEW, OTHER = (urlsafe_b64encode(bytes(range(n, n + 32))).decode() for n in (1, 2, 3))
CANARY = "canary-key-4711"


class Memory:
    """A store of one record, with the seconds left if it is told them."""

    def __init__(self, record: Any = None, left: float | None = None) -> None:
        self.record = record
        self.left = left
        self.locks: list[tuple[str, float]] = []

    def load(self, key: str) -> Any:
        return self.record if self.left is None else (self.record, self.left)

    def save(self, key: str, record: str, seconds: float) -> None:
        self.record, self.seconds = record, seconds

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[str]:
        self.locks.append((key, seconds))
        yield "held"


def encrypted(memory: Memory, key: str | bytes | Secret | None = NEW) -> EncryptedStore:
    return EncryptedStore(memory, key)


@pytest.mark.parametrize("left", [None, 60.0])
def test_a_record_is_kept_encrypted_and_returned_as_it_was(left: float | None) -> None:
    memory = Memory(left=left)
    encrypted(memory).save(KEY, "rücord", 100.0)

    assert "cord" not in memory.record
    assert memory.record.isascii()
    assert memory.seconds == 100.0
    assert encrypted(memory).load(KEY) == ("rücord" if left is None else ("rücord", 60.0))


@pytest.mark.parametrize("found", [None, (None, 5.0)])
def test_nothing_stored_is_nothing(found: Any) -> None:
    memory = Memory(found)

    assert encrypted(memory).load(KEY) is None


def test_a_token_is_found_with_its_key_only_and_nothing_of_it_is_readable(tmp_path: Path) -> None:
    settings = Settings(client_id="an-id", client_secret=Secret("a-secret"), region="eu")
    token = AccessToken("header.payload.signature", expires_in=1800.0, requested=NOW)
    plain = FileStore(tmp_path / "tokens")

    def stored(store: Any) -> StoredToken:
        return StoredToken(store, settings, Secret("a-secret"))

    stored(EncryptedStore(plain, NEW)).save(token, 1700.0)
    (file,) = (tmp_path / "tokens").glob("*.json")
    for part in (b"header", b"payload", b"signature", b"access_token", b"an-id", b"a-secret"):
        assert part not in file.read_bytes()
    found = stored(EncryptedStore(plain, NEW)).load(NOW)
    assert found is not None
    assert found.value == token.value
    assert stored(plain).load(NOW) is None
    with pytest.warns(TalendOAuthWarning, match="a record in the FileStore was not encrypted"):
        assert stored(EncryptedStore(plain, OTHER)).load(NOW) is None


@pytest.mark.parametrize("between", [",", ", ", " ", "\n"])
def test_keys_are_replaced_one_after_the_other(between: str) -> None:
    memory = Memory()
    encrypted(memory, OLD).save(KEY, "of the old key", 100.0)

    both = encrypted(memory, f"{NEW}{between}{OLD}\n")
    assert both.load(KEY) == "of the old key"
    both.save(KEY, "of the new key", 100.0)
    assert encrypted(memory, NEW).load(KEY) == "of the new key"


@pytest.mark.parametrize("kind", [str, str.encode, Secret], ids=["str", "bytes", "Secret"])
def test_a_key_is_given_as_it_is_at_hand(kind: Any) -> None:
    memory = Memory()
    encrypted(memory, kind(NEW)).save(KEY, "record", 100.0)

    assert encrypted(memory).load(KEY) == "record"


@pytest.mark.parametrize(
    "record", ["", "{}", '{"access_token": "a.b.c"}', "gAAAAA", "ü" * 100, "\ud800", "\x00" * 200]
)
def test_a_record_that_cannot_be_decrypted_is_none_and_warned_of_once(record: str) -> None:
    store = encrypted(Memory(record))
    with pytest.warns(TalendOAuthWarning, match="Memory was not encrypted with this key") as warned:
        for _ in range(3):
            assert store.load(KEY) is None

    assert len(warned) == 1


def test_no_changed_record_is_decrypted() -> None:
    memory = Memory()
    encrypted(memory).save(KEY, "record", 100.0)
    kept = memory.record
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place in range(len(kept) - 3):  # the last characters are padding
            other = "A" if kept[place] != "A" else "B"
            memory.record = kept[:place] + other + kept[place + 1 :]
            assert encrypted(memory).load(KEY) is None


def test_what_is_no_record_at_all_is_a_failure_of_the_store_below() -> None:
    settings = Settings(client_id="an-id", client_secret=Secret("a-secret"), region="eu")
    stored = StoredToken(encrypted(Memory(5)), settings, Secret("a-secret"))
    with pytest.warns(TalendOAuthWarning, match="EncryptedStore failed"):
        assert stored.load(NOW) is None


def test_the_lock_is_that_of_the_store_below() -> None:
    memory = Memory()
    with encrypted(memory).lock(KEY, 3.0) as held:
        assert held == "held"
    assert memory.locks == [(KEY, 3.0)]


def test_the_key_is_read_from_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    monkeypatch.setenv("TALEND_OAUTH_STORE_KEY", NEW)
    EncryptedStore(memory).save(KEY, "record", 100.0)

    assert encrypted(memory).load(KEY) == "record"


NO_KEYS: list[Any] = [
    *("", CANARY, CANARY.encode(), Secret(CANARY), f"{NEW},{CANARY}", ",", NEW[:-2], "ü"),
    *(b"\xff", 5, Fernet(NEW)),
]


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_is_refused_without_being_shown(key: Any) -> None:
    with pytest.raises(ConfigurationError, match="The key of the EncryptedStore is not") as caught:
        EncryptedStore(Memory(), key)

    check_shows_nothing(caught.value)
    assert "generate_key" in caught.value.hint


@pytest.mark.parametrize("key", [None, "", CANARY, f"{NEW}, {CANARY}"])
def test_a_variable_that_is_no_key_is_named(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key is not None:
        monkeypatch.setenv("TALEND_OAUTH_STORE_KEY", key)
    with pytest.raises(ConfigurationError, match="TALEND_OAUTH_STORE_KEY is not") as caught:
        EncryptedStore(Memory())

    check_shows_nothing(caught.value)


def check_shows_nothing(error: ConfigurationError) -> None:
    (_, *frames) = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    assert frames
    for text in (str(error), *(repr(frame.locals) for frame in frames)):
        assert CANARY not in text
        assert NEW not in text
    assert (error.__context__, error.__cause__) == (None, None)


def test_a_store_shows_its_key_nowhere() -> None:
    store = encrypted(Memory())

    assert repr(store) == "EncryptedStore(Memory, key=***)"
    for shown in (repr(vars(store)), json.dumps(vars(store), default=str)):
        assert NEW not in shown


def test_a_store_pickles_with_the_variable_and_not_with_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_OAUTH_STORE_KEY", NEW)
    store = EncryptedStore(FileStore(tmp_path))
    pickled = pickle.dumps(store)
    assert NEW.encode() not in pickled
    pickle.loads(pickled).save(KEY, "record", 100.0)
    again = copy.deepcopy(EncryptedStore(FileStore(tmp_path), NEW))
    found = again.load(KEY)
    assert found is not None
    assert found[0] == "record"
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(again)


def test_without_cryptography_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(ConfigurationError, match="cryptography") as caught:
        encrypted(Memory())

    assert "talend-oauth[encryption]" in caught.value.hint
    assert caught.value.__cause__ is None


def test_cryptography_is_imported_by_those_who_encrypt_only() -> None:
    code = (
        "import sys; from talend_oauth import EncryptedStore, FileStore, RedisStore, TokenSource; "
        "from talend_oauth._stores.variable import store_of_environment; store_of_environment(); "
        "print([name for name in sys.modules if name.startswith('cryptography')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_variable_encrypts_the_store_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from talend_oauth._stores.variable import store_of_environment

    monkeypatch.setenv("TALEND_OAUTH_STORE", str(tmp_path))
    assert isinstance(store_of_environment(), FileStore)
    monkeypatch.setenv("TALEND_OAUTH_STORE_KEY", NEW)
    store = store_of_environment()
    assert isinstance(store, EncryptedStore)
    store.save(KEY, "record", 100.0)
    assert b"record" not in (tmp_path / f"{KEY}.json").read_bytes()
    monkeypatch.setenv("TALEND_OAUTH_STORE", "off")
    assert store_of_environment() is None
