"""A token in a store: the format of its record, what is a miss, and stores that fail."""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from talend_oauth import AccessToken, Settings, TalendOAuthWarning
from talend_oauth import _reporting as reporting
from talend_oauth._clock import Instant
from talend_oauth._settings.secrets import Secret
from talend_oauth._stores import record as stored
from talend_oauth._stores.record import StoredToken, store_key
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = Secret("a-secret")
NOW = Instant(1_700_000_000.0, 5_000.0)
boot_of_this_machine = stored._boot
TOKEN = AccessToken("a.b.c", expires_in=1800.0, requested=NOW)


def settings(**changes: Any) -> Settings:
    options: dict[str, Any] = {"client_id": "an-id", "client_secret": SECRET, "region": "eu"}
    return Settings(**{**options, **changes})


class Memory:
    """A store of one record, which counts the calls of each method."""

    def __init__(self, record: Any = None) -> None:
        self.record = record
        self.seconds = 0.0
        self.calls: list[str] = []
        self.waited: list[tuple[str, float]] = []
        self.is_locked = False

    def load(self, key: str) -> Any:
        self.calls.append("load")
        return self.record

    def save(self, key: str, record: str, seconds: float) -> None:
        self.calls.append("save")
        self.record, self.seconds = record, seconds

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        self.calls.append("lock")
        self.waited.append((key, seconds))
        self.is_locked = True
        try:
            yield
        finally:
            self.is_locked = False


def token_in(store: object, **changes: Any) -> StoredToken:
    return StoredToken(cast("Any", store), settings(**changes), SECRET)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_already_warned", set[str]())
    monkeypatch.setattr(stored, "_boot", lambda: "this-boot")


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    token_in(memory).save(TOKEN, 1700.0)
    return memory


def load(memory: Memory, now: Instant = NOW) -> AccessToken | None:
    return token_in(memory).load(now)


def fields_of(memory: Memory) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(memory.record)
    return fields


def resealed(memory: Memory, **changes: Any) -> Memory:
    """Return a store with a changed record, as another version or machine would have sealed it."""
    fields = {**fields_of(memory), **changes}
    del fields["seal"]
    seal = stored._fingerprint(SECRET, store_key(settings(), SECRET), fields)
    return Memory(json.dumps({**fields, "seal": seal}))


def later(wall: float, monotonic: float) -> Instant:
    return Instant(NOW.wall + wall, NOW.monotonic + monotonic)


def test_a_record_gives_the_token_with_the_age_that_it_has(memory: Memory) -> None:
    found = load(memory, later(100, 100))

    assert found is not None
    assert (found.value, found.expires_in, found.requested) == (TOKEN.value, 1800.0, NOW)
    assert found.age(later(100, 100)) == 100.0
    assert memory.seconds == 1700.0


def test_a_record_says_all_that_another_process_needs(memory: Memory) -> None:
    fields = fields_of(memory)

    assert len(fields.pop("seal")) == 32
    assert fields == {
        "format": 2,
        "access_token": "a.b.c",
        "expires_in": 1800.0,
        "wall": NOW.wall,
        "monotonic": NOW.monotonic,
        "boot": "this-boot",
    }


def test_nothing_stored_is_a_miss() -> None:
    assert load(Memory()) is None


@pytest.mark.parametrize(
    "record",
    [
        *("", "{", "null", "[]", '"text"', "5", "{}", '{"seal": ""}'),
        *("[" * 100_000, "\x00" * 100, "1" * 10_000, '{"seal": ' + "[" * 900 + "]" * 900 + "}"),
    ],
)
def test_a_corrupt_record_is_a_miss(record: str) -> None:
    assert load(Memory(record)) is None


def test_no_flipped_bit_gives_another_token(memory: Memory) -> None:
    record = memory.record
    for place in range(len(record)):
        for bit in range(7):
            changed = chr(ord(record[place]) ^ (1 << bit))
            found = load(Memory(record[:place] + changed + record[place + 1 :]))
            assert found is None or found.value == TOKEN.value


@pytest.mark.parametrize(
    "changes",
    [{"access_token": "x.y.z"}, {"expires_in": 3600.0}, {"wall": NOW.wall + 1}, {"new": 1}],
)
def test_a_record_written_without_the_secret_is_a_miss(
    memory: Memory, changes: dict[str, Any]
) -> None:
    assert load(Memory(json.dumps({**fields_of(memory), **changes}))) is None


def test_a_record_of_another_account_or_secret_is_a_miss(memory: Memory) -> None:
    assert token_in(memory, client_id="another").load(NOW) is None
    assert StoredToken(cast("Any", memory), settings(), Secret("another")).load(NOW) is None


