"""`check_store`: good stores pass, and each bad one breaks its guarantee and no other."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from talend_oauth import EncryptedStore, FileStore, _store_checks
from talend_oauth.testing import check_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LEASE = 2.0  # seconds; longer than any other check holds a lock


class Shared:
    """What all objects of a store share."""

    def __init__(self) -> None:
        self.records: dict[str, tuple[str, float]] = {}
        self.locks: dict[str, threading.Lock] = defaultdict(threading.Lock)


class Memory:
    """A good store for the threads of one process."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def load(self, key: str) -> Any:
        record, expires = self.shared.records.get(key, (None, 0.0))
        return None if record is None else (record, expires - time.monotonic())

    def save(self, key: str, record: str, seconds: float) -> None:
        self.shared.records[key] = record, time.monotonic() + seconds

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        if not self.shared.locks[key].acquire(timeout=seconds):
            raise TimeoutError
        try:
            yield
        finally:
            self.shared.locks[key].release()


class WithoutClock(Memory):
    def load(self, key: str) -> Any:
        return self.shared.records.get(key, (None,))[0]


class Empty(Memory):
    def load(self, key: str) -> Any:
        return super().load(key) or ("", 100.0)


class Cutting(Memory):
    def save(self, key: str, record: str, seconds: float) -> None:
        super().save(key, record[:65_536], seconds)


