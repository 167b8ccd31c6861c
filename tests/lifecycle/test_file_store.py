"""The store in files: one request for many processes, and whatever can happen to a file."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talend_oauth import FileStore, TalendOAuthWarning, TokenSource
from talend_oauth._stores.file import default_folder

from ..clocks import FakeClock
from .forks import Child
from .processes import Asking, Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talend_oauth import Settings
    from talend_oauth.sandbox import Sandbox

KEY = "0" * 32
NOBODY = 65534
forking = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
as_root = os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(folder)


def test_eight_processes_make_one_request_cold_and_one_after_a_401(
    sandbox: Sandbox, folder: Path
) -> None:
    with Processes(8, sandbox, f"FileStore({str(folder)!r})") as processes:
        cold = processes.ask()
        assert sandbox.token_requests == 1
        after_401 = processes.ask("discard")
        assert sandbox.token_requests == 2

    assert len({answer["token"] for answer in cold}) == 1
    assert len({answer["token"] for answer in after_401}) == 1
    assert not [answer for answer in cold + after_401 if answer["warned"]]
    assert sorted(stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()) == [0o600] * 2
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_eight_processes_at_the_end_of_a_token_make_one_request(
    sandbox: Sandbox, folder: Path
) -> None:
    with Asking(sandbox, f"FileStore({str(folder)!r})").ready() as first:
        first.ask()
        old = first.answer()["token"]
    (record,) = folder.glob("*.json")
    fields = json.loads(record.read_text())
    for name in ("wall", "monotonic"):
        fields[name] -= 1799.999
    record.write_text(json.dumps(fields))
    with Processes(8, sandbox, f"FileStore({str(folder)!r})") as processes:
        answers = processes.ask()

    assert len({answer["token"] for answer in answers}) == 1
    assert answers[0]["token"] != old
    assert sandbox.token_requests == 2


def test_a_renewal_behind_the_callers_is_made_by_one_source_for_all(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    # As two processes: each with a slot of its own, because their clocks are not the same object.
    clocks = [FakeClock(), FakeClock()]
    sources = [
        TokenSource(settings(), store=store, clock=clock, random=lambda: 0.0) for clock in clocks
    ]
    first = {source.token().value for source in sources}
    for clock, source in zip(clocks, sources, strict=True):
        clock.advance(1300)
        assert source.token().value in first
        flight = source._cached.state.pending
        if flight is not None:
            flight.wait(30.0)

    assert len(first) == 1
    assert len({source.token().value for source in sources} - first) == 1
    assert sandbox.token_requests == 2


def test_a_token_of_the_store_is_used_even_while_a_refusal_is_remembered(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    clocks = [FakeClock(), FakeClock()]
    one, other = (TokenSource(settings(), store=store, clock=clock) for clock in clocks)
    sandbox.fail(429, headers={"retry-after": "600"})
    with pytest.raises(Exception, match="limits the number"):
        one.token()
    token = other.token()

    assert one.token().value == token.value
    assert sandbox.token_requests == 2


def test_another_secret_finds_nothing(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    sandbox.settings.check_credentials = False
    for secret in ("one", "two"):
        TokenSource(settings(client_secret=secret), store=store, clock=FakeClock()).token()

    assert sandbox.token_requests == 2


# What a writer does, one after another; killed before each, and after the last.
STEPS = ["os.makedirs", "os.open", "os.fdopen", "os.replace", "os.listdir", "the end"]

_KILLED = """
import os, signal, sys
from talend_oauth import FileStore
folder, step = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if step == "half of the record":
    real = os.fdopen
    class Half:
        def __init__(self, descriptor): self.descriptor = descriptor
        def __enter__(self): return self
        def __exit__(self, *_): pass
        def write(self, data):
            os.write(self.descriptor, data[: len(data) // 2])
            die()
    os.fdopen = lambda descriptor, mode: Half(descriptor)
elif step != "the end":
    setattr(os, step.partition(".")[2], die)
store = FileStore(folder)
store.save("0" * 32, "new" * 1000, 60.0)
die()
"""


@pytest.mark.parametrize("step", [*STEPS, "half of the record"])
def test_a_writer_killed_at_any_step_leaves_the_old_record_or_the_new_one(
    step: str, folder: Path, store: FileStore
) -> None:
    store.save(KEY, "old", 60.0)
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(folder), step], check=False)
    assert killed.returncode == -signal.SIGKILL

    assert store.load(KEY) == ("new" * 1000 if step == "the end" else "old")
    store.save(KEY, "newer", 60.0)
    assert store.load(KEY) == "newer"
    with store.lock(KEY, 0.0):
        pass


def test_what_a_killed_writer_left_is_removed_later(store: FileStore, folder: Path) -> None:
    store.save(KEY, "record", 60.0)
    old, new = folder / f"{KEY}.json.1-a.tmp", folder / f"{KEY}.json.2-b.tmp"
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - 3600,) * 2)
    store.save(KEY, "record", 60.0)

    assert not old.exists()
    assert new.exists()  # its writer may be at work


def test_what_another_process_moves_away_meanwhile_is_no_failure(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 60.0)
    monkeypatch.setattr(os, "listdir", lambda _: ["gone.tmp", "gone.json", f"{KEY}.json"])
    store.save(KEY, "newer", 60.0)

    assert store.load(KEY) == "newer"
    assert store.clear() == 2
    assert store.load(KEY) is None


def test_the_lock_of_a_killed_holder_comes_free(sandbox: Sandbox, folder: Path) -> None:
    name = f"FileStore({str(folder)!r})"
    sandbox.hold()
    with Asking(sandbox, name).ready() as first, Asking(sandbox, name).ready() as second:
        first.ask()
        sandbox.wait_for_requests(1)
        second.ask()
        first.process.kill()
        sandbox.wait_for_requests(2)
        sandbox.release()
        assert "token" in second.answer()

    assert sandbox.token_requests == 2


_FORKING_HOLDER = """
import os, sys, threading
from talend_oauth import FileStore
store = FileStore(sys.argv[1])
held, done = threading.Event(), threading.Event()
def hold():
    with store.lock("0" * 32, 0.0):
        held.set()
        done.wait(60)
threading.Thread(target=hold, daemon=True).start()
held.wait(60)
pid = os.fork()
if pid == 0:
    sys.stdin.read()  # lives on after its parent was killed
    os._exit(0)
print(pid, flush=True)
done.wait(60)
"""


def test_the_lock_of_a_killed_holder_comes_free_although_a_child_of_it_lives(
    folder: Path, store: FileStore
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _FORKING_HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert int(holder.stdout.readline()) > 0
        with pytest.raises(TimeoutError), store.lock(KEY, 0.0):
            pass
        holder.kill()
        holder.wait(30)
        with store.lock(KEY, 10.0):
            pass


def test_a_lock_that_is_held_too_long_is_not_waited_for_beyond_its_time(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    store: FileStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("talend_oauth._lifecycle.fetch._LOCK_FRACTION", 0.001)
    source = TokenSource(settings(), store=store, clock=FakeClock())
    from talend_oauth._stores.record import store_key

    assert source._context.settings.secret is not None
    key = store_key(source._context.settings, source._context.settings.secret.read())
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.lock(key, 0.0):
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    token = source.token()
    done.set()
    holder.join(30)

    assert sandbox.token_requests == 1
    assert token.value in (store.load(key) or "")  # stored all the same


# As a full disk: no file may grow beyond a few bytes.
_FULL_DISK = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


def test_a_full_disk_costs_a_request_and_no_token(sandbox: Sandbox, folder: Path) -> None:
    with Asking(sandbox, f"FileStore({str(folder)!r})", _FULL_DISK).ready() as process:
        process.ask()
        answer = process.answer()

    assert "token" in answer
    assert len(answer["warned"]) == 1  # type: ignore[arg-type]
    assert "FileStore failed (OSError)" in str(answer["warned"])
    assert [path.suffix for path in folder.iterdir()] == [".lock"]


def in_child_as_nobody(function: Callable[[], str]) -> str:
    """Run a function in a child process as a user without rights."""

    def run() -> str:
        if as_root:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return function()

    return Child(run).answer()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's."""
    import shutil
    import tempfile

    path = Path(tempfile.mkdtemp(prefix="talend-oauth-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


@forking
def test_a_folder_that_cannot_be_written_costs_a_request_and_no_token(
    sandbox: Sandbox, settings: Callable[..., Settings], open_folder: Path
) -> None:
    open_folder.chmod(0o555)
    source = TokenSource(settings(), store=FileStore(open_folder / "store"), clock=FakeClock())

    def ask() -> str:
        with pytest.warns(TalendOAuthWarning, match=r"FileStore failed \(PermissionError\)"):
            return source.token().value

    assert in_child_as_nobody(ask).startswith("sandbox-")
    assert sandbox.token_requests == 1


@forking
def test_two_users_do_not_use_each_others_folder(
    sandbox: Sandbox, settings: Callable[..., Settings], open_folder: Path
) -> None:
    folder = open_folder / "store"
    mine = TokenSource(settings(), store=FileStore(folder), clock=FakeClock()).token()
    theirs = TokenSource(settings(), store=FileStore(folder), clock=FakeClock())

    def ask() -> str:
        if not as_root:
            folder.chmod(0o777)
        with pytest.warns(TalendOAuthWarning):
            return theirs.token().value

    answer = in_child_as_nobody(ask)
    assert answer.startswith("sandbox-")
    assert answer != mine.value
    assert sandbox.token_requests == 2


def test_a_file_or_folder_that_others_can_read_is_not_used(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 60.0)
    file = folder / f"{KEY}.json"
    file.chmod(0o640)
    with pytest.warns(TalendOAuthWarning, match="read or written by other users"):
        assert store.load(KEY) is None
    file.chmod(0o600)
    assert store.load(KEY) == "record"
    folder.chmod(0o755)
    assert store.load(KEY) is None
    with pytest.raises(PermissionError):
        store.save(KEY, "record", 60.0)
    folder.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    with pytest.warns(TalendOAuthWarning, match="belongs to another user"):
        assert store.load(KEY) is None


def test_a_symbolic_link_is_not_followed(store: FileStore, folder: Path, tmp_path: Path) -> None:
    store.save(KEY, "record", 60.0)
    file, elsewhere = folder / f"{KEY}.json", tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"):
        store.load(KEY)
    store.save(KEY, "newer", 60.0)

    assert elsewhere.read_text() == "record"
    assert store.load(KEY) == "newer"
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.warns(TalendOAuthWarning, match="is a link"):
        assert FileStore(link).load(KEY) is None


def test_what_is_no_file_is_not_read(store: FileStore, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / f"{KEY}.json", 0o600)

    with pytest.warns(TalendOAuthWarning, match="not of the expected kind"):
        assert store.load(KEY) is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b"x" * 300_000])
def test_a_corrupt_file_is_a_miss_and_is_replaced(
    content: bytes, sandbox: Sandbox, settings: Callable[..., Settings], folder: Path
) -> None:
    store = FileStore(folder)
    TokenSource(settings(), store=store, clock=FakeClock()).token()
    (file,) = folder.glob("*.json")
    file.write_bytes(content)

    assert TokenSource(settings(), store=store, clock=FakeClock()).token()
    assert sandbox.token_requests == 2
    assert json.loads(file.read_text())["access_token"]


def test_clearing_removes_every_token_and_says_how_many(store: FileStore, folder: Path) -> None:
    assert store.clear() == 0
    for number in range(3):
        store.save(f"{number}" * 32, "record", 60.0)
    (folder / "left.tmp").write_text("half")

    assert store.clear() == 3
    assert not list(folder.iterdir())


def test_the_folder_is_the_users_cache_unless_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_folder() == FileStore().folder
    assert Path(default_folder()).name == "tokens"
    assert repr(FileStore("a")) == "FileStore('a')"


def test_a_record_that_cannot_be_put_in_its_place_leaves_nothing_behind(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store.save(KEY, "old", 60.0)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        store.save(KEY, "new", 60.0)

    assert store.load(KEY) == "old"
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.json"]


def test_a_stored_token_in_its_last_minute_is_renewed_first_and_served_if_that_fails(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    first = TokenSource(settings(), store=store, clock=FakeClock()).token()
    clock = FakeClock()
    clock.advance(1750)
    sandbox.fail(503, times=3)
    source = TokenSource(settings(), store=store, clock=clock)

    assert source.token().value == first.value
    assert sandbox.token_requests == 4
    clock.advance(40)  # the pause after a vain renewal
    assert source.token().value != first.value
    assert sandbox.token_requests == 5
