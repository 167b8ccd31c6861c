"""A signal handler, a finalizer or an exception at any instruction of a call, and re-entrance.

Each case is repeated with the interruption one instruction later, until a call is through.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trio

import talend_oauth
from talend_oauth import AccessToken, TokenSource
from talend_oauth._clock import now
from talend_oauth.errors import TalendOAuthError, UnreachableError

from ..clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Self

    from talend_oauth import Settings
    from talend_oauth.sandbox import Sandbox

PATIENCE = 30.0
PACKAGE = str(Path(talend_oauth.__file__).parent)


class Interruption:
    """Runs a function before the nth instruction of this package in this thread, once."""

    def __init__(self, number: int, action: Callable[[], object]) -> None:
        self.left = number
        self.action = action
        self.happened = False

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and not self.happened:
            self.left -= 1
            if self.left < 0:
                self.happened = True
                self.action()
        return self.trace

    def __enter__(self) -> Self:
        self.before = sys.gettrace()
        # Python 3.12 traces instructions only if a frame had asked for it before settrace.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(self.trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)


def apart(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in a thread of its own.

    An exception at any instruction may leave another one as the one that is being handled, which
    would be the context of every later error of this thread.
    """

    @functools.wraps(test)
    def in_thread(**fixtures: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test, **fixtures).result()

    return in_thread


class Endpoint:
    """Issues tokens and counts requests."""

    def __init__(self) -> None:
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        body = {"access_token": f"token-{self.requests}", "token_type": "Bearer"}
        return httpx.Response(200, json=body)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def new_source(endpoint: Endpoint) -> Callable[[], tuple[TokenSource, FakeClock]]:
    def new_source() -> tuple[TokenSource, FakeClock]:
        clock = FakeClock()
        source = TokenSource(
            client_id="an-id",
            client_secret="a-secret",
            api_url="http://127.0.0.1:9",
            _clock=clock,
            _random=lambda: 0.0,
            _transport=httpx.MockTransport(endpoint),
        )
        return source, clock

    return new_source


def settled(source: TokenSource) -> None:
    pending = source._cached.state.pending
    if pending is not None and pending.started:
        pending.wait(PATIENCE)


AGES = {"without a token": None, "with a fresh token": 0.1, "in the last third": 1300.0,
        "in the last minute": 1750.0, "with an expired token": 1800.0}  # fmt: skip


def instructions(step: int = 1) -> Iterator[int]:
    """Yield the number of instructions to let pass; the loop breaks when nothing happened."""
    yield from range(0, 10_000, step)


