"""The store in files: one request for many processes, and whatever can happen to a file."""

from __future__ import annotations

import builtins
import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talend_oauth import AccessToken, FileStore, TalendOAuthWarning, TokenSource
from talend_oauth._clock import SYSTEM_CLOCK, Instant, now
from talend_oauth._stores import file as file_store
from talend_oauth._stores.record import StoredToken, store_key
from talend_oauth.errors import ConfigurationError

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
as_root = os.name == "posix" and os.geteuid() == 0


def loaded(store: FileStore) -> str | None:
    """Return the record that is stored, without the seconds that it has left."""
    found = store.load(KEY)
    return None if found is None else found[0]


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
    if os.name == "posix":
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
        assert modes == [0o700, 0o600, 0o600]


def stored_token(store: FileStore, settings: Settings) -> StoredToken:
    """Return the token of some settings in a store, for a test to change it."""
    assert settings.secret is not None
    return StoredToken(store, settings, settings.secret.read(settings.client_id))


def test_eight_processes_make_one_request_for_a_token_that_expires(
    sandbox: Sandbox, settings: Callable[..., Settings], folder: Path, store: FileStore
) -> None:
    start = now(SYSTEM_CLOCK)
    requested = Instant(start.wall - 1799.9, start.monotonic - 1799.9)
    old = AccessToken("old", expires_in=1800.0, requested=requested)
    stored_token(store, settings()).save(old, 0.1)
    with Processes(8, sandbox, f"FileStore({str(folder)!r})") as processes:
        answers = processes.ask()

    assert len({answer["token"] for answer in answers}) == 1
    assert answers[0]["token"] != "old"
    assert sandbox.token_requests == 1


