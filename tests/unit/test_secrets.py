"""Where a secret comes from, what cannot be one, and that it does not show itself."""

from __future__ import annotations

import base64
import copy
import functools
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from talend_oauth import Secret, TalendOAuthWarning
from talend_oauth._reporting import warn_once
from talend_oauth._settings.secret_file import SecretFile
from talend_oauth._settings.sources import (
    SecretCallable,
    SecretSource,
    SecretValue,
    SecretVariable,
    masked,
    secret_source,
)
from talend_oauth.errors import ConfigurationError

CANARY = "canary-secret-4711"
KEY = b"k" * 32


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(CANARY)

    assert secret.reveal() == CANARY
    assert [repr(secret), str(secret), f"{secret}"] == ["Secret(***)"] * 3
    assert secret is copy.copy(secret)
    assert secret is copy.deepcopy(secret)
    with pytest.raises(TypeError, match="does not pickle") as caught:
        pickle.dumps(secret)
    assert CANARY not in str(caught.value)


def test_equal_secrets_are_equal_and_have_one_fingerprint_for_a_key() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a").fingerprint(KEY) == Secret("a").fingerprint(KEY)
    assert Secret("a").fingerprint(KEY) != Secret("b").fingerprint(KEY)
    assert Secret("a").fingerprint(KEY) != Secret("a").fingerprint(b"other" * 4)
    assert Secret("\udc80").fingerprint(KEY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("Basic abc", "begins with 'Basic '"),
        ("'abc'", "quotes"),
        ("ab\ncd", "control character"),
        ("ab\x7fcd", "control character"),
        ("ab cd", "white space inside"),
        ("ab\u2003cd", "white space inside"),
        ("ab\udc80", "UTF-8"),
        (base64.b64encode(b"an-id:secret").decode(), "already encoded"),
        (base64.b64encode("an-id:\xfc".encode()).decode(), "already encoded"),
    ],
)
def test_what_cannot_be_a_secret_is_refused_without_being_shown(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Secret(text).checked("client_secret", "an-id")

    assert not text.strip() or text.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "text", [CANARY, "a", "'", "QWxhZGRpbg==", "Basic", base64.b64encode(b":" * 6).decode(), "pä"]
)
def test_what_may_be_a_secret_is_taken(text: str) -> None:
    assert Secret(text).checked("client_secret", "an-id") == Secret(text)


def test_a_newline_at_its_end_is_removed_with_one_warning() -> None:
    with pytest.warns(TalendOAuthWarning, match="`echo` adds a newline") as warned:
        assert Secret(f"{CANARY}\n").checked("client_secret") == Secret(CANARY)
        assert Secret(f"{CANARY}\n").checked("client_secret") == Secret(CANARY)

    assert len(warned) == 1
    assert CANARY not in str(warned[0].message)


def test_an_exchanged_pair_is_noticed() -> None:
    uuid = "123e4567-e89b-12d3-a456-426614174000"

    with pytest.warns(TalendOAuthWarning, match="look exchanged"):
        Secret(uuid).checked("client_secret", "x" * 43)


def test_a_variable_is_read_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SecretVariable("A_SECRET")
    monkeypatch.setenv("A_SECRET", "one")
    assert Secret("one") == source.read()
    monkeypatch.setenv("A_SECRET", "two")
    assert Secret("two") == source.read()
    monkeypatch.delenv("A_SECRET")
    with pytest.raises(ConfigurationError, match="A_SECRET is empty"):
        source.read()


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    source = SecretFile(file)
    for text in ("one", "two"):
        file.write_text(text)
        file.chmod(0o600)
        assert Secret(text) == source.read()


def test_a_file_that_everybody_may_read_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o644)

    with pytest.warns(TalendOAuthWarning, match="chmod 600"):
        SecretFile(file).read()


def test_the_mode_of_a_file_that_is_mounted_to_be_read_is_nobodys_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o444)
    found = list(os.statvfs(file))
    found[8] |= os.ST_RDONLY  # f_flag, as Docker and Kubernetes mount secrets
    monkeypatch.setattr(os, "fstatvfs", lambda _: os.statvfs_result(found))

    assert SecretFile(file).read() == Secret(CANARY)


def test_a_file_that_cannot_be_read_says_why_and_keeps_its_bytes_to_itself(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\xff" + CANARY.encode())
    broken.chmod(0o600)

    with pytest.raises(ConfigurationError, match="No such file"):
        SecretFile(tmp_path / "absent").read()
    with pytest.raises(ConfigurationError, match="Is a directory"):
        SecretFile(tmp_path).read()
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        SecretFile(broken).read()
    assert caught.value.__context__ is None


def _raise() -> str:
    raise LookupError(CANARY)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_raise, r"client_secret\(\) raised LookupError"),
        (lambda: None, "did not return a string"),
        (lambda: CANARY.encode(), "did not return a string"),
        (lambda: "", "is empty"),
    ],
)
def test_a_function_that_fails_is_named_and_nothing_of_it_kept(function: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        secret_source(function).read()

    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_function_is_called_anew_each_time() -> None:
    texts = iter(["one", "two"])
    source = secret_source(lambda: next(texts))

    assert [Secret("one"), Secret("two")] == [source.read(), source.read()]


def test_each_way_to_give_a_secret_has_its_source() -> None:
    source = SecretVariable("X")

    assert secret_source(source) is source
    assert isinstance(secret_source(Secret("a")), SecretValue)
    assert isinstance(secret_source(lambda: "a"), SecretCallable)
    with pytest.raises(ConfigurationError, match="is a bytes"):
        secret_source(b"a")
    with pytest.raises(NotImplementedError):
        SecretSource("nowhere").read()


def test_sources_that_give_the_same_secret_now_are_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o600)
    monkeypatch.setenv("A_SECRET", CANARY)
    sources = [SecretValue(Secret(CANARY)), SecretVariable("A_SECRET"), SecretFile(file)]

    assert len({source.identity("an-id", KEY) for source in sources}) == 1
    assert SecretValue(Secret("b")).identity("an-id", KEY) != sources[0].identity("an-id", KEY)


class Vault:
    """Equal to others of its kind, and so without a hash."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vault)

    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> str:
        return CANARY


def test_a_function_is_its_own_identity_and_is_not_called_for_it() -> None:
    assert secret_source(_raise).identity("", KEY) is _raise
    partial = functools.partial(_raise)
    assert secret_source(partial).identity("", KEY) is partial


def test_a_function_object_without_a_hash_has_an_identity_too() -> None:
    one, other = secret_source(Vault()), secret_source(Vault())

    assert len({one.identity("", KEY), one.identity("", KEY), other.identity("", KEY)}) == 2


def test_every_option_is_wrapped_whatever_its_type() -> None:
    source = SecretVariable("X")
    options: Any = {
        "client_id": CANARY,
        "client_secret": source,
        "client_secret_file": Path(CANARY),
        "access_token": CANARY.encode(),
        "region": None,
        "audience": _raise,
    }
    wrapped: Any = masked(options)

    assert CANARY not in repr(wrapped)
    assert wrapped["client_id"] == wrapped["client_secret_file"] == Secret(CANARY)
    assert [wrapped["client_secret"], wrapped["region"]] == [source, None]
    assert [repr(wrapped["access_token"]), wrapped["audience"]] == ["<bytes>", _raise]
    assert options["client_id"] == CANARY


def test_a_warning_is_given_once_in_a_process() -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        warn_once("mind the gap")
        warn_once("mind the gap")

    assert len(warned) == 1