@pytest.mark.parametrize("age", AGES.values(), ids=list(AGES))
@apart
def test_an_exception_at_any_instruction_costs_no_later_call_anything(
    age: float | None, new_source: Callable[[], tuple[TokenSource, FakeClock]]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for number in instructions():
        source, clock = new_source()
        if age is not None:
            source.token()
            clock.advance(age)
        with suppress(KeyboardInterrupt), Interruption(number, interrupt) as interruption:
            source.token()
        settled(source)
        # Not UnreachableError after 20 s: another caller finds a fetch with an owner, or none.
        assert isinstance(source.token(), AccessToken)
        assert source.token().age(now(clock)) < 1800
        if not interruption.happened:
            break
    assert number > 10


@pytest.mark.parametrize("age", AGES.values(), ids=list(AGES))
@apart
def test_a_call_within_a_call_at_any_instruction_gets_a_token(
    age: float | None,
    endpoint: Endpoint,
    new_source: Callable[[], tuple[TokenSource, FakeClock]],
) -> None:
    for number in instructions():
        source, clock = new_source()
        if age is not None:
            source.token()
            clock.advance(age)
        before = endpoint.requests
        within: list[AccessToken] = []
        with Interruption(number, lambda s=source, w=within: w.append(s.token())) as interruption:  # type: ignore[misc]
            token = source.token()
        settled(source)
        assert isinstance(token, AccessToken)
        assert len(within) == interruption.happened
        assert endpoint.requests - before <= 1
        if not interruption.happened:
            break
    assert number > 10


@apart
def test_a_call_at_any_instruction_before_the_request_of_its_own_fetch_is_told_so(
    new_source: Callable[[], tuple[TokenSource, FakeClock]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("_thread.start_new_thread", _no_thread)
    for number in range(400):
        source, _ = new_source()
        with Interruption(number, functools.partial(_ask, source)):
            assert source.token()


def _no_thread(*_: object) -> None:
    raise RuntimeError


def _ask(source: TokenSource) -> None:
    try:
        source.token()
    except TalendOAuthError as error:
        assert "during the fetch" in str(error)


@pytest.mark.parametrize("happens", ["the token is discarded", "the machine is suspended"])
@apart
def test_what_happens_at_any_instruction_of_a_call_is_known_to_the_next(
    happens: str, new_source: Callable[[], tuple[TokenSource, FakeClock]]
) -> None:
    for number in instructions():
        source, clock = new_source()
        old = source.token()
        clock.advance(1)  # so that the call decides again
        event = functools.partial(clock.suspend, 1800)
        if happens == "the token is discarded":
            event = functools.partial(source.discard, old)
        with Interruption(number, event) as interruption:
            source.token()
        if not interruption.happened:
            break
        assert source.token() is not old
    assert number > 10


@pytest.mark.parametrize("method", ["discard", "refresh"])
@apart
def test_an_exception_at_any_instruction_of_another_method_costs_no_later_call_anything(
    method: str, new_source: Callable[[], tuple[TokenSource, FakeClock]]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for number in instructions():
        source, _ = new_source()
        token = source.token()
        with suppress(KeyboardInterrupt), Interruption(number, interrupt) as interruption:
            source.discard(token) if method == "discard" else source.refresh()
        settled(source)
        assert isinstance(source.token(), AccessToken)
        if not interruption.happened:
            break


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@apart
def test_an_exception_while_a_source_is_made_leaves_the_registry_usable(
    new_source: Callable[[], tuple[TokenSource, FakeClock]],
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for number in instructions(step=5):
        with suppress(KeyboardInterrupt), Interruption(number, interrupt) as interruption:
            new_source()
        if not interruption.happened:
            break
    done = threading.Thread(target=new_source)
    done.start()
    done.join(PATIENCE)
    assert not done.is_alive()


@pytest.mark.usefixtures("_own_garbage")
def test_a_finalizer_that_asks_for_a_token_blocks_nobody(
    new_source: Callable[[], tuple[TokenSource, FakeClock]],
) -> None:
    import gc

    source, clock = new_source()
    source.token()
    asked: list[AccessToken] = []

    class Client:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            asked.append(source.token())

    threshold = gc.get_threshold()
    try:
        for allocations in range(1, 60, 3):
            gc.disable()
            gc.collect()
            Client()
            clock.advance(1300)
            gc.set_threshold(allocations)
            gc.enable()
            assert source.token()
            settled(source)
    finally:
        gc.set_threshold(*threshold)
        gc.enable()
        gc.collect()
    assert asked


ENTRANCES = ["secret", "listener", "store", "log handler", "clock"]


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize(
    "how",
    ["thread", "asyncio", pytest.param("trio", marks=pytest.mark.wine("lacks what trio needs"))],
)
def test_a_fetch_that_asks_for_its_own_token_is_told_at_once(
    entrance: str,
    how: str,
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors: list[BaseException] = []
    clock = FakeClock()

    def ask(*_: object) -> Any:
        if len(errors) > 20:
            return None
        try:
            if how == "thread":
                source.token()
            elif how == "asyncio":
                asyncio.run(source.token_async())
            else:
                trio.run(source.token_async)
        except TalendOAuthError as error:
            errors.append(error)
        return sandbox.client_secret

    class Store:
        load = save = ask

        def lock(self, key: str, seconds: float) -> Any:
            ask()
            raise TimeoutError

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            ask()

    handler = Handler()
    options: dict[str, Any] = {}
    if entrance == "secret":
        source = TokenSource(settings(client_secret=ask), _clock=clock)
    elif entrance == "clock":
        clock.sleep = ask  # type: ignore[assignment,method-assign]
        source = TokenSource(settings(), _clock=clock)
    else:
        options = {"listener": {"on_event": ask}, "store": {"store": Store()}}.get(entrance, {})
        source = TokenSource(settings(), _clock=clock, **options)
    caplog.set_level(logging.INFO, logger="talend_oauth")
    if entrance == "log handler":
        logging.getLogger("talend_oauth").addHandler(handler)
    try:
        sandbox.fail(503, headers={"retry-after": "1"})
        assert source.token()
    finally:
        logging.getLogger("talend_oauth").removeHandler(handler)

    assert errors
    assert not any(isinstance(error, UnreachableError) for error in errors)
    assert "during the fetch" in str(errors[0])
    assert sandbox.token_requests == 2


def test_refresh_within_its_own_fetch_is_told_at_once(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    errors: list[str] = []

    def listen(_: object) -> None:
        try:
            source.refresh()
        except TalendOAuthError as error:
            errors.append(str(error))

    source = TokenSource(settings(), _clock=FakeClock(), on_event=listen)
    source.token()

    assert len(errors) == 1
    assert "during the fetch" in errors[0]
    assert sandbox.token_requests == 1
