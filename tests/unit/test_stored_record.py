"""A token in a shared store: its form there, and what is a miss."""

from __future__ import annotations

import json
from typing import Any

import pytest

from talend_oauth import AccessToken, Settings, TalendOAuthWarning
from talend_oauth._clock import Instant
from talend_oauth._settings.secrets import Secret
from talend_oauth._stores import record as _shared
from talend_oauth._stores.record import SharedTokens, store_key

SECRET = Secret("a-secret")
NOW = Instant(1_700_000_000.0, 5_000.0)
TOKEN = AccessToken("a.b.c", expires_in=1800.0, requested=NOW)


def settings(**changes: Any) -> Settings:
    options: dict[str, Any] = {"client_id": "an-id", "client_secret": SECRET, "region": "eu"}
    return Settings(**{**options, **changes})


class Memory:
    """A store of one record."""

    def __init__(self, record: str | None = None) -> None:
        self.record = record
        self.seconds = 0.0

    def load(self, key: str) -> str | None:
        return self.record

    def save(self, key: str, record: str, seconds: float) -> None:
        self.record, self.seconds = record, seconds


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    monkeypatch.setattr(_shared, "_boot", lambda: "this-boot")
    memory = Memory()
    SharedTokens(memory, settings(), SECRET).save(TOKEN, 1800.0)  # type: ignore[arg-type]
    return memory


def load(memory: Memory, moment: Instant = NOW) -> AccessToken | None:
    return SharedTokens(memory, settings(), SECRET).load(moment)  # type: ignore[arg-type]


def changed(memory: Memory, **changes: Any) -> Memory:
    assert memory.record is not None
    fields = {**json.loads(memory.record), **changes}
    return Memory(json.dumps({name: value for name, value in fields.items() if value is not ...}))


def later(wall: float, monotonic: float) -> Instant:
    return Instant(NOW.wall + wall, NOW.monotonic + monotonic)


def test_a_record_gives_the_token_with_the_age_that_it_has(memory: Memory) -> None:
    found = load(memory, later(100, 100))

    assert found is not None
    assert (TOKEN.value, 1800.0, 100.0) == (
        found.value,
        found.expires_in,
        found.age(later(100, 100)),
    )
    assert memory.seconds == 1800.0


def test_nothing_stored_is_a_miss() -> None:
    assert load(Memory()) is None


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "5",
        "{}",
        "[" * 100_000,
        "\x00" * 100,
        "1" * 10_000,
    ],
)
def test_a_corrupt_record_is_a_miss(record: str) -> None:
    assert load(Memory(record)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"form": 2},
        {"form": ...},
        {"access_token": "two words"},
        {"access_token": ""},
        {"access_token": None},
        {"access_token": 5},
        {"access_token": ...},
        {"expires_in": "soon"},
        {"expires_in": None},
        {"expires_in": float("nan")},
        {"expires_in": float("inf")},
        {"expires_in": 10**400},
        {"expires_in": 1e9},
        {"expires_in": 0},
        {"expires_in": -5},
        {"wall": None},
        {"wall": float("nan")},
        {"wall": 10**400},
        {"wall": NOW.wall + 6},
        {"wall": NOW.wall - 1800},
        {"wall": ...},
        {"monotonic": None},
        {"monotonic": NOW.monotonic - 1800},
        {"boot": ...},
    ],
)
def test_a_record_that_cannot_be_right_is_a_miss(memory: Memory, changes: dict[str, Any]) -> None:
    assert load(memory) is not None
    assert load(changed(memory, **changes)) is None


def test_a_token_that_has_ended_is_a_miss_by_either_clock(memory: Memory) -> None:
    assert load(memory, later(1799, 1799)) is not None
    assert load(memory, later(1800, 0.03)) is None
    assert load(memory, later(0, 1800)) is None
    assert load(memory, later(-3600, 100)) is None


@pytest.mark.parametrize("boot", ["another-machine", "", None])
def test_the_monotonic_clock_of_another_machine_says_nothing(memory: Memory, boot: Any) -> None:
    found = load(changed(memory, boot=boot, monotonic=-1e9), later(100, 100))

    assert found is not None
    # as much older as the clocks of two machines may differ
    assert found.age(later(100, 100)) == 105.0
    assert found.age(later(100, 200)) == 205.0


def test_the_key_tells_settings_and_secrets_apart_and_shows_neither() -> None:
    different = [
        settings(),
        settings(client_id="other"),
        settings(region="us"),
        settings(audience="other"),
        settings(talend_version="2099-01"),
    ]
    keys = [store_key(one, SECRET) for one in different]
    keys.append(store_key(settings(), Secret("other")))

    assert len(set(keys)) == len(keys)
    assert store_key(settings(), SECRET) == keys[0]
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in keys)


def test_this_start_of_this_machine_has_a_name_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _shared._boot()
    assert first == _shared._boot()

    def fail(*_: object, **__: object) -> object:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", fail)
    assert _shared._boot() == ""


class Broken:
    """A store that fails each time, and counts it."""

    def __init__(self) -> None:
        self.calls = 0

    def load(self, key: str) -> str | None:
        self.calls += 1
        raise OSError("no store today")

    save = lock = load  # type: ignore[assignment]


def test_a_store_that_fails_is_warned_of_once_and_not_asked_again() -> None:
    store = Broken()
    shared = SharedTokens(store, settings(), SECRET)  # type: ignore[arg-type]

    with pytest.warns(TalendOAuthWarning, match=r"Broken failed \(OSError\)") as warned:
        assert shared.load(NOW) is None
        shared.save(TOKEN, 1800.0)
        with shared.lock(1.0):
            assert shared.load(NOW) is None

    assert len(warned) == 1
    assert store.calls == 1


class ReadOnly(Memory):
    """A store that can be read but not written."""

    def save(self, key: str, record: str, seconds: float) -> None:
        raise OSError


def test_a_store_that_cannot_be_written_is_warned_of() -> None:
    with pytest.warns(TalendOAuthWarning, match=r"ReadOnly failed \(OSError\)"):
        SharedTokens(ReadOnly(), settings(), SECRET).save(TOKEN, 1800.0)  # type: ignore[arg-type]


class Locked(Memory):
    """A store whose lock cannot be had."""

    def lock(self, key: str, seconds: float) -> Any:
        raise TimeoutError


def test_a_lock_that_is_not_free_in_time_does_not_make_the_store_useless() -> None:
    store = Locked()
    shared = SharedTokens(store, settings(), SECRET)  # type: ignore[arg-type]

    with shared.lock(1.0):
        shared.save(TOKEN, 1800.0)

    assert store.record is not None


class Unlockable(Memory):
    """A store whose lock fails, at the beginning or the end."""

    def __init__(self, *, enters: bool) -> None:
        super().__init__()
        self.enters = enters

    def lock(self, key: str, seconds: float) -> Any:
        return self

    def __enter__(self) -> None:
        if not self.enters:
            raise OSError

    def __exit__(self, *_: object) -> None:
        raise OSError


def test_a_lock_that_fails_is_done_without() -> None:
    with (
        pytest.warns(TalendOAuthWarning, match="Unlockable"),
        SharedTokens(Unlockable(enters=False), settings(), SECRET).lock(1.0),  # type: ignore[arg-type]
    ):
        pass
    with SharedTokens(Unlockable(enters=True), settings(), SECRET).lock(1.0):  # type: ignore[arg-type]
        pass
