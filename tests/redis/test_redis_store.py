"""The store in Redis, against a real server: scripts/prove-redis."""

from __future__ import annotations

import pickle
import threading
from typing import TYPE_CHECKING

import pytest

from talend_oauth import RedisStore, TalendOAuthWarning, TokenSource

from ..clocks import FakeClock
from ..lifecycle.processes import Asking, Processes

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


def test_a_record_is_kept_for_the_life_of_its_token(server: Server, store: RedisStore) -> None:
    assert store.load(KEY) is None
    store.save(KEY, "rücord", 100.0)
    assert store.load(KEY) == "rücord"
    assert 99_000 < server.client.pttl(f"talend-oauth:{KEY}") <= 100_000
    store.save(KEY, "ended", 0.0)
    assert store.load(KEY) == "rücord"


def test_a_prefix_keeps_stores_apart(server: Server, store: RedisStore) -> None:
    other = RedisStore(server.url, prefix="other:")
    store.save(KEY, "record", 100.0)

    assert other.load(KEY) is None
    with store.lock(KEY, 0.0), other.lock(KEY, 0.0):
        pass


def test_a_lock_is_held_by_one_and_has_an_end(server: Server, store: RedisStore) -> None:
    with store.lock(KEY, 0.0):
        assert 20_000 < server.client.pttl(f"talend-oauth:lock:{KEY}") <= 25_000
        with pytest.raises(TimeoutError), RedisStore(server.url).lock(KEY, 0.0):
            pass
    with RedisStore(server.url).lock(KEY, 0.0):
        pass


def test_the_lock_of_a_killed_holder_comes_free_when_its_time_is_over(
    server: Server, sandbox: Sandbox
) -> None:
    name = f"RedisStore({server.url!r})"
    sandbox.hold()
    with Asking(sandbox, name).ready() as first, Asking(sandbox, name).ready() as second:
        first.ask()
        sandbox.wait_for_requests(1)
        (lock,) = server.client.keys("talend-oauth:lock:*")
        first.process.kill()
        assert server.client.pttl(lock) > 0
        server.client.pexpire(lock, 1)  # instead of waiting for 25 s
        second.ask()
        sandbox.wait_for_requests(2)
        sandbox.release()
        assert "token" in second.answer()


def test_a_lock_that_was_lost_is_not_taken_from_its_new_holder(
    server: Server, store: RedisStore
) -> None:
    other = RedisStore(server.url)
    with pytest.raises(Exception, match="no longer owned"), store.lock(KEY, 0.0):
        server.client.delete(f"talend-oauth:lock:{KEY}")
        held = other.lock(KEY, 0.0)
        held.__enter__()
    assert server.client.exists(f"talend-oauth:lock:{KEY}")
    held.__exit__(None, None, None)


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
            assert TokenSource(store=store, clock=clock).token()
            assert sandbox.token_requests == number + 1

    assert len(warned) == 1


def test_redis_that_does_not_answer_is_asked_once_in_a_request(
    server: Server, store: RedisStore, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talend_oauth._stores.redis._ANSWER_TIMEOUT", 0.05)
    slow = RedisStore(server.url)
    server.halt()
    with pytest.warns(TalendOAuthWarning, match=r"RedisStore failed \(TimeoutError\)"):
        assert TokenSource(store=slow).token()

    assert sandbox.token_requests == 1


def test_a_store_pickles_and_its_copy_connects_by_itself(store: RedisStore) -> None:
    store.save(KEY, "record", 100.0)
    again = pickle.loads(pickle.dumps(store))

    assert again.load(KEY) == "record"