class Keeping(Memory):
    """Reads a record once."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.kept: dict[str, Any] = {}

    def load(self, key: str) -> Any:
        if "}" in self.kept.get(key, ("",))[0]:  # otherwise everything else would break as well
            return self.kept[key]
        self.kept[key] = super().load(key) or ("",)
        return super().load(key)


class OfOneKey(Memory):
    def load(self, key: str) -> Any:
        return super().load(min(key, key[::-1]))

    def save(self, key: str, record: str, seconds: float) -> None:
        super().save(min(key, key[::-1]), record, seconds)


class Milliseconds(Memory):
    def load(self, key: str) -> Any:
        found = super().load(key)
        return found and (found[0], found[1] * 1000)


class Decimals(Memory):
    """Returns the seconds left as boto3 returns a number, which no float can be subtracted from."""

    def load(self, key: str) -> Any:
        found = super().load(key)
        return found and (found[0], Decimal(found[1]))


class Timeless(Memory):
    def load(self, key: str) -> Any:
        found = super().load(key)
        return found and (found[0], None)


class Lasting(Memory):
    def load(self, key: str) -> Any:
        found = super().load(key)
        return found and (found[0], max(found[1], 1.0))


class Tearing(Memory):
    def save(self, key: str, record: str, seconds: float) -> None:
        super().save(key, record[:-1], seconds)
        time.sleep(0.002)
        super().save(key, record, seconds)


class Losing(Memory):
    """Removes the old record before it saves the new one."""

    def save(self, key: str, record: str, seconds: float) -> None:
        self.shared.records.pop(key, None)
        time.sleep(0.002)
        super().save(key, record, seconds)


class Unlocked(Memory):
    """Waits for a lock and takes it, but only for a moment."""

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        with super().lock(key, seconds):
            pass
        yield


class Impatient(Memory):
    """Goes on without the lock when the time is over."""

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        taken = self.shared.locks[key].acquire(timeout=seconds)
        try:
            yield
        finally:
            if taken:
                self.shared.locks[key].release()


class Patient(Memory):
    """Waits for a lock however long it takes."""

    def lock(self, key: str, seconds: float) -> Any:
        return self.shared.locks[key]


class Failing(Memory):
    """Raises another exception than `TimeoutError`."""

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        try:
            with super().lock(key, seconds):
                yield
        except TimeoutError:
            raise RuntimeError from None


class Swallowing(Memory):
    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        with super().lock(key, seconds), suppress(Exception):
            yield


class Stuck(Memory):
    """Does not release a lock after an exception."""

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        if not self.shared.locks[key].acquire(timeout=seconds):
            raise TimeoutError
        yield
        self.shared.locks[key].release()


class Leased(Memory):
    """Loses a lock after a while, and does not extend it."""

    @contextmanager
    def lock(self, key: str, seconds: float) -> Iterator[None]:
        mutex, end = self.shared.locks[key], time.monotonic() + seconds
        while True:
            with mutex:
                _, until = self.shared.records.get(f"lock:{key}", ("", 0.0))
                if until <= time.monotonic():
                    mine = time.monotonic() + LEASE
                    self.shared.records[f"lock:{key}"] = "held", mine
                    break
            if time.monotonic() >= end:
                raise TimeoutError
            time.sleep(0.01)
        try:
            yield
        finally:
            with mutex:
                if self.shared.records[f"lock:{key}"][1] == mine:
                    del self.shared.records[f"lock:{key}"]


BAD = {
    Empty: "load` returns None if nothing was saved",
    Cutting: "the whole record that was saved last",
    Keeping: "the whole record that was saved last",
    OfOneKey: "Each key has a record of its own",
    Milliseconds: "The seconds left",
    Decimals: "The seconds left",
    Timeless: "The seconds left",
    Lasting: "when its seconds are over",
    Tearing: "No reader sees half of a record",
    Losing: "No reader sees half of a record",
    Unlocked: "One thread at a time holds the lock",
    Impatient: "`lock` raises TimeoutError",
    Patient: "`lock` raises TimeoutError",
    Failing: "`lock` raises TimeoutError",
    Swallowing: "A lock is free after its body",
    Stuck: "A lock is free after its body",
    Leased: "a live holder does not lose it",
}
ALSO = {  # what follows from it
    Unlocked: {"_a_lock_that_is_held_is_a_timeout", "_a_lock_is_kept_by_its_holder"},
    Impatient: {"_a_lock_is_kept_by_its_holder"},
    Patient: {"_a_lock_is_kept_by_its_holder"},
    Failing: {"_a_lock_is_kept_by_its_holder"},
}


def broken(make_store: Callable[[], Any]) -> dict[str, str]:
    """Return the checks that a store does not pass, with what they say."""

    def run(check: Any) -> str:
        try:
            _store_checks._run(check, make_store)
        except AssertionError as error:
            return str(error)
        return ""

    checks = _store_checks._OF_THREADS
    with ThreadPoolExecutor(len(checks)) as pool:
        results = list(pool.map(run, checks))
    return {check.__name__: text for check, text in zip(checks, results, strict=True) if text}


@pytest.mark.parametrize("kind", [Memory, WithoutClock])
def test_a_good_store_for_threads_passes(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_store_checks, "_HELD", 0.5)
    check_store(partial(kind, Shared()), processes=False)


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
def test_a_bad_store_breaks_its_guarantee_alone(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_store_checks, "_HELD", 1.5 * LEASE if kind is Leased else 0.5)
    monkeypatch.setattr(_store_checks, "_FREE_WITHIN", 2.0)
    found = broken(partial(kind, Shared()))
    named = {check for check, text in found.items() if BAD[kind] in text}

    assert len(named) == 1, found
    assert found.keys() - named == ALSO.get(kind, set())


def test_the_stores_for_processes_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_store(
        partial(FileStore, tmp_path / "tokens"),
        unreachable=partial(FileStore, tmp_path / "tokens" / "file" / "below"),
    )
    monkeypatch.setattr(_store_checks, "_HELD", 0.5)
    monkeypatch.setenv("TALEND_OAUTH_STORE_KEY", Fernet.generate_key().decode())
    check_store(partial(EncryptedStore, FileStore(tmp_path / "encrypted")))


PROCESSES = '''
import os
import time
from contextlib import contextmanager

from talend_oauth import FileStore


class OfOneProcess(FileStore):
    """Shares nothing with other processes."""

    def __init__(self, folder):
        super().__init__(os.path.join(folder, str(os.getpid())))


class Lasting(FileStore):
    """A lock that stays when its holder is killed."""

    @contextmanager
    def lock(self, key, seconds):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        end, path = time.monotonic() + seconds, os.path.join(self.folder, f"{key}.held")
        while True:
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL))
                break
            except FileExistsError:
                if time.monotonic() >= end:
                    raise TimeoutError from None
                time.sleep(0.005)
        try:
            yield
        finally:
            os.unlink(path)
'''


@pytest.mark.posix("Windows replaces no file while it is read")
@pytest.mark.parametrize(
    ("name", "guarantee"),
    [
        ("OfOneProcess", "Processes share records"),
        ("Lasting", "The lock of a process that was killed is free"),
    ],
)
def test_a_store_that_is_bad_for_processes_only_breaks_what_is_of_processes(
    name: str, guarantee: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stores_for_processes.py").write_text(PROCESSES)
    monkeypatch.syspath_prepend(tmp_path)
    import stores_for_processes  # type: ignore[import-not-found]

    monkeypatch.setattr(_store_checks, "_HELD", 0.5)
    monkeypatch.setattr(_store_checks, "_FREE_WITHIN", 1.0)
    make_store = partial(getattr(stores_for_processes, name), str(tmp_path / "tokens"))
    check_store(make_store, processes=False)
    with pytest.raises(AssertionError, match=guarantee):
        check_store(make_store)


def test_a_function_that_does_not_pickle_is_explained(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="make_store does not pickle"):
        _store_checks._run(
            _store_checks._processes_share_records_and_locks, lambda: FileStore(tmp_path)
        )


class Unreachable(Memory):
    """Raises what it is told to, or hangs."""

    error: type[BaseException] | None = None

    def save(self, key: str, record: str, seconds: float) -> None:
        if self.error is None:
            threading.Event().wait(60)
        else:
            raise self.error


@pytest.mark.parametrize(
    ("error", "seen"),
    [(OSError, ""), (None, "save has not returned"), (SystemExit, "save raised SystemExit")],
)
def test_a_store_that_cannot_be_reached_fails_soon_and_plainly(
    error: Any, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_store_checks, "_FAILS_WITHIN", 0.3)
    monkeypatch.setattr(_store_checks, "_OF_THREADS", ())
    monkeypatch.setattr(Unreachable, "error", error)
    make = partial(Unreachable, Shared())
    if not seen:
        check_store(make, processes=False, unreachable=make)
        return
    with pytest.raises(AssertionError, match=f"No method of a store .*{seen}"):
        check_store(make, processes=False, unreachable=make)