def test_a_record_of_another_format_is_a_miss(memory: Memory) -> None:
    assert load(resealed(memory)) is not None
    assert load(resealed(memory, format=3)) is None


def test_a_token_that_expired_is_a_miss_by_either_clock(memory: Memory) -> None:
    assert load(memory, later(1799, 1799)) is not None
    assert load(memory, later(1800, 0.03)) is None
    assert load(memory, later(0, 1800)) is None


def test_a_record_from_the_future_is_a_miss_since_a_clock_was_set(memory: Memory) -> None:
    assert load(memory, later(-5, 100)) is not None
    assert load(memory, later(-5.1, 100)) is None


@pytest.mark.parametrize("boot", ["another-machine", "", None])
def test_the_monotonic_clock_of_another_machine_says_nothing(memory: Memory, boot: Any) -> None:
    found = load(resealed(memory, boot=boot, monotonic=-1e9), later(100, 100))

    assert found is not None
    # as much older as the clocks of two machines may differ
    assert found.age(later(100, 100)) == 105.0
    assert found.age(later(100, 200)) == 205.0


def test_an_unknown_start_is_not_the_same_start(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "_boot", lambda: "")
    found = load(resealed(memory, boot="", monotonic=-1e9), later(100, 100))

    assert found is not None
    assert found.age(later(100, 100)) == 105.0


def dated(memory: Memory, left: Any) -> Memory:
    """Return the same record in a store that counts the seconds left itself."""
    return Memory((memory.record, left))


def test_a_store_that_says_what_is_left_is_believed_when_a_writers_clock_was_ahead(
    memory: Memory,
) -> None:
    # Written by a machine 600 s ahead; 620 s later, the record looks 20 s old.
    other = resealed(memory, boot="another", wall=NOW.wall + 600)
    now = later(620, 620)
    found = load(dated(other, 1180.0), now)

    assert found is not None
    assert found.expires_in - found.age(now) == pytest.approx(1180.0)
    assert found.expires_at == pytest.approx(NOW.wall + 1800, abs=0.01, rel=0)
    undated = load(other, now)
    assert undated is not None
    assert undated.age(now) == 25.0


def test_a_store_that_says_what_is_left_knows_a_record_that_looks_like_the_future(
    memory: Memory,
) -> None:
    other = resealed(memory, boot="another", wall=NOW.wall + 600)
    found = load(dated(other, 1700.0), later(100, 100))

    assert found is not None
    assert found.expires_in - found.age(later(100, 100)) == pytest.approx(1700.0)
    assert load(other, later(100, 100)) is None
    # What says that more is left than there ever was does not know it either: its clock was set.
    assert load(dated(other, 1800.1), later(100, 100)) is None
    assert load(dated(other, 1800.0), later(100, 100)) is not None


@pytest.mark.parametrize("left", [1700.0, 1695.0, 5000.0, float("inf")])
def test_a_store_that_counts_about_the_same_changes_nothing(memory: Memory, left: float) -> None:
    found = load(dated(memory, left), later(100, 100))

    assert found is not None
    assert found.requested == NOW


@pytest.mark.parametrize(("left", "age"), [(1694.9, 105.1), (1000.0, 800.0), (0.5, 1799.5)])
def test_a_store_that_counts_less_makes_the_token_older(
    memory: Memory, left: float, age: float
) -> None:
    found = load(dated(memory, left), later(100, 100))

    assert found is not None
    assert found.age(later(100, 100)) == pytest.approx(age)
    assert found.age(later(100, 200)) == pytest.approx(age + 100)


@pytest.mark.parametrize("left", [0.0, -1.0])
def test_a_record_that_expired_in_its_store_is_a_miss(memory: Memory, left: float) -> None:
    assert load(dated(memory, left), later(1799, 1799)) is None


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
    assert boot_of_this_machine() == boot_of_this_machine() == boot_of_this_machine().strip()

    def fail(*_: object, **__: object) -> object:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", fail)
    assert boot_of_this_machine() == ""


class Failing(Memory):
    """A store whose methods raise what they are told to."""

    def __init__(self, **errors: BaseException) -> None:
        super().__init__()
        self.errors = errors

    def load(self, key: str) -> Any:
        self._fail("load")
        return super().load(key)

    def save(self, key: str, record: str, seconds: float) -> None:
        self._fail("save")
        super().save(key, record, seconds)

    def lock(self, key: str, seconds: float) -> Any:  # type: ignore[override]
        self._fail("lock")
        return super().lock(key, seconds)

    def _fail(self, method: str) -> None:
        self.calls.append(method)
        if method in self.errors:
            raise self.errors[method]


