"""The store in Redis, against a real server: scripts/prove redis."""

from __future__ import annotations

import json
import pickle
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
import redis
from cryptography.fernet import Fernet

from talend_oauth import EncryptedStore, RedisStore, TalendOAuthWarning, TokenSource, _store_checks
from talend_oauth._stores import redis as redis_store
from talend_oauth.testing import check_store

from ..clocks import FakeClock
from ..lifecycle.forks import Child
from ..lifecycle.processes import Asking, Processes
from .conftest import free_port

if TYPE_CHECKING:
    from talend_oauth.sandbox import Sandbox

    from .conftest import Server

KEY = "0" * 32
PATIENCE = 30.0


@pytest.fixture
def store(server: Server) -> RedisStore:
    return RedisStore(server.url)


def test_three_times_eight_processes_make_one_request_cold_and_one_after_a_401(
    server: Server, sandbox: Sandbox
) -> None:
    name = f"RedisStore({server.url!r})"
    with (
        Processes(8, sandbox, name) as one,
        Processes(8, sandbox, name) as two,
        Processes(8, sandbox, name) as three,
    ):
        machines = (one, two, three)
        answers = ask_all(machines, "token")
        assert sandbox.token_requests == 1
        again = ask_all(machines, "discard")
        assert sandbox.token_requests == 2

    assert len({answer["token"] for answer in answers}) == 1
    assert len({answer["token"] for answer in again}) == 1
    assert not [answer for answer in answers + again if answer["warned"]]


def ask_all(machines: tuple[Processes, ...], command: str) -> list[dict[str, object]]:
    """Let the processes of all machines ask at once."""
    answers: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.extend(one.ask(command)))
        for one in machines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_leader_that_is_killed_costs_the_others_one_more_request(
    server: Server, sandbox: Sandbox
) -> None:
    name = f"RedisStore({server.url!r})"
    sandbox.hold()
    with Asking(sandbox, name).ready() as leader, Processes(23, sandbox, name) as others:
        leader.ask()
        sandbox.wait_for_requests(1)
        answers: list[dict[str, object]] = []
        asking = threading.Thread(target=lambda: answers.extend(others.ask()))
        asking.start()
        leader.process.kill()
        sandbox.wait_for_requests(2)
        sandbox.release()
        asking.join(PATIENCE)

    assert len({answer["token"] for answer in answers}) == 1
    assert len(answers) == 23
    assert sandbox.token_requests == 2
    assert not [answer for answer in answers if answer["warned"]]


