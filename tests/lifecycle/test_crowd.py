"""One fetch, and one failure, whoever asks: counted in requests that reached a real port."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import textwrap
import threading
import time
import types
from typing import TYPE_CHECKING

import pytest
import trio

from talend_oauth import TokenSource
from talend_oauth._clock import SYSTEM_CLOCK, now
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth._policy import DEADLINE
from talend_oauth.errors import InvalidCredentialsError, ServerError, UnreachableError

from ..conftest import LACKS
from .crowd import PATIENCE, Crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth import Settings
    from talend_oauth.sandbox import Sandbox

    from ..clocks import FakeClock

EVERYBODY = {"threads": 64, "loops": 3, "tasks": 201, "trio_tasks": 0 if LACKS["wine"] else 30}


def test_a_crowd_on_a_cold_source_makes_one_request(
    sandbox: Sandbox, source: TokenSource, all_wait: Callable[[int], None]
) -> None:
    sandbox.hold()
    with Crowd(source, **EVERYBODY) as crowd:
        all_wait(crowd.expected)
        sandbox.release()

    assert sandbox.token_requests == 1
    assert len(crowd.values) == 1


@pytest.mark.parametrize("age", [1800, 1741], ids=["expired", "in the last minute"])
def test_a_crowd_waits_for_one_request_when_the_token_is(
    sandbox: Sandbox,
    source: TokenSource,
    clock: FakeClock,
    all_wait: Callable[[int], None],
    age: int,
) -> None:
    old = source.token()
    all_wait(1)
    clock.advance(age)
    sandbox.hold()
    with Crowd(source, **EVERYBODY) as crowd:
        all_wait(crowd.expected)
        sandbox.release()

    assert sandbox.token_requests == 2
    assert len(crowd.values) == 1
    assert old.value not in crowd.values


def test_a_crowd_in_the_last_third_is_served_the_old_token_while_one_request_refreshes_it(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    old = source.token()
    clock.advance(1200)
    sandbox.hold()
    with Crowd(source, **EVERYBODY) as crowd:
        pass  # they all return while the refresh is held

    assert crowd.values == {old.value}
    sandbox.wait_for_requests(2)
    pending = source._cached.state.pending
    assert pending is not None
    sandbox.release()
    new = pending.wait(PATIENCE)
    assert source.token() is new
    assert sandbox.token_requests == 2


def test_a_crowd_shares_one_failure_each_with_an_error_of_its_own(
    sandbox: Sandbox, source: TokenSource, all_wait: Callable[[int], None]
) -> None:
    sandbox.fail(503, times=None)
    sandbox.hold()
    with Crowd(source, **EVERYBODY) as crowd:
        all_wait(crowd.expected)
        sandbox.release()

    assert sandbox.token_requests == 3  # the tries of one fetch
    assert {ServerError} == {type(error) for error in crowd.errors}
    assert len({id(error) for error in crowd.errors}) == crowd.expected
    assert all(error.__context__ is None for error in crowd.errors)


def test_a_crowd_with_a_wrong_secret_makes_one_request(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    source = TokenSource(settings(client_secret="wrong"), _clock=clock)
    for _ in range(2):
        with Crowd(source, **EVERYBODY) as crowd:
            pass
        assert {InvalidCredentialsError} == {type(error) for error in crowd.errors}

    assert sandbox.token_requests == 1


def test_threads_that_ask_refresh_and_discard_at_once_get_valid_tokens(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    source = TokenSource(settings())
    barrier, problems, changes = threading.Barrier(8), list[str](), list[int]()

    def work(seed: int) -> None:
        choice, discarded, changed = random.Random(seed), set[str](), 0  # noqa: S311
        barrier.wait(PATIENCE)
        for _ in range(40):
            begin = time.time()
            if choice.random() < 0.1:
                changed += 1
                token = source.refresh()
                if token.issued_at < begin:
                    problems.append("refresh() returned a token of before its call")
            else:
                token = source.token()
            if token.value in discarded:
                problems.append("a token came back that this thread had discarded")
            if token.age(now(SYSTEM_CLOCK)) >= token.expires_in:
                problems.append("an expired token was returned")
            if choice.random() < 0.2:
                changed += 1
                source.discard(token)
                discarded.add(token.value)
        changes.append(changed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert not problems
    assert len(changes) == len(threads)  # each came to its end
    assert sandbox.token_requests <= 1 + sum(changes)
    assert source._cached.state.pending is None
    with Crowd(source, **EVERYBODY) as crowd:
        pass
    assert len(crowd.values) == 1


def test_importing_the_package_switches_no_gil_on() -> None:
    code = """
        import sys
        has_gil = getattr(sys, "_is_gil_enabled", lambda: True)
        before = has_gil()
        import talend_oauth
        from talend_oauth import FileStore, TalendAuth, TokenSource, async_client, client
        from talend_oauth.integrations import httpx2, requests
        print(before, has_gil())
    """
    program = [sys.executable, "-c", textwrap.dedent(code)]
    before, after = subprocess.check_output(program, text=True).split()
    assert before == after


def test_sources_with_equal_settings_share_one_token(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_text(sandbox.client_secret)
    file.chmod(0o600)
    monkeypatch.setenv("TALEND_CLIENT_SECRET", sandbox.client_secret)

    def function() -> str:
        return sandbox.client_secret

    equal = [
        TokenSource(settings()),
        TokenSource(settings()),
        TokenSource(settings(client_secret=None)),
    ]
    monkeypatch.delenv("TALEND_CLIENT_SECRET")
    unread = [
        [TokenSource(settings(client_secret=function)) for _ in range(2)],
        [TokenSource(settings(client_secret=None, client_secret_file=file)) for _ in range(2)],
    ]

    assert len({source.token().value for source in equal}) == 1
    assert sandbox.token_requests == 1
    # What a function or a file gives is not known before a fetch, so it is not shared with a value.
    for sources in unread:
        assert len({source.token().value for source in sources}) == 1
    assert sandbox.token_requests == 3


def test_sources_that_differ_in_anything_do_not_share(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    sandbox.settings.check_credentials = False
    different = [
        TokenSource(settings()),
        TokenSource(settings(client_id="another")),
        TokenSource(settings(client_secret="another")),
        TokenSource(settings(audience="another")),
        TokenSource(settings(talend_version="2099-01")),
        TokenSource(settings(), _clock=clock),
    ]

    assert len({source.token().value for source in different}) == len(different)
    assert sandbox.token_requests == len(different)


@pytest.mark.wine("lacks what trio needs")
def test_one_event_loop_after_another_uses_the_same_source(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    first = asyncio.run(source.token_async())
    second = asyncio.run(source.token_async())
    third = trio.run(source.token_async)
    clock.advance(1800)
    fourth = asyncio.run(source.token_async())

    assert first is second is third
    assert fourth is not first
    assert sandbox.token_requests == 2


@pytest.mark.wine("lacks what trio needs")
def test_an_event_loop_that_ends_while_it_waits_leaves_the_fetch_to_the_others(
    sandbox: Sandbox, source: TokenSource
) -> None:
    async def give_up() -> None:
        task = asyncio.create_task(source.token_async())
        await asyncio.to_thread(sandbox.wait_for_requests, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def give_up_in_trio() -> None:
        with trio.move_on_after(0) as scope:
            await source.token_async()
        assert scope.cancelled_caught

    sandbox.hold()
    asyncio.run(give_up())
    trio.run(give_up_in_trio)
    with Crowd(source, threads=2, loops=1, tasks=2, trio_tasks=2) as crowd:
        sandbox.release()

    assert len(crowd.values) == 1
    assert sandbox.token_requests == 1


def test_a_cancelled_caller_costs_the_others_nothing(sandbox: Sandbox, source: TokenSource) -> None:
    async def run() -> set[str]:
        sandbox.hold()
        tasks = [asyncio.create_task(source.token_async()) for _ in range(20)]
        await asyncio.to_thread(sandbox.wait_for_requests, 1)
        for task in tasks[:10]:
            task.cancel()
        await asyncio.gather(*tasks[:10], return_exceptions=True)
        sandbox.release()
        return {token.value for token in await asyncio.gather(*tasks[10:])}

    assert len(asyncio.run(run())) == 1
    assert sandbox.token_requests == 1


@pytest.mark.wine("lacks what trio needs")
def test_asyncio_and_trio_in_one_thread_each_wait_in_their_own_way(
    sandbox: Sandbox, source: TokenSource
) -> None:
    async def host() -> tuple[str, str]:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()

        async def guest() -> str:
            return (await source.token_async()).value

        sandbox.hold()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=lambda outcome: ended.set_result(outcome.unwrap()),
        )
        task = asyncio.create_task(source.token_async())
        await asyncio.to_thread(sandbox.wait_for_requests, 1)
        sandbox.release()
        return (await task).value, await ended

    first, second = asyncio.run(host())

    assert first == second
    assert sandbox.token_requests == 1


def test_a_task_waits_while_another_thread_imports_trio(
    source: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trio", types.ModuleType("trio"))

    assert asyncio.run(source.token_async())


@pytest.mark.wine("lacks what trio needs")
def test_nobody_waits_longer_than_the_deadline() -> None:
    pending = PendingFetch(0.0)

    async def wait() -> object:
        return await pending.wait_async(-1.0)

    for outcome in (pending.wait(-1.0), asyncio.run(wait()), trio.run(wait)):  # type: ignore[arg-type]
        assert isinstance(outcome, UnreachableError)
        assert outcome.retryable


def test_an_overdue_request_is_replaced_and_its_late_answer_harms_nobody(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock
) -> None:
    sandbox.hold()
    with Crowd(source, threads=1):
        sandbox.wait_for_requests(1)
        first = source._cached.state.pending
        assert first is not None
        clock.advance(DEADLINE)
        with Crowd(source, threads=8) as later:
            sandbox.wait_for_requests(2)
            second = source._cached.state.pending
            assert second is not first
            sandbox.release()

    assert len(later.values) == 1
    first.wait(PATIENCE)
    assert {source.token().value} == later.values
    assert sandbox.token_requests == 2


@pytest.mark.wine("lacks what trio needs")
def test_a_fetch_that_has_ended_tells_those_who_come_later() -> None:
    pending, error = PendingFetch(0.0), ServerError("down")
    pending.finish(error)

    async def wait() -> object:
        return await pending.wait_async(1.0)

    outcomes = [pending.wait(1.0), asyncio.run(wait()), trio.run(wait)]  # type: ignore[arg-type]
    assert {ServerError} == {type(outcome) for outcome in outcomes}
    assert error not in outcomes


def test_a_token_that_expired_on_its_way_to_the_caller_is_fetched_again(
    sandbox: Sandbox, source: TokenSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspended = threading.Event()
    delivered = TokenSource._delivered

    def suspend(self: TokenSource, outcome: object) -> object:
        if not suspended.is_set():
            suspended.set()
            clock.suspend(7200)
        return delivered(self, outcome)  # type: ignore[arg-type]

    monkeypatch.setattr(TokenSource, "_delivered", suspend)

    assert source.token().age(now(clock)) < 1800
    assert sandbox.token_requests == 2
    suspended.clear()
    clock.suspend(7200)
    assert asyncio.run(source.token_async()).age(now(clock)) < 1800
    assert sandbox.token_requests == 4
