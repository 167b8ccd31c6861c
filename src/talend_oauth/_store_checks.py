"""The guarantees of a token store, as checks for any store: `talend_oauth.testing.check_store`."""

from __future__ import annotations

import json
import pickle
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._stores.protocol import TokenStore

    MakeStore = Callable[[], TokenStore]

_HELD = 6.0  # seconds for which a live holder has to keep its lock in the check
_FREE_WITHIN = 15.0  # seconds after which the lock of a dead holder has to be free
_FAILS_WITHIN = 5.0  # seconds for a call of a store that cannot be reached
_PATIENCE = 60.0
_TAKEN = "the lock was taken"
_TIMES = 5  # that each thread or process counts
# In a new process, as it is for users: nothing is shared but the store.
_CHILD = """
import json, pickle, sys
sys.path[:] = json.loads(sys.argv[1])
make_store = pickle.load(sys.stdin.buffer)
from talend_oauth import _store_checks
getattr(_store_checks, sys.argv[2])(make_store, sys.argv[3])
"""


class _BrokenError(Exception):
    """What was seen that a guarantee excludes."""


def check_store(
    make_store: MakeStore, *, processes: bool = True, unreachable: MakeStore | None = None
) -> None:
    """Check that a store keeps the guarantees of `TokenStore`. Takes about ten seconds.

        def test_our_store() -> None:
            check_store(functools.partial(OurStore, "redis://127.0.0.1"))

    Args:
        make_store: Returns a new object of the store, as another process would make it. All of
            them have to share their records. Called in new processes too, so it has to pickle: a
            function or class of a module, or `functools.partial` of one.
        processes: Whether the store is for several processes. Without them, a lock whose holder
            was killed is not checked.
        unreachable: Returns a store that reaches nothing, such as one with a port on which nothing
            listens. Its methods have to return, or raise an exception, within seconds.

    Raises:
        AssertionError: With the guarantee that is broken.
    """
    checks = [*_OF_THREADS, *(_OF_PROCESSES if processes else ())]
    for check in checks:
        _run(check, make_store)
    if unreachable is not None:
        _run(_an_unreachable_store_does_not_hang, unreachable)


def _run(check: Callable[[MakeStore, str], None], make_store: MakeStore) -> None:
    try:
        check(make_store, secrets.token_hex(16))
    except Exception as error:
        seen = str(error) if isinstance(error, _BrokenError) else f"{type(error).__name__}: {error}"
        raise AssertionError(f"broken: {check.__doc__} ({seen})") from error


def _expect(condition: object, seen: str) -> None:
    if not condition:
        raise _BrokenError(seen)


def _load(store: TokenStore, key: str) -> tuple[str | None, float | None]:
    """Return the record and the seconds left, None for what the store does not tell."""
    found = store.load(key)
    return found if isinstance(found, tuple) else (found, None)


def _nothing_saved_is_none(make_store: MakeStore, key: str) -> None:
    """`load` returns None if nothing was saved under the key."""
    found = make_store().load(key)
    _expect(found is None, f"it returned {found!r}")


def _last_record_is_loaded(make_store: MakeStore, key: str) -> None:
    """`load` returns the whole record that was saved last, by whichever object of the store."""
    one, other = make_store(), make_store()
    records = ("short", json.dumps({"access_token": "x" * 65_536}), '"\\\n\t{}ü\u2028', "shorter")
    for record in records:
        one.save(key, record, 100.0)
        for store in (one, other, make_store()):
            found = _load(store, key)[0]
            _expect(found == record, f"{len(record)} characters became {str(found)[:40]!r}")


def _keys_are_apart(make_store: MakeStore, key: str) -> None:
    """Each key has a record of its own."""
    store = make_store()
    store.save(key, "one", 100.0)
    store.save(key[::-1], "other", 100.0)
    _expect(_load(store, key)[0] == "one", "a record was replaced by that of another key")