def test_a_renewal_behind_the_callers_is_made_by_one_source_for_all(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    # As two processes: each with a slot of its own, because their clocks are not the same object.
    clocks = [FakeClock(), FakeClock()]
    sources = [
        TokenSource(settings(), store=store, _clock=clock, _random=lambda: 0.0) for clock in clocks
    ]
    first = {source.token().value for source in sources}
    for clock, source in zip(clocks, sources, strict=True):
        clock.advance(1300)
        assert source.token().value in first
        pending = source._cached.state.pending
        if pending is not None:
            pending.wait(30.0)

    assert len(first) == 1
    assert len({source.token().value for source in sources} - first) == 1
    assert sandbox.token_requests == 2


def test_a_token_that_its_store_makes_a_little_younger_each_time_is_refreshed_all_the_same(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    store: FileStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ahead, clock = FakeClock(), FakeClock()
    ahead.set_wall(600)
    first = TokenSource(settings(), store=store, _clock=ahead).token()
    monkeypatch.setattr("talend_oauth._stores.record._boot", lambda: "another")
    lefts = iter([1800.0, 500.001, 500.002, 500.003])
    record = next(Path(store.folder).glob("*.json")).read_text()
    monkeypatch.setattr(FileStore, "load", lambda *_: (record, next(lefts)))
    source = TokenSource(settings(), store=store, _clock=clock, _random=lambda: 0.0)
    assert source.token().value == first.value
    clock.advance(1300)
    assert source.token().value == first.value
    pending = source._cached.state.pending
    if pending is not None:
        pending.wait(30.0)

    assert source.token().value != first.value
    assert sandbox.token_requests == 2


def test_a_token_of_the_store_is_used_even_while_a_refusal_is_remembered(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    clocks = [FakeClock(), FakeClock()]
    one, other = (TokenSource(settings(), store=store, _clock=clock) for clock in clocks)
    sandbox.fail(429, headers={"retry-after": "600"})
    with pytest.raises(Exception, match="Too many token requests"):
        one.token()
    token = other.token()

    assert one.token().value == token.value
    assert sandbox.token_requests == 2


def test_a_late_401_for_an_older_token_does_not_bring_a_rejected_one_back_from_the_store(
    sandbox: Sandbox, settings: Callable[..., Settings], folder: Path
) -> None:
    clock = FakeClock()
    source = TokenSource(settings(), store=FileStore(folder), _clock=clock)
    older = source.token()
    clock.advance(1)
    newer = source.refresh()
    source.discard(newer)
    source.discard(older)

    assert source.token().value not in {older.value, newer.value}
    assert sandbox.token_requests == 3


def test_another_secret_finds_nothing(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    sandbox.settings.check_credentials = False
    for secret in ("one", "two"):
        TokenSource(settings(client_secret=secret), store=store, _clock=FakeClock()).token()

    assert sandbox.token_requests == 2


# What a writer does, one after another; killed before each, and after the last.
STEPS = [
    *("os.makedirs", "os.open", "os.fdopen", "os.utime", "os.replace", "os.listdir"),
    "the end",
]

_KILLED = """
import os, sys
from talend_oauth import FileStore
folder, step = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), 9)  # SIGKILL; on Windows, TerminateProcess
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
    assert killed.returncode == (-9 if os.name == "posix" else 9)

    assert loaded(store) == ("new" * 1000 if step == "the end" else "old")
    store.save(KEY, "newer", 60.0)
    assert loaded(store) == "newer"
    with store.lock(KEY, 0.0):
        pass


def test_what_a_killed_writer_left_is_removed_after_a_minute(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 60.0)
    old, new = folder / f"{KEY}.json.1-a.tmp", folder / f"{KEY}.json.2-b.tmp"
    for path, age in ((old, 60.25), (new, 60.0)):
        path.write_text("half")
        os.utime(path, (1e9 - age, 1e9 - age))
    monkeypatch.setattr(time, "time", lambda: 1e9)
    store.save(KEY, "record", 60.0)

    assert not old.exists()
    assert new.exists()  # its writer may be at work


def test_what_another_process_moves_away_meanwhile_is_no_failure(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 60.0)
    monkeypatch.setattr(os, "listdir", lambda _: ["gone.tmp", "gone.json", f"{KEY}.json"])
    store.save(KEY, "newer", 60.0)

    assert loaded(store) == "newer"
    assert store.clear() == 1
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


@pytest.mark.posix("Windows does not fork")
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


@pytest.mark.posix("Windows does not fork")
def test_a_lock_that_is_inherited_by_a_child_is_not_the_childs(store: FileStore) -> None:
    def ask() -> str:
        try:
            with store.lock(KEY, 0.0):
                return "free"
        except TimeoutError:
            return "held"

    with store.lock(KEY, 0.0):
        child = Child(ask)
        assert child.answer() == "held"
        with pytest.raises(TimeoutError), store.lock(KEY, 0.0):
            pass
    assert Child(ask).answer() == "free"


@pytest.mark.posix("Windows does not fork")
def test_a_child_that_is_forked_under_a_lock_leaves_it_to_its_parent(
    store: FileStore, folder: Path
) -> None:
    held = store.lock(KEY, 0.0)

    def leave() -> str:
        with (folder / "childs").open("w") as file:  # gets the number of the closed descriptor
            held.__exit__(None, None, None)
            file.write("still open")
        return (folder / "childs").read_text()

    held.__enter__()
    assert Child(leave).answer() == "still open"
    with pytest.raises(TimeoutError), store.lock(KEY, 0.0):
        pass
    held.__exit__(None, None, None)
    with store.lock(KEY, 0.0):
        pass


@pytest.mark.posix("Windows has no modes of files")
def test_a_lock_is_a_private_file_and_nothing_leaves_a_descriptor_open(store: FileStore) -> None:
    with store.lock(KEY, 0.0):
        pass
    (file,) = Path(store.folder).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        store.save(KEY, "record", 60.0)
        assert loaded(store) == "record"
        with store.lock(KEY, 0.0), pytest.raises(TimeoutError), store.lock(KEY, 0.0):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not file_store._descriptors


def test_nothing_is_imported_in_a_fetch_where_a_fork_could_copy_half_of_it(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, *_: object) -> object:
        assert name == "io", f"{name} is imported"  # by os.fdopen, and always there
        return sys.modules["io"]

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "__import__", refuse)
        with store.lock(KEY, 0.0):
            store.save(KEY, "record", 60.0)
            found = loaded(store)
    assert found == "record"


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_fork_at_any_moment_of_the_first_lock_leaves_parent_and_child_working(
    sandbox: Sandbox, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    TokenSource(settings(audience="warm"), _clock=FakeClock()).token()
    for number in range(8):
        store = FileStore(tmp_path / f"store-{number}")
        source = TokenSource(settings(), store=store, _clock=FakeClock())
        tokens: list[str] = []
        callers = [
            threading.Thread(target=lambda: tokens.append(source.token().value))  # noqa: B023
            for _ in range(4)
        ]
        for caller in callers:
            caller.start()
        time.sleep(number / 500)
        child = Child(lambda: source.token().value)  # noqa: B023
        for caller in callers:
            caller.join(30)
        assert len(tokens) == 4
        assert child.answer() in tokens
    assert sandbox.token_requests == 1 + 8


@pytest.mark.posix("replaces fcntl.flock")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EACCES, errno.ENOSYS])
def test_a_file_system_without_locks_costs_a_warning_and_no_time(
    number: int,
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    store: FileStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", fail)
    monkeypatch.setattr(file_store, "_POLL", 1e9)  # to wait once would be to wait for ever
    with pytest.warns(TalendOAuthWarning, match=os.strerror(number)) as warned:
        for _ in range(2):
            assert TokenSource(settings(), store=store, _clock=FakeClock()).token()

    assert len(warned) == 1
    assert sandbox.token_requests == 2


def test_a_lock_is_tried_until_its_time_is_over(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    with store.lock(KEY, 0.0):
        with pytest.raises(TimeoutError), store.lock(KEY, 0.0):
            pass
        assert not clock.naps
        with pytest.raises(TimeoutError), store.lock(KEY, 1.0):
            pass
    assert sum(clock.naps) == pytest.approx(1.0, abs=0.021)
    assert set(clock.naps) == {0.02}


def test_a_lock_that_is_held_too_long_is_not_waited_for_beyond_its_time(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    store: FileStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("talend_oauth._lifecycle.fetch.LOCK_FRACTION", 0.001)
    source = TokenSource(settings(), store=store, _clock=FakeClock())
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
    stored = store.load(key)
    assert stored is not None
    assert token.value in stored[0]  # stored all the same


# As a full disk: no file may grow beyond a few bytes.
_FULL_DISK = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


@pytest.mark.posix("the full disk is a limit of POSIX")
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


@pytest.mark.posix("Windows does not fork")
@forking
def test_a_folder_that_cannot_be_written_costs_a_request_and_no_token(
    sandbox: Sandbox, settings: Callable[..., Settings], open_folder: Path
) -> None:
    open_folder.chmod(0o555)
    source = TokenSource(settings(), store=FileStore(open_folder / "store"), _clock=FakeClock())

    def ask() -> str:
        says = r"cannot create .*store \(Permission denied\).*TALEND_OAUTH_STORE"
        with pytest.warns(TalendOAuthWarning, match=says):
            return source.token().value

    assert in_child_as_nobody(ask).startswith("sandbox-")
    assert sandbox.token_requests == 1


def test_a_home_folder_that_is_none_costs_a_request_and_a_warning_that_says_what_to_set(
    sandbox: Sandbox, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """As `/dev/null`, the home of some services."""
    (tmp_path / "home").touch()
    store = FileStore(tmp_path / "home" / ".cache" / "tokens")
    with pytest.warns(TalendOAuthWarning, match=r"cannot create .*TALEND_OAUTH_STORE"):
        assert TokenSource(settings(), store=store, _clock=FakeClock()).token()

    assert sandbox.token_requests == 1


@pytest.mark.posix("Windows does not fork")
@forking
def test_two_users_do_not_use_each_others_folder(
    sandbox: Sandbox, settings: Callable[..., Settings], open_folder: Path
) -> None:
    folder = open_folder / "store"
    mine = TokenSource(settings(), store=FileStore(folder), _clock=FakeClock()).token()
    theirs = TokenSource(settings(), store=FileStore(folder), _clock=FakeClock())

    def ask() -> str:
        if not as_root:
            folder.chmod(0o777)
        with pytest.warns(TalendOAuthWarning):
            return theirs.token().value

    answer = in_child_as_nobody(ask)
    assert answer.startswith("sandbox-")
    assert answer != mine.value
    assert sandbox.token_requests == 2


@pytest.mark.posix("Windows has no modes of files")
def test_a_file_that_others_can_read_is_a_miss_and_is_replaced(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 60.0)
    file = folder / f"{KEY}.json"
    for mode in (0o640, 0o604, 0o601, 0o660):
        file.chmod(mode)
        assert store.load(KEY) is None
    store.save(KEY, "newer", 60.0)
    assert loaded(store) == "newer"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    own = os.geteuid()
    answers = iter([own, own + 1])  # the folder is ours, the file is not
    monkeypatch.setattr(os, "geteuid", lambda: next(answers))
    assert store.load(KEY) is None


@pytest.mark.posix("Windows has no modes of files")
def test_a_folder_that_others_have_access_to_is_not_used(
    store: FileStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(KEY, "record", 60.0)
    link = tmp_path / "link"
    link.symlink_to(folder)
    folder.chmod(0o710)
    for other in (store, FileStore(link), FileStore(folder / f"{KEY}.json")):
        with pytest.raises(ConfigurationError, match="is a link, or belongs to others") as caught:
            other.load(KEY)
        assert "0700" in caught.value.hint
        with pytest.raises((ConfigurationError, FileExistsError)):
            other.save(KEY, "newer", 60.0)
        with pytest.raises((ConfigurationError, FileExistsError)), other.lock(KEY, 0.0):
            pass
    folder.chmod(0o700)
    assert loaded(store) == "record"
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    with pytest.raises(ConfigurationError, match="belongs to others"):
        store.load(KEY)


@pytest.mark.posix("needs a right on Windows")
def test_a_symbolic_link_is_not_followed(store: FileStore, folder: Path, tmp_path: Path) -> None:
    store.save(KEY, "record", 60.0)
    file, elsewhere = folder / f"{KEY}.json", tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"):
        store.load(KEY)
    store.save(KEY, "newer", 60.0)

    assert elsewhere.read_text() == "record"
    assert loaded(store) == "newer"
    (folder / f"{KEY}.json.lock").symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"), store.lock(KEY, 0.0):
        pass


@pytest.mark.posix("Windows has no files that are pipes")
def test_what_is_no_file_is_not_read(store: FileStore, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / f"{KEY}.json", 0o600)

    assert store.load(KEY) is None


def test_no_more_is_read_than_a_record_can_have(store: FileStore) -> None:
    store.save(KEY, "x" * 200_000, 60.0)

    assert loaded(store) == "x" * 128 * 1024


def test_a_record_expires_by_the_clock_of_the_file_system(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = time.time()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: before + 600)  # this process's clock is ahead
        store.save(KEY, "record", 60.0)
    found = store.load(KEY)

    assert found is not None
    assert found[0] == "record"
    assert 60.0 - (time.time() - before) <= found[1] <= 60.1
    os.utime(folder / f"{KEY}.json")  # a copy, a restored backup: who knows when it expires
    copied = store.load(KEY)
    assert copied is not None
    assert copied[1] <= 0


def test_a_token_saved_by_a_clock_that_was_ahead_is_not_served_after_it_expired(
    settings: Callable[..., Settings],
    store: FileStore,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, stored = now(SYSTEM_CLOCK), stored_token(store, settings())
    ahead = AccessToken("ahead", expires_in=1800.0, requested=Instant(start.wall + 600, 0.0))
    stored.save(ahead, 1800.0)
    (file,) = folder.glob("*.json")
    os.utime(file, (start.wall + 1180, start.wall + 1180))  # as 620 s later, on another machine
    monkeypatch.setattr("talend_oauth._stores.record._boot", lambda: "another")
    later = Instant(start.wall + 620, start.monotonic + 620)
    found = stored.load(later)

    assert found is not None
    assert found.expires_in - found.age(later) == pytest.approx(1180.0, abs=60.0)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b"x" * 300_000])
def test_a_corrupt_file_is_a_miss_and_is_replaced(
    content: bytes, sandbox: Sandbox, settings: Callable[..., Settings], folder: Path
) -> None:
    store = FileStore(folder)
    TokenSource(settings(), store=store, _clock=FakeClock()).token()
    (file,) = folder.glob("*.json")
    file.write_bytes(content)

    assert TokenSource(settings(), store=store, _clock=FakeClock()).token()
    assert sandbox.token_requests == 2
    assert json.loads(file.read_text())["access_token"]


def test_clearing_removes_every_token_and_says_how_many(store: FileStore, folder: Path) -> None:
    assert store.clear() == 0
    for number in range(3):
        store.save(f"{number}" * 32, "record", 60.0)
    (folder / "left.tmp").write_text("half")

    assert store.clear() == 3
    assert not list(folder.iterdir())


@pytest.mark.posix("Windows asks the system for the folder")
def test_the_folder_is_the_users_cache_unless_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", "/home/somebody")

    assert FileStore().folder == str(tmp_path / "talend-oauth" / "tokens")
    assert FileStore("~/tokens").folder == "/home/somebody/tokens"
    assert FileStore(b"/tokens").folder == "/tokens"  # type: ignore[arg-type]
    assert repr(FileStore(Path("/tokens"))) == "FileStore('/tokens')"


@pytest.mark.parametrize(
    "folder",
    [
        *("tokens", "./tokens", "$HOME/tokens", "%TEMP%", "false", "0", " /tokens", ""),
        pytest.param(
            "~nobody-here/x", marks=pytest.mark.posix("Windows puts every user beside this one")
        ),
    ],
)
def test_a_folder_that_is_not_absolute_is_refused_without_being_shown(
    folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="no absolute folder") as caught:
        FileStore(folder)

    assert "TALEND_OAUTH_STORE" in caught.value.hint
    (_, *frames) = traceback.TracebackException.from_exception(
        caught.value, capture_locals=True
    ).stack
    assert not [frame for frame in frames if repr(folder) in (frame.locals or {}).values()]
    assert not list(tmp_path.iterdir())


@pytest.mark.posix("Windows asks the system for the folder")
@pytest.mark.parametrize("home", [None, "relative", "~"])
def test_a_user_without_a_home_folder_gets_a_token_and_a_warning_that_says_what_to_set(
    home: str | None,
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def unknown(_: int) -> None:
        raise KeyError("no entry in the user database")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    store = FileStore()
    with pytest.warns(TalendOAuthWarning, match="FileStore failed.*Set HOME") as warned:
        for _ in range(2):
            assert TokenSource(settings(), store=store, _clock=FakeClock()).token()

    assert len(warned) == 1
    assert sandbox.token_requests == 2
    assert store.clear() == 0
    assert store.folder == ""
    assert not list(tmp_path.iterdir())


def test_a_record_that_cannot_be_put_in_its_place_leaves_nothing_behind(
    store: FileStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store.save(KEY, "old", 60.0)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        store.save(KEY, "new", 60.0)

    assert loaded(store) == "old"
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.json"]


@pytest.fixture
def in_use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], list[float]]:
    """Let a function of `os` fail so often, as Windows does while a file is in use.

    Return the pauses that were made.
    """

    def in_use(name: str, times: int) -> list[float]:
        real, clock = getattr(os, name), FakeClock()

        def refused(*arguments: object) -> object:
            nonlocal times
            times -= 1
            if times >= 0:
                raise PermissionError(errno.EACCES, "Permission denied")
            return real(*arguments)

        monkeypatch.setattr(file_store, "_IN_USE", (PermissionError,))
        monkeypatch.setattr(os, name, refused)
        monkeypatch.setattr(time, "monotonic", clock.monotonic)
        monkeypatch.setattr(time, "sleep", clock.sleep)
        return clock.naps

    return in_use


@pytest.mark.parametrize("name", ["replace", "open", "unlink"])
def test_a_file_that_is_in_use_is_tried_again(
    name: str, store: FileStore, in_use: Callable[[str, int], list[float]]
) -> None:
    store.save(KEY, "old", 60.0)
    naps = in_use(name, 3)
    if name == "replace":
        store.save(KEY, "new", 60.0)
        assert loaded(store) == "new"
    elif name == "open":
        assert loaded(store) == "old"
    else:
        assert store.clear() == 1
        assert not list(Path(store.folder).iterdir())
    assert naps == [0.02] * 3


def test_a_file_that_stays_in_use_costs_a_warning_and_no_token(
    sandbox: Sandbox,
    settings: Callable[..., Settings],
    store: FileStore,
    in_use: Callable[[str, int], list[float]],
) -> None:
    source = TokenSource(settings(), store=store, _clock=FakeClock())
    naps = in_use("replace", 1000)
    with pytest.warns(TalendOAuthWarning, match=r"FileStore failed \(PermissionError\)"):
        assert source.token()

    assert sum(naps) == pytest.approx(0.5, abs=0.021)
    assert sandbox.token_requests == 1
    assert not list(Path(store.folder).glob("*.tmp"))


def test_a_record_that_is_being_read_is_replaced(store: FileStore, folder: Path) -> None:
    store.save(KEY, "old", 60.0)
    with (folder / f"{KEY}.json").open("rb") as reader:  # as another process does for a moment
        closing = threading.Timer(0.1, reader.close)
        closing.start()
        store.save(KEY, "new", 60.0)
        closing.join()

    assert loaded(store) == "new"
    assert [path.name for path in folder.iterdir()] == [f"{KEY}.json"]


@pytest.mark.skipif(os.name != "nt", reason="of Windows")
def test_on_windows_the_folder_is_in_the_local_data_of_the_user() -> None:
    assert FileStore().folder.startswith(os.environ["LOCALAPPDATA"])
    assert FileStore("~/tokens").folder.startswith(os.environ["USERPROFILE"])


def test_a_stored_token_in_its_last_minute_is_renewed_first_and_served_if_that_fails(
    sandbox: Sandbox, settings: Callable[..., Settings], store: FileStore
) -> None:
    first = TokenSource(settings(), store=store, _clock=FakeClock()).token()
    clock = FakeClock()
    clock.advance(1750)
    sandbox.fail(503, times=3)
    source = TokenSource(settings(), store=store, _clock=clock)

    assert source.token().value == first.value
    assert sandbox.token_requests == 4
    clock.advance(40)  # the pause after a vain renewal
    assert source.token().value != first.value
    assert sandbox.token_requests == 5
