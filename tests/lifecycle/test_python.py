"""fork, pickle, copy, the end of the interpreter, garbage, and ten thousand sources."""

from __future__ import annotations

import asyncio
import copy
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
import trio

from talend_oauth import AccessToken, FileStore, Settings, TalendAuth, TokenSource
from talend_oauth._clock import SYSTEM_CLOCK
from talend_oauth._lifecycle.registry import REGISTRY
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth.errors import UnreachableError

from .forks import Child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    from ..clocks import FakeClock

PATIENCE = 30.0

forking = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")


def in_thread(function: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=function)
    thread.start()
    return thread


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_fork_during_a_request_leaves_a_token_for_child_and_parent(
    sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    source = TokenSource(settings())
    tokens: list[AccessToken] = []
    sandbox.hold()
    caller = in_thread(lambda: tokens.append(source.token()))
    sandbox.wait_for_requests(1, PATIENCE)
    child = Child(lambda: source.token().value)
    sandbox.wait_for_requests(2, PATIENCE)
    sandbox.release()
    answer = child.answer()
    caller.join(PATIENCE)

    assert answer.startswith("sandbox-")
    assert answer != tokens[0].value
    assert sandbox.token_requests == 2


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_fork_takes_the_token_along(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    source = TokenSource(settings(), _clock=clock)
    token = source.token()
    clock.advance(1300)
    sandbox.hold()
    assert source.token() is token  # and a refresh is under way
    sandbox.wait_for_requests(2, PATIENCE)
    pending = source._cached.state.pending
    assert pending is not None
    child = Child(lambda: source.token().value)
    sandbox.release()

    assert child.answer() == token.value
    assert isinstance(pending.wait(PATIENCE), AccessToken)


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_child_of_a_child_gets_tokens_too(
    sandbox: Sandbox, settings: Callable[..., Settings], clock: FakeClock
) -> None:
    source = TokenSource(settings(), _clock=clock)
    token = source.token()

    def child() -> str:
        clock.advance(1800)
        return Child(lambda: source.token().value).answer()

    assert Child(child).answer() not in ("", token.value)
    assert sandbox.token_requests == 2


def run(code: str, sandbox: Sandbox, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the sandbox in its environment."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV_")},
        **sandbox.environment(),
        **more,
    }
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_spawned_child_shares_the_store_of_the_source_that_it_is_given(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    source = TokenSource(store=FileStore(tmp_path / "store"))
    with multiprocessing.get_context("spawn").Pool(1) as pool:  # as it always is on Windows
        token = pool.apply(source)

    assert token == source()
    assert sandbox.token_requests == 1


def test_a_fetch_imports_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    result = run(
        f"""
        import sys
        from talend_oauth import FileStore, TokenSource
        store = FileStore({str(tmp_path / "store")!r})
        before = set(sys.modules)
        source = TokenSource(store=store)
        source.token()
        source.refresh()
        try:
            TokenSource(client_secret="wrong").token()
        except Exception as error:
            str(error)
        print(sorted(set(sys.modules) - before))
        """,
        sandbox,
    )

    assert result.stdout == "[]\n", result.stderr


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_fork_during_the_first_call_of_a_process_leaves_a_token_for_both(
    sandbox: Sandbox,
) -> None:
    code = """
        import os, sys, threading, time
        sys.path.insert(0, os.environ["TESTS"])
        from forks import Child
        from talend_oauth import TokenSource
        source = TokenSource()
        threads = [threading.Thread(target=source.token) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(float(os.environ["DELAY"]))
        print(Child(lambda: source.token().value).answer())
        for thread in threads:
            thread.join()
        print(source.token().value)
    """
    for delay in ("0", "0.001", "0.004", "0.02"):
        result = run(code, sandbox, TESTS=os.path.dirname(__file__), DELAY=delay)  # noqa: PTH120
        told = [line.partition("-")[0] for line in result.stdout.split()]
        assert told == ["sandbox"] * 2, result.stdout + result.stderr


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_fork_by_a_signal_handler_in_a_waiting_thread_leaves_a_token_for_both(
    sandbox: Sandbox,
) -> None:
    code = """
        import os, signal
        from talend_oauth import TokenSource
        children = []
        signal.signal(signal.SIGUSR1, lambda *_: children.append(os.fork()))
        token = TokenSource().token().value  # in both processes
        os.write(1, token[:8].encode())  # in one piece
        if children != [0]:
            os.waitpid(children[0], 0)
    """
    sandbox.hold()
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **sandbox.environment()},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        sandbox.wait_for_requests(1, PATIENCE)
        process.send_signal(signal.SIGUSR1)
        sandbox.wait_for_requests(2, PATIENCE)
        sandbox.release()
        output, _ = process.communicate(timeout=PATIENCE)

    assert output == "sandbox-" * 2
    assert process.returncode == 0