def _seconds_left_are_told(make_store: MakeStore, key: str) -> None:
    """The seconds left, if `load` returns them, are a float, counted down from the last `save`."""
    store = make_store()
    for seconds in (100.0, 1800.5, 50.0):
        store.save(key, "record", seconds)
        found = make_store().load(key)
        if isinstance(found, tuple):
            left = cast("object", found[1])
            is_right = isinstance(left, int | float) and seconds - 10 < left <= seconds + 0.5
            _expect(is_right, f"{left!r} of {seconds}")


def _records_expire(make_store: MakeStore, key: str) -> None:
    """A record has no seconds left, or is not returned, when its seconds are over."""
    store, end = make_store(), time.monotonic() + 5.0
    store.save(key, "record", 1.25)
    while True:
        record, left = _load(store, key)
        # A store without a clock returns the record alone, which says itself when it expires.
        if record is None or left is None or left <= 0:
            return
        _expect(time.monotonic() < end, f"after 5 s, a record saved for 1.25 s has {left} s left")
        time.sleep(0.05)


def _records_are_whole(make_store: MakeStore, key: str) -> None:
    """No reader sees half of a record, or none, while it is replaced."""
    records = ["a" * 20_000, "b" * 10_000]
    make_store().save(key, records[0], 100.0)
    done = threading.Event()

    def write() -> None:
        store = make_store()
        for number in range(50):
            store.save(key, records[number % 2], 100.0)

    def read() -> None:
        store = make_store()
        while not done.is_set():
            found = _load(store, key)[0]
            _expect(found in records, f"it returned {str(found)[:40]!r}")

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for writer in [pool.submit(write) for _ in range(2)]:
                writer.result(_PATIENCE)
        finally:
            done.set()
        for reader in readers:
            reader.result(_PATIENCE)


def count(make_store: MakeStore, key: str) -> None:
    """Add to the number that is the record, under the lock."""
    store = make_store()
    for _ in range(_TIMES):
        with store.lock(key, _PATIENCE):
            number = int(_load(store, key)[0] or 0)
            time.sleep(0.01)  # for another to come in, if it can
            store.save(key, str(number + 1), 100.0)


def _expect_count(make_store: MakeStore, key: str, counted: int) -> None:
    found = _load(make_store(), key)[0]
    _expect(found == str(counted), f"{counted} additions under the lock made {found}")


