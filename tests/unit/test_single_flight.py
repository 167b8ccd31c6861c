"""A fetch under way: who has to do it, and how long the others wait."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

import pytest

from talend_oauth import AccessToken
from talend_oauth._clock import Instant
from talend_oauth._lifecycle import single_flight
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth.errors import ServerError, TalendOAuthError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = AccessToken("a-token", expires_in=1800.0, requested=Instant(0.0, 0.0))


def test_the_first_who_asks_has_to_do_it_and_nobody_else() -> None:
    pending = PendingFetch(20.0)

    assert [pending.claim(), pending.claim(), pending.claim()] == [True, False, False]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long was waited in each step, on a clock that moves by that alone."""
    found: list[float] = []

    class Lock:
        def acquire(self, timeout: float = 0.0) -> bool:
            if timeout:
                found.append(timeout)
            return not timeout

        def release(self) -> None: ...

    async def wait_asyncio(_: object, seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(threading, "Lock", Lock)
    monkeypatch.setattr(PendingFetch, "_wait_asyncio", wait_asyncio)
    monkeypatch.setattr(single_flight, "monotonic", lambda: 7.0 + sum(found))
    return found


@pytest.mark.parametrize(
    ("left", "steps"), [(2.5, [1.0, 1.0, 0.5]), (1.0, [1.0]), (0.0, []), (-5.0, [])]
)
def test_a_thread_waits_in_steps_to_the_end_and_then_not(
    left: float, steps: list[float], waits: list[float]
) -> None:
    outcome = PendingFetch(20.0).wait(left)

    assert waits == steps
    assert isinstance(outcome, UnreachableError)
    assert outcome.message == "No token came within 20 s."
    assert outcome.hint == "Check the network, DNS and the token store; try again later."


@pytest.mark.parametrize(("left", "waited"), [(3.0, 3.0), (0.0, 0.0), (-5.0, 0.0)])
def test_a_task_waits_to_the_end(left: float, waited: float, waits: list[float]) -> None:
    assert isinstance(asyncio.run(PendingFetch(20.0).wait_async(left)), UnreachableError)
    assert waits == [waited]


def test_nobody_waits_for_a_fetch_of_another_process(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = PendingFetch(20.0)
    assert not pending.abandoned
    monkeypatch.setattr(os, "getpid", lambda: pending._process + 1)
    assert pending.abandoned

    assert pending.wait(5.0) is None
    assert waits == []


@pytest.mark.parametrize(
    "wait", [lambda it: it.wait(9.0), lambda it: asyncio.run(it.wait_async(9.0))]
)
def test_everybody_gets_the_token_or_an_error_of_his_own(
    wait: Callable[[PendingFetch], AccessToken | TalendOAuthError],
) -> None:
    pending, failing, error = PendingFetch(20.0), PendingFetch(20.0), ServerError("no")
    pending.finish(TOKEN)
    failing.finish(error)
    first, second = wait(failing), wait(failing)

    assert wait(pending) is TOKEN
    assert type(first) is type(second) is ServerError
    assert len({id(it) for it in (first, second, error)}) == 3


@pytest.mark.parametrize(
    "wait", [lambda it: it.wait(9.0), lambda it: asyncio.run(it.wait_async(9.0))]
)
def test_the_fetch_itself_does_not_wait_for_its_own_end(
    wait: Callable[[PendingFetch], AccessToken | TalendOAuthError],
) -> None:
    pending = PendingFetch(20.0)
    pending.claim()
    outcome = wait(pending)

    assert isinstance(outcome, TalendOAuthError)
    assert "runs during the fetch of that token" in outcome.message
    assert "secret function, event listener, store or log handler" in outcome.hint


def test_what_came_first_stays() -> None:
    pending = PendingFetch(20.0)
    pending.finish(TOKEN)
    pending.finish(ServerError("no"))

    assert pending.wait(0.0) is TOKEN


def test_a_task_that_comes_just_as_the_fetch_ends_is_woken() -> None:
    pending = PendingFetch(20.0)

    class Late(list[object]):
        def append(self, wake: object) -> None:
            pending.finish(TOKEN)  # which sees nobody who waits
            super().append(wake)

    pending._wakeups = Late()  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]

    assert asyncio.run(asyncio.wait_for(pending.wait_async(1e6), 5.0)) is TOKEN


def test_a_loop_that_has_ended_keeps_nobody_else_asleep() -> None:
    pending, woken = PendingFetch(20.0), []

    def ended() -> None:
        raise RuntimeError("Event loop is closed")

    pending._call_when_done(ended)
    pending._call_when_done(lambda: woken.append(True))
    pending.finish(TOKEN)

    assert woken == [True]


def test_a_thread_is_woken_by_the_end_of_the_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    pending, woken = PendingFetch(20.0), []

    class Lock:
        def acquire(self, timeout: float = 0.0) -> None:
            if timeout:
                pending.finish(TOKEN)

        def release(self) -> None:
            woken.append(True)

    monkeypatch.setattr(threading, "Lock", Lock)

    assert pending.wait(9.0) is TOKEN
    assert woken == [True]