def test_the_interpreter_ends_while_a_request_hangs(sandbox: Sandbox) -> None:
    sandbox.hold()
    code = """
        import threading
        from talend_oauth import TokenSource
        source = TokenSource()
        threading.Thread(target=source.token, daemon=True).start()
        input()
        print("the end")
    """
    environment = {**os.environ, **sandbox.environment()}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        sandbox.wait_for_requests(1, PATIENCE)
        out, err = process.communicate("\n", timeout=PATIENCE)

    assert (process.returncode, out, err) == (0, "the end\n", "")


def test_the_interpreter_waits_a_moment_for_a_fetch_that_is_at_work(sandbox: Sandbox) -> None:
    result = run(
        """
        import os, threading, time
        from talend_oauth import TokenSource
        begun = threading.Event()
        def look_up():
            begun.set()
            time.sleep(0.1)
            # A daemon thread that is stopped while it prints can abort the interpreter.
            os.write(1, b"looked up")
            return os.environ["TALEND_CLIENT_SECRET"]
        source = TokenSource(client_secret=look_up)
        threading.Thread(target=source.token, daemon=True).start()
        begun.wait()
        """,
        sandbox,
    )

    assert "looked up" in result.stdout, result.stderr
    assert result.returncode == 0


def test_a_token_is_to_be_had_while_the_interpreter_ends(sandbox: Sandbox) -> None:
    result = run(
        """
        import atexit
        from talend_oauth import TokenSource
        source = TokenSource()
        atexit.register(lambda: print(source.token().value))
        """,
        sandbox,
    )

    assert result.stdout.startswith("sandbox-"), result.stderr
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="without the GIL, Python runs finalizers after it has emptied every module",
)
@pytest.mark.parametrize("has_token", [True, False])
def test_a_finalizer_at_the_end_of_the_interpreter_gets_a_token_or_a_typed_error(
    has_token: bool, sandbox: Sandbox
) -> None:
    result = run(
        f"""
        import os
        from talend_oauth import TokenSource
        from talend_oauth.errors import TalendOAuthError
        source = TokenSource()
        if {has_token}:
            source.token()
        class AtTheEnd:
            def __del__(self, write=os.write, error=TalendOAuthError):
                try:
                    write(1, source.token().value.encode())
                except error as caught:
                    write(1, type(caught).__name__.encode())
        at_the_end = AtTheEnd()
        """,
        sandbox,
    )

    # Nothing is fetched: a thread might never run, and httpx can crash the process.
    assert result.stdout.startswith("sandbox-" if has_token else "TalendOAuthError")
    assert (result.returncode, result.stderr) == (0, "")


def test_nobody_waits_for_a_fetch_whose_thread_the_interpreter_has_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.is_finalizing", lambda: True)
    monkeypatch.setattr(Future, "result", lambda *_: pytest.fail("waits for no thread"))

    assert isinstance(PendingFetch(0.0).wait(20.0), UnreachableError)