def test_the_lock_of_a_slow_request_is_extended(
    server: Server, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talend_oauth._stores.redis._EXTEND_EVERY", 0.01)
    sandbox.hold()
    tokens: list[str] = []
    # As two processes: their sources share no token, because their clocks are not the same object.
    callers = [
        threading.Thread(target=lambda source=source: tokens.append(source.token().value))
        for source in (
            TokenSource(store=RedisStore(server.url), _clock=FakeClock()),
            TokenSource(store=RedisStore(server.url), _clock=FakeClock()),
        )
    ]
    for caller in callers:
        caller.start()
    sandbox.wait_for_requests(1)
    (lock,) = server.client.keys("talend-oauth:lock:*")
    holder = server.client.get(lock)
    for _ in range(3):
        server.client.pexpire(lock, 3_000)
        while server.client.pttl(lock) < 3_500:  # until it is extended
            time.sleep(0.005)
    assert server.client.get(lock) == holder
    sandbox.release()
    for caller in callers:
        caller.join(PATIENCE)

    assert len(tokens) == 2
    assert sandbox.token_requests == 1


def test_the_store_keeps_every_guarantee(server: Server) -> None:
    check_store(
        partial(RedisStore, server.url),
        unreachable=partial(RedisStore, f"redis://127.0.0.1:{free_port()}/0"),
    )


def test_the_store_of_a_server_that_hangs_fails_within_seconds(server: Server) -> None:
    server.halt()
    unreachable = partial(RedisStore, server.url)
    _store_checks._run(_store_checks._an_unreachable_store_does_not_hang, unreachable)


def test_a_record_is_kept_until_its_token_expires(server: Server, store: RedisStore) -> None:
    assert store.load(KEY) is None
    store.save(KEY, "rücord", 100.0)
    found = store.load(KEY)
    assert found is not None
    assert found[0] == "rücord"
    assert 99.0 < found[1] <= 100.0
    server.client.persist(f"talend-oauth:{KEY}")
    assert store.load(KEY) == ("rücord", float("inf"))


def test_a_token_saved_by_a_clock_that_was_ahead_is_not_served_after_it_expired(
    server: Server, sandbox: Sandbox, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, clock = FakeClock(), FakeClock()
    ahead.set_wall(600)
    first = TokenSource(store=store, _clock=ahead).token()
    (record,) = (key for key in server.client.keys("talend-oauth:*") if b"lock" not in key)
    monkeypatch.setattr("talend_oauth._stores.record._boot", lambda: "another")
    for client in (ahead, clock):
        client.advance(620)
    server.client.pexpire(record, 1_180_000)  # as 620 s later
    source = TokenSource(store=store, _clock=clock)
    assert source.token().value == first.value
    clock.advance(1181)
    server.client.delete(record)  # as Redis does by then
    assert source.token().value != first.value
    assert sandbox.token_requests == 2


def test_a_prefix_keeps_stores_apart(server: Server, store: RedisStore) -> None:
    other = RedisStore(server.url, prefix="other:")
    store.save(KEY, "record", 100.0)

    assert other.load(KEY) is None
    with store.lock(KEY, 0.0), other.lock(KEY, 0.0):
        pass


def test_a_lock_is_held_by_one_and_expires_in_seconds(server: Server, store: RedisStore) -> None:
    with store.lock(KEY, 0.0):
        assert 2_000 < server.client.pttl(f"talend-oauth:lock:{KEY}") <= 4_000
        with pytest.raises(TimeoutError), RedisStore(server.url).lock(KEY, 0.0):
            pass
    with RedisStore(server.url).lock(KEY, 1.0):
        pass


def test_a_lock_that_was_lost_is_not_taken_from_its_new_holder(
    server: Server, store: RedisStore
) -> None:
    with store.lock(KEY, 0.0):
        server.client.delete(f"talend-oauth:lock:{KEY}")
        held = RedisStore(server.url).lock(KEY, 0.0)
        held.__enter__()
    assert server.client.pttl(f"talend-oauth:lock:{KEY}") > 2_000
    held.__exit__(None, None, None)


@pytest.mark.parametrize("query", ["", "?decode_responses=True", "?protocol=2", "?protocol=3"])
def test_sources_share_a_token_whatever_the_url_says(
    server: Server, sandbox: Sandbox, query: str
) -> None:
    for _ in range(3):
        store = RedisStore(server.url + query)
        assert TokenSource(store=store, _clock=FakeClock()).token()
    assert sandbox.token_requests == 1


def test_sources_share_a_token_through_clients_of_their_own(
    server: Server, sandbox: Sandbox
) -> None:
    for decodes in (True, False):
        client = redis.Redis.from_url(server.url, decode_responses=decodes)
        assert TokenSource(store=RedisStore(client=client), _clock=FakeClock()).token()
        client.close()
    assert sandbox.token_requests == 1


def test_a_user_who_may_run_three_commands_shares_tokens_and_releases_locks(
    server: Server, sandbox: Sandbox
) -> None:
    store = RedisStore(server.add_user("get", "set", "pttl"))
    source = TokenSource(store=store, _clock=FakeClock())
    first = source.token()
    source.discard(first)
    second = source.token()
    time.sleep(0.002)  # a lock that is released expires after a millisecond

    assert not server.client.keys("talend-oauth:lock:*")
    assert first.value != second.value
    assert TokenSource(store=store, _clock=FakeClock()).token().value == second.value
    assert sandbox.token_requests == 2


def test_a_user_who_may_not_run_a_command_gets_a_token_and_one_warning(
    server: Server, sandbox: Sandbox
) -> None:
    store = RedisStore(server.add_user("get", "set"))
    with pytest.warns(TalendOAuthWarning, match=r"\(NoPermissionError\)") as warned:
        for _ in range(2):
            assert TokenSource(store=store, _clock=FakeClock()).token()

    assert len(warned) == 1
    assert sandbox.token_requests == 2


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_fork_under_a_lock_leaves_parent_and_child_working(
    server: Server, sandbox: Sandbox, store: RedisStore
) -> None:
    source = TokenSource(store=store, _clock=FakeClock())
    tokens: list[str] = []
    sandbox.hold()
    caller = threading.Thread(target=lambda: tokens.append(source.token().value))
    caller.start()
    sandbox.wait_for_requests(1)
    child = Child(lambda: source.token().value)
    sandbox.release()
    caller.join(PATIENCE)

    assert [child.answer()] == tokens
    assert sandbox.token_requests == 1


def test_redis_stopped_during_the_request_costs_a_warning_and_no_token(
    server: Server, store: RedisStore, sandbox: Sandbox
) -> None:
    source = TokenSource(store=store)
    tokens: list[str] = []
    sandbox.hold()
    caller = threading.Thread(target=lambda: tokens.append(source.token().value))
    with pytest.warns(TalendOAuthWarning, match="RedisStore failed") as warned:
        caller.start()
        sandbox.wait_for_requests(1)
        server.stop()
        sandbox.release()
        caller.join(PATIENCE)

    assert len(tokens) == len(warned) == 1
    assert sandbox.token_requests == 1


def test_redis_down_means_a_direct_request_and_one_warning(
    server: Server, store: RedisStore, sandbox: Sandbox
) -> None:
    server.stop()
    with pytest.warns(TalendOAuthWarning, match="RedisStore failed") as warned:
        for number in range(3):
            clock = FakeClock()
            assert TokenSource(store=store, _clock=clock).token()
            assert sandbox.token_requests == number + 1

    assert len(warned) == 1


def test_redis_that_does_not_answer_is_asked_once_in_a_request(
    server: Server, store: RedisStore, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(redis_store._LIMITS, "socket_timeout", 0.05)
    slow = RedisStore(server.url)
    server.halt()
    with pytest.warns(TalendOAuthWarning, match=r"RedisStore failed \(TimeoutError\)"):
        assert TokenSource(store=slow).token()

    assert sandbox.token_requests == 1


def test_redis_that_hangs_is_waited_for_seconds_even_if_its_url_allows_more(
    server: Server, sandbox: Sandbox
) -> None:
    slow = RedisStore(f"{server.url}?socket_timeout=60&socket_connect_timeout=60")
    server.halt()
    with pytest.warns(TalendOAuthWarning, match=r"RedisStore failed \(TimeoutError\)"):
        assert TokenSource(store=slow).token()

    assert sandbox.token_requests == 1


def test_redis_that_comes_back_is_used_again(server: Server, sandbox: Sandbox) -> None:
    store = RedisStore(server.url)
    server.client.config_set("maxclients", 1)
    with pytest.warns(TalendOAuthWarning, match="RedisStore failed") as warned:
        assert TokenSource(store=store, _clock=FakeClock()).token()
    server.client.config_set("maxclients", 100)
    for _ in range(2):
        assert TokenSource(store=store, _clock=FakeClock()).token()

    assert len(warned) == 1
    assert sandbox.token_requests == 2


def test_what_reads_redis_alone_cannot_use_an_encrypted_token(
    server: Server, sandbox: Sandbox, store: RedisStore
) -> None:
    key = Fernet.generate_key()
    token = TokenSource(store=EncryptedStore(store, key), _clock=FakeClock()).token()
    (name,) = (one for one in server.client.keys("talend-oauth:*") if b"lock" not in one)
    raw = server.client.get(name)

    assert token.value.encode() not in raw
    assert b"access_token" not in raw
    assert json.loads(Fernet(key).decrypt(raw))["access_token"] == token.value
    again = TokenSource(store=EncryptedStore(store, key), _clock=FakeClock()).token()
    assert again.value == token.value
    assert sandbox.token_requests == 1


def test_a_store_pickles_and_its_copy_connects_by_itself(store: RedisStore) -> None:
    store.save(KEY, "record", 100.0)
    again = pickle.loads(pickle.dumps(store))

    found = again.load(KEY)
    assert found is not None
    assert found[0] == "record"
