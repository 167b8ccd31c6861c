"""The store in Redis, with a client in memory: what needs no server."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import threading
import traceback
from types import SimpleNamespace
from typing import Any

import pytest
import redis
import redis.asyncio

from talend_oauth import RedisStore
from talend_oauth._stores import redis as redis_store
from talend_oauth.errors import ConfigurationError

CANARY = "canary-password-4711"
KEY = "0" * 32
LOCK = f"talend-oauth:lock:{KEY}"
PATIENCE = 30.0


class FakeRedis:
    """The commands of Redis that the store uses; time passes when somebody sleeps."""

    def __init__(self, *, decode_responses: bool = False) -> None:
        self.decodes = decode_responses
        self.values: dict[str, tuple[bytes, float | None]] = {}
        self.now = 1000.0
        self.commands: list[str] = []
        self.extended = threading.Event()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def get(self, name: str) -> Any:
        self.commands.append("get")
        value, expires = self.values.get(name, (None, None))
        if value is None or (expires is not None and expires <= self.now):
            self.values.pop(name, None)
            return None
        return value.decode() if self.decodes else value

    def set(
        self, name: str, value: str | bytes, *, px: int, nx: bool = False, xx: bool = False
    ) -> bool | None:
        exists = self.get(name) is not None
        self.commands.append("set")
        if px <= 0:
            raise redis.ResponseError("invalid expire time in 'set' command")
        if (nx and exists) or (xx and not exists):
            return None
        if xx and px > 1:
            self.extended.set()
        data = value if isinstance(value, bytes) else value.encode()
        self.values[name] = (data, self.now + px / 1000)
        return True

    def pttl(self, name: str) -> int:
        self.commands.append("pttl")
        if self.get(name) is None:
            return -2
        expires = self.values[name][1]
        return -1 if expires is None else int((expires - self.now) * 1000)

    def left(self, name: str = LOCK) -> float:
        """Return the seconds after which a key expires; 0 when there is none."""
        expires = self.values.get(name, (b"", 0.0))[1] or 0.0
        return max(0.0, expires - self.now)


@pytest.fixture(params=[False, True], ids=["bytes", "str"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeRedis:
    server = FakeRedis(decode_responses=request.param)
    clock = SimpleNamespace(monotonic=server.monotonic, sleep=server.sleep)
    monkeypatch.setattr(redis_store, "time", clock)
    return server


@pytest.fixture
def store(server: FakeRedis) -> RedisStore:
    return RedisStore(client=server)


def test_a_record_comes_with_the_seconds_that_redis_counts(
    server: FakeRedis, store: RedisStore
) -> None:
    assert store.load(KEY) is None
    store.save(KEY, "rücord", 100.0)
    server.now += 40
    assert store.load(KEY) == ("rücord", 60.0)
    server.now += 60
    assert store.load(KEY) is None


def test_a_record_without_an_expiry_is_dated_by_itself(
    server: FakeRedis, store: RedisStore
) -> None:
    server.values[f"talend-oauth:{KEY}"] = (b"record", None)

    assert store.load(KEY) == ("record", float("inf"))


def test_a_record_that_expires_between_two_commands_has_nothing_left(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 1.0)
    monkeypatch.setattr(server, "pttl", lambda _: -2)
    found = store.load(KEY)

    assert found is not None
    assert found[1] < 0


def test_what_is_not_utf_8_is_a_record_that_no_token_comes_of(
    server: FakeRedis, store: RedisStore
) -> None:
    if not server.decodes:
        server.values[f"talend-oauth:{KEY}"] = (b"\xff", None)
        assert store.load(KEY) == ("�", float("inf"))


@pytest.mark.parametrize(("seconds", "left"), [(0.0015, 0.001), (0.0, 0.001), (2.5, 2.5)])
def test_a_record_is_kept_for_whole_milliseconds(
    server: FakeRedis, store: RedisStore, seconds: float, left: float
) -> None:
    store.save(KEY, "record", seconds)

    assert server.left(f"talend-oauth:{KEY}") == pytest.approx(left)


def test_a_prefix_keeps_stores_apart(server: FakeRedis, store: RedisStore) -> None:
    store.save(KEY, "record", 100.0)
    other = RedisStore(client=server, prefix="other:")

    assert other.load(KEY) is None
    with store.lock(KEY, 0.0), other.lock(KEY, 0.0):
        assert sorted(server.values) == [f"other:lock:{KEY}", f"talend-oauth:{KEY}", LOCK]


def test_a_lock_is_held_by_one_and_expires_in_seconds(server: FakeRedis, store: RedisStore) -> None:
    with store.lock(KEY, 0.0):
        assert server.left() == 4.0
        with pytest.raises(TimeoutError), RedisStore(client=server).lock(KEY, 0.0):
            pass
        assert server.left() == 4.0
    server.now += 0.001  # a lock that is released expires at once
    with RedisStore(client=server).lock(KEY, 0.0):
        pass


def test_a_lock_is_waited_for_as_long_as_allowed(server: FakeRedis, store: RedisStore) -> None:
    server.values[LOCK] = (b"another", None)
    start = server.now
    with pytest.raises(TimeoutError), store.lock(KEY, 2.0):
        pass
    assert 2.0 <= server.now - start < 2.2
    assert server.commands.count("set") == pytest.approx(21, abs=1)


def test_the_lock_of_a_process_that_died_costs_seconds(
    server: FakeRedis, store: RedisStore
) -> None:
    server.values[LOCK] = (b"a-dead-process", server.now + 4.0)
    start = server.now
    with store.lock(KEY, 15.0):
        assert server.now - start < 4.2


def test_a_lock_that_was_seen_is_waited_for_while_redis_fails_over(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.values[LOCK] = (b"another", server.now + 4.0)
    real, tries = server.set, iter(range(100))

    def set_(*given: Any, **options: Any) -> Any:
        if 1 <= next(tries) < 20:
            raise redis.ConnectionError
        return real(*given, **options)

    monkeypatch.setattr(server, "set", set_)
    start = server.now
    with store.lock(KEY, 15.0):
        assert server.now - start == pytest.approx(4.0, abs=0.2)


def test_redis_that_fails_at_once_is_not_waited_for(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(server, "set", fail)
    start = server.now
    with pytest.raises(redis.ConnectionError), store.lock(KEY, 15.0):
        pass
    assert server.now == start


def test_redis_that_does_not_come_back_is_waited_for_as_long_as_a_lock(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.values[LOCK] = (b"another", None)
    real, tries = server.set, iter(range(1000))

    def set_(*given: Any, **options: Any) -> Any:
        if next(tries):
            raise redis.ConnectionError
        return real(*given, **options)

    monkeypatch.setattr(server, "set", set_)
    start = server.now
    with pytest.raises(TimeoutError), store.lock(KEY, 2.0):
        pass
    assert 2.0 <= server.now - start < 2.2


class Waits:
    """In place of an event: lets a second pass at each wait, and is set after some of them."""

    def __init__(self, server: FakeRedis, count: int) -> None:
        self.server = server
        self.count = count
        self.lefts: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.lefts.append(self.server.left())
        self.count -= 1
        self.server.now += seconds
        return self.count < 0


def extend(store: RedisStore, waits: Waits, holder: str = "me") -> None:
    store._extend(LOCK, holder, waits)  # type: ignore[arg-type]


def test_a_lock_is_extended_while_its_process_lives(server: FakeRedis, store: RedisStore) -> None:
    server.values[LOCK] = (b"me", server.now + 4.0)
    waits = Waits(server, 10)
    extend(store, waits)

    assert waits.lefts == [4.0] * 11
    assert server.left() == 3.0


def test_a_lock_is_extended_no_longer_than_a_fetch_can_take(
    server: FakeRedis, store: RedisStore
) -> None:
    server.values[LOCK] = (b"me", server.now + 4.0)
    waits = Waits(server, 1000)
    extend(store, waits)

    assert len(waits.lefts) == 20


def test_a_lock_that_was_lost_is_neither_extended_nor_released(
    server: FakeRedis, store: RedisStore
) -> None:
    server.values[LOCK] = (b"another", server.now + 4.0)
    extend(store, Waits(server, 2))
    assert server.left() == 1.0
    del server.values[LOCK]
    with store.lock(KEY, 0.0):
        server.values[LOCK] = (b"another", server.now + 4.0)
    assert server.left() == 4.0
    assert server.values[LOCK][0] == b"another"


def test_a_lock_that_expired_is_not_taken_back(server: FakeRedis, store: RedisStore) -> None:
    with store.lock(KEY, 0.0):
        del server.values[LOCK]
    extend(store, Waits(server, 2))
    assert server.values == {}


def test_an_extension_that_fails_is_tried_again(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.values[LOCK] = (b"me", server.now + 4.0)
    real, failures = server.get, iter([redis.ConnectionError(), redis.TimeoutError()])

    def get(name: str) -> Any:
        for failure in failures:
            raise failure
        return real(name)

    monkeypatch.setattr(server, "get", get)
    extend(store, Waits(server, 3))
    assert server.left() == 3.0


def test_the_holder_of_a_lock_extends_it_in_a_thread_that_ends_with_it(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_store, "_EXTEND_EVERY", 0.001)
    before = threading.active_count()
    with store.lock(KEY, 0.0):
        (thread,) = [one for one in threading.enumerate() if one.daemon and one.is_alive()][-1:]
        assert server.extended.wait(PATIENCE)
    assert not thread.is_alive()
    assert threading.active_count() == before
    assert server.left() <= 0.001


def test_a_lock_is_held_without_a_thread_if_none_can_be_started(
    server: FakeRedis, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with store.lock(KEY, 0.0):
        assert server.left() == 4.0
    assert server.left() <= 0.001


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_lock_is_released_whatever_happens_under_it(
    server: FakeRedis, store: RedisStore, error: type[BaseException]
) -> None:
    with pytest.raises(error), store.lock(KEY, 0.0):
        raise error
    assert server.left() <= 0.001


def test_a_store_uses_three_commands_which_an_acl_can_allow(
    server: FakeRedis, store: RedisStore
) -> None:
    with store.lock(KEY, 0.0):
        store.save(KEY, "record", 100.0)
        store.load(KEY)
    assert set(server.commands) == {"get", "set", "pttl"}


URLS = [
    f"redis://user:{CANARY}@host:6379/0",
    f"rediss://:{CANARY}@host/1?socket_timeout=60",
    f"redis://host/0?password={CANARY}",
    f"unix://user:{CANARY}@/run/redis.sock?db=0",
]
NO_URLS = [
    f"http://user:{CANARY}@host",
    CANARY,
    f"redis://h:{CANARY}/0",
    f"redis:/user:{CANARY}@host",
    f"redis://host/0?db={CANARY}",
    f"redis://{CANARY}@[::1",
    CANARY.encode(),
    f"redis://user:{CANARY}/?#@host",
]


@pytest.mark.parametrize("url", URLS)
def test_a_store_shows_its_password_nowhere(url: str) -> None:
    store = RedisStore(url, prefix="mine:")
    shown = [
        repr(store),
        str(store),
        f"{store}",
        repr(vars(store)),
        json.dumps(vars(store), default=str),
    ]

    assert repr(store) == "RedisStore(***, prefix='mine:')"
    assert not [text for text in shown if CANARY in text or "user" in text]


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_url_of_redis_is_refused_without_being_shown(url: Any) -> None:
    with pytest.raises(ConfigurationError, match="not one of Redis") as caught:
        RedisStore(url)

    error = caught.value
    (_, *frames) = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    assert frames
    assert not [frame for frame in frames if CANARY in repr(frame.locals)]
    assert CANARY not in str(error)
    assert (error.__context__, error.__cause__) == (None, None)
    assert "redis://" in error.hint
    assert "percent-encoded" in error.hint


def test_a_client_is_shown_no_more_than_a_url() -> None:
    class Client(FakeRedis):
        def __repr__(self) -> str:
            return CANARY

    store = RedisStore(client=Client())
    assert CANARY not in json.dumps(vars(store), default=str)
    with pytest.raises(ConfigurationError, match="either a URL or a client") as caught:
        RedisStore("redis://host", client=Client())
    (_, *frames) = traceback.TracebackException.from_exception(
        caught.value, capture_locals=True
    ).stack
    assert not [frame for frame in frames if CANARY in repr(frame.locals)]


@pytest.mark.parametrize(
    "client",
    [
        redis.asyncio.Redis(),
        redis.asyncio.RedisCluster("127.0.0.1"),
        redis.Sentinel([("127.0.0.1", 1)]),
        redis.ConnectionPool(),
        f"redis://:{CANARY}@host",
    ],
    ids=lambda client: f"{type(client).__module__}.{type(client).__name__}",
)
def test_what_is_no_client_that_waits_for_its_results_is_refused(client: Any) -> None:
    with pytest.raises(ConfigurationError, match="client of the RedisStore") as caught:
        RedisStore(client=client)

    assert "master_for" in caught.value.hint
    assert CANARY not in str(caught.value)


def test_a_store_needs_a_url_or_a_client() -> None:
    with pytest.raises(ConfigurationError, match="either a URL or a client"):
        RedisStore()


def options_of(url: str) -> dict[str, Any]:
    options: dict[str, Any] = RedisStore(url)._client().connection_pool.connection_kwargs
    return options


@pytest.mark.parametrize(
    ("query", "connect", "command"),
    [
        ("", 1.0, 2.0),
        ("?socket_timeout=60&socket_connect_timeout=60", 1.0, 2.0),
        ("?socket_timeout=0", 1.0, 2.0),
        ("?socket_timeout=0.5&socket_connect_timeout=0.1", 0.1, 0.5),
    ],
)
def test_no_url_makes_a_fetch_wait_long_for_redis(
    query: str, connect: float, command: float
) -> None:
    options = options_of(f"redis://host/3{query}")

    assert options["db"] == 3
    assert (options["socket_connect_timeout"], options["socket_timeout"]) == (connect, command)


def test_a_store_pickles_with_its_url_and_prefix_and_connects_by_itself() -> None:
    store = RedisStore(f"redis://:{CANARY}@host/0", prefix="mine:")
    for again in (pickle.loads(pickle.dumps(store)), copy.deepcopy(store)):
        assert repr(again) == "RedisStore(***, prefix='mine:')"
        assert again._client() is not store._client()
        assert again._client().connection_pool.connection_kwargs["password"] == CANARY


def test_a_store_with_a_client_does_not_pickle() -> None:
    with pytest.raises(TypeError, match="give it a URL"):
        pickle.dumps(RedisStore(client=FakeRedis()))


def test_without_redis_py_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigurationError, match="redis-py") as caught:
        RedisStore("redis://host")
    assert "talend-oauth[redis]" in caught.value.hint
    assert caught.value.__cause__ is None
    assert RedisStore(client=FakeRedis()).load(KEY) is None  # as with valkey-py alone