@pytest.mark.wine("lacks what trio needs")
def test_an_older_trio_that_is_only_imported_does_no_harm(
    source: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(trio.lowlevel, "in_trio_task")

    assert asyncio.run(source.token_async())
    source.discard(source.token())
    assert trio.run(source.token_async)


def test_a_source_pickles_with_its_settings_and_without_its_token(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_SECRET", sandbox.client_secret)
    source = TokenSource(
        settings(client_secret=None), store=FileStore(tmp_path / "store"), on_event=print
    )
    token = source.token()
    for value in (source, TalendAuth(source)):
        pickled = pickle.dumps(value)
        assert token.value.encode() not in pickled
        assert sandbox.client_secret.encode() not in pickled
    again = pickle.loads(pickle.dumps(source))

    assert again._context.clock is SYSTEM_CLOCK
    assert again._context.on_event is print
    assert again._context.store.folder == source._context.store.folder  # type: ignore[union-attr]
    assert again.token() is token  # in this process they share it
    assert sandbox.token_requests == 1


def test_another_process_gets_the_source_but_not_the_token(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_SECRET", sandbox.client_secret)
    source = TokenSource(settings(client_secret=None))
    token = source.token()
    (tmp_path / "source").write_bytes(pickle.dumps(source))

    result = run(
        f"""
        import pickle
        with open({str(tmp_path / "source")!r}, "rb") as file:
            print(pickle.load(file).token().value)
        """,
        sandbox,
    )

    assert result.stdout.strip() not in ("", token.value), result.stderr
    assert sandbox.token_requests == 2


def test_a_copy_of_a_source_is_itself(source: TokenSource) -> None:
    assert copy.copy(source) is source
    assert copy.deepcopy({"deep": [source]})["deep"][0] is source
    assert "client_secret=***" in repr(source)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], list[TokenSource]]]:
    monkeypatch.setenv("TALEND_CLIENT_SECRET", "a-secret")

    def many(count: int) -> list[TokenSource]:
        return [TokenSource(client_id=f"id-{number}", region="eu") for number in range(count)]

    yield many
    gc.collect()


def cached_tokens() -> int:
    return len(REGISTRY._by_key)


def test_without_a_token_nothing_is_kept_for_longer_than_its_sources(
    many: Callable[[int], list[TokenSource]],
) -> None:
    gc.collect()
    before = cached_tokens()
    sources = many(10)
    twins = many(10)
    assert cached_tokens() == before + 10
    del sources
    gc.collect()
    assert cached_tokens() == before + 10
    del twins
    gc.collect()
    assert cached_tokens() == before


@pytest.mark.usefixtures("_own_garbage")
def test_ten_thousand_sources_cost_ten_thousand_times_one(
    many: Callable[[int], list[TokenSource]],
) -> None:
    def objects(sources: list[TokenSource]) -> int:
        gc.collect()
        return len(gc.get_objects())

    gc.collect()
    before = cached_tokens()
    start = objects([])
    few = many(1000)
    of_few = (objects(few) - start) / 1000
    start = objects(few)
    all_of_them = few + many(11_000)[1000:]
    of_more = (objects(all_of_them) - start) / 10_000

    assert cached_tokens() == before + 11_000
    assert of_more == pytest.approx(of_few, abs=0.5)
    assert of_few < 20


def test_the_cost_of_a_token_does_not_grow_with_the_number_of_sources(
    settings: Callable[..., Settings],
    clock: FakeClock,
    many: Callable[[int], list[TokenSource]],
) -> None:
    source = TokenSource(settings(), _clock=clock)

    def calls() -> list[str]:
        """Return what is called by one token that is cached, and one that is looked at again."""
        seen: list[str] = []

        def profile(frame: Any, event: str, arg: Any) -> None:
            if event == "call":
                seen.append(frame.f_code.co_qualname)

        for _ in range(3):
            source.token()
        sys.setprofile(profile)
        try:
            source.token()
            clock.advance(0.03)
            source.token()
        finally:
            sys.setprofile(None)
        return seen

    alone = calls()
    sources = many(10_000)
    assert alone == calls()
    assert len(sources) == 10_000