def _one_thread_holds_the_lock(make_store: MakeStore, key: str) -> None:
    """One thread at a time holds the lock of a key, and the others wait for it."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(count, make_store, key) for _ in range(4)]:
            done.result(_PATIENCE)
    _expect_count(make_store, key, 4 * _TIMES)


def _try_lock(make_store: MakeStore, key: str, seconds: float) -> str:
    """Try to take the lock in another thread; return what happened."""
    found: Future[str] = Future()

    def take() -> None:
        seen = "TimeoutError"
        try:
            with suppress(TimeoutError), make_store().lock(key, seconds):
                seen = _TAKEN
            found.set_result(seen)
        except Exception as error:  # noqa: BLE001 - for the thread that waits
            found.set_exception(error)

    # Not of a pool, which would wait for a lock that knows no end.
    threading.Thread(target=take, daemon=True).start()
    with suppress(TimeoutError):
        return found.result(seconds + _FREE_WITHIN)
    return f"lock(key, {seconds:g}) still waited after {seconds + _FREE_WITHIN:g} s"


def _a_lock_that_is_held_is_a_timeout(make_store: MakeStore, key: str) -> None:
    """`lock` raises TimeoutError if the lock is held all the time."""
    with make_store().lock(key, 5.0):
        for seconds in (0.0, 0.5):
            seen = _try_lock(make_store, key, seconds)
            _expect(seen == "TimeoutError", f"{seen} although it was held")


def _a_lock_is_free_after_its_body(make_store: MakeStore, key: str) -> None:
    """A lock is free after its body, also after one that raises, which the lock lets through."""
    for error in (None, ValueError, KeyboardInterrupt):
        raised = None
        try:
            with make_store().lock(key, 5.0):
                if error is not None:
                    raise error
        except (ValueError, KeyboardInterrupt) as caught:
            raised = type(caught)
        _expect(raised is error, f"{error and error.__name__} was raised under it and got lost")
        seen = _try_lock(make_store, key, 5.0)
        _expect(seen == _TAKEN, f"it is held after {error and error.__name__}")


def _a_lock_is_kept_by_its_holder(make_store: MakeStore, key: str) -> None:
    """A lock is kept as long as a request takes: a live holder does not lose it."""
    with make_store().lock(key, 5.0):
        seen = _try_lock(make_store, key, _HELD)
    _expect(seen == "TimeoutError", f"{seen} within {_HELD:g} s, although its holder lives")


def hold(make_store: MakeStore, key: str) -> None:
    """Hold the lock until this process is killed."""
    with make_store().lock(key, _PATIENCE):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(_PATIENCE)


def _started(function: str, make_store: MakeStore, key: str) -> subprocess.Popen[bytes]:
    try:
        pickled = pickle.dumps(make_store)
    except Exception as error:
        message = "make_store does not pickle: give a function of a module, or processes=False"
        raise TypeError(message) from error
    process = subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, "-c", _CHILD, json.dumps(sys.path), function, key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None  # noqa: S101 - as it was asked for
    process.stdin.write(pickled)
    process.stdin.close()
    return process


def _ended(processes: Sequence[subprocess.Popen[bytes]]) -> ExitStack:
    """Return a context at whose end the processes are gone."""
    stack = ExitStack()
    for process in processes:
        stack.enter_context(process)
        stack.callback(process.kill)
    return stack


def _processes_share_records_and_locks(make_store: MakeStore, key: str) -> None:
    """Processes share records, and one at a time holds the lock of a key."""
    processes = [_started("count", make_store, key) for _ in range(3)]
    with _ended(processes):
        for process in processes:
            _expect(process.wait(_PATIENCE) == 0, "a process failed, see its output")
    _expect_count(make_store, key, 3 * _TIMES)


def _the_lock_of_a_dead_process_is_free(make_store: MakeStore, key: str) -> None:
    """The lock of a process that was killed is free within seconds."""
    holder = _started("hold", make_store, key)
    with _ended([holder]):
        assert holder.stdout is not None  # noqa: S101 - as it was asked for
        _expect(holder.stdout.readline(), "a process failed, see its output")
        holder.kill()
        holder.wait(_PATIENCE)
        seen = _try_lock(make_store, key, _FREE_WITHIN)
        _expect(seen == _TAKEN, f"{_FREE_WITHIN:g} s later, it is held")


def _an_unreachable_store_does_not_hang(make_store: MakeStore, key: str) -> None:
    """No method of a store that cannot be reached hangs, or raises more than an Exception."""

    def lock(store: TokenStore) -> None:
        with store.lock(key, 1.0):
            pass

    calls: dict[str, Callable[[TokenStore], object]] = {
        "load": lambda store: store.load(key),
        "save": lambda store: store.save(key, "record", 100.0),
        "lock": lock,
    }
    for name, call in calls.items():
        seen: list[str] = []
        caller = threading.Thread(target=_note, args=(call, make_store, seen), daemon=True)
        caller.start()
        caller.join(_FAILS_WITHIN)
        _expect(seen, f"{name} has not returned after {_FAILS_WITHIN:g} s")
        _expect(seen == ["nothing worse"], f"{name} raised {seen[0]}")


def _note(call: Callable[[TokenStore], object], make_store: MakeStore, seen: list[str]) -> None:
    try:
        with suppress(Exception):
            call(make_store())
        seen.append("nothing worse")
    except BaseException as error:  # noqa: BLE001 - which would end the program
        seen.append(type(error).__name__)


_OF_THREADS = (
    _nothing_saved_is_none,
    _last_record_is_loaded,
    _keys_are_apart,
    _seconds_left_are_told,
    _records_expire,
    _records_are_whole,
    _a_lock_that_is_held_is_a_timeout,
    _a_lock_is_free_after_its_body,
    _one_thread_holds_the_lock,
    _a_lock_is_kept_by_its_holder,
)
_OF_PROCESSES = (_processes_share_records_and_locks, _the_lock_of_a_dead_process_is_free)