@pytest.mark.parametrize("method", ["load", "save", "lock"])
def test_a_store_that_fails_is_warned_of_once_and_not_called_again(method: str) -> None:
    store = Failing(**{method: ValueError("holds the record")})
    token = token_in(store)
    with pytest.warns(TalendOAuthWarning) as warned:
        for _ in range(2):
            if method == "lock":
                with token.lock(1.0):
                    pass
            elif method == "save":
                token.save(TOKEN, 1800.0)
            else:
                assert token.load(NOW) is None
        token.save(TOKEN, 1800.0)
        with token.lock(1.0):
            assert token.load(NOW) is None

    assert [str(one.message) for one in warned] == [
        "the token store Failing failed (ValueError); tokens are requested without it"
    ]
    assert store.calls == [method]


def test_the_next_fetch_calls_a_store_again_that_failed_and_does_not_warn_again() -> None:
    store = Failing(load=OSError())
    with pytest.warns(TalendOAuthWarning) as warned:
        token_in(store).load(NOW)
        token_in(store).load(NOW)
    assert len(warned) == 1
    assert store.calls == ["load", "load"]

    store.errors.clear()
    token_in(store).save(TOKEN, 1800.0)
    assert token_in(store).load(NOW) is not None


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "holds the record"), r"\(OSError\): No space left on device; tokens"),
        (OSError("holds the record"), r"\(OSError\); tokens"),
        (OSError("holds", "the record"), r"\(OSError\); tokens"),
        (OSError(0x80070005, "holds the record"), r"\(OSError\); tokens"),  # of Windows
        (SystemExit("holds the record"), r"\(SystemExit\); tokens"),
        (ConfigurationError("Nothing.", hint="Set HOME"), r"Error\): Nothing. Set HOME; tokens"),
    ],
)
def test_the_warning_says_what_failed_and_nothing_that_a_store_says(
    error: BaseException, told: str
) -> None:
    with pytest.warns(TalendOAuthWarning, match=f"failed .*{told}"):
        token_in(Failing(load=error)).load(NOW)


def test_a_store_that_fails_costs_no_token_where_warnings_are_errors() -> None:
    store = Failing(load=OSError())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert token_in(store).load(NOW) is None


@pytest.mark.parametrize("found", [5, ("a", "b", "c"), ("{}",), ("{}", "soon"), (b"\xff", None)])
def test_a_store_that_returns_nonsense_has_failed_or_has_nothing(found: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load(Memory(found)) is None


def test_a_lock_is_held_until_the_end_even_if_the_body_raises(memory: Memory) -> None:
    for error in (ValueError, KeyboardInterrupt, SystemExit):
        with pytest.raises(error), token_in(memory).lock(1.0):
            assert memory.is_locked
            raise error
        assert not memory.is_locked


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_a_store_that_raises_anything_while_it_is_locked_is_unlocked(
    error: type[BaseException],
) -> None:
    store = Failing(save=error())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with token_in(store).lock(1.0):
                assert store.is_locked
                token_in(store).save(TOKEN, 1800.0)
        except KeyboardInterrupt as raised:
            assert isinstance(raised, error)
    assert not store.is_locked


@pytest.mark.parametrize("error", [OSError, SystemExit])
def test_a_lock_that_cannot_be_released_costs_nothing(error: type[BaseException]) -> None:
    class Unreleasable(Memory):
        @contextmanager
        def lock(self, key: str, seconds: float) -> Iterator[None]:
            yield
            raise error

    with token_in(Unreleasable()).lock(1.0):
        pass


class Busy(Memory):
    """A store with keys whose locks other processes hold."""

    def __init__(self, *held: str) -> None:
        super().__init__()
        self.held = held

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        self.waited.append((key, seconds))
        if key in self.held:
            raise TimeoutError
        self.is_locked = True
        yield
        self.is_locked = False


def test_one_process_more_may_fetch_if_the_first_is_slow_and_not_all() -> None:
    key = store_key(settings(), SECRET)
    store = Busy(key)
    with token_in(store).lock(10.0):
        assert store.is_locked
    assert not store.is_locked
    assert store.waited == [(key, 5.0), (key[::-1], 5.0)]


def test_a_lock_that_is_not_free_in_time_does_not_make_the_store_useless() -> None:
    key = store_key(settings(), SECRET)
    store = Busy(key, key[::-1])
    token = token_in(store)
    with token.lock(1.0):
        assert not store.is_locked
        token.save(TOKEN, 1800.0)

    assert store.record is not None
