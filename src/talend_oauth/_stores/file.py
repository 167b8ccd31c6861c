"""A token store in files, for the processes of one machine."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import contextmanager, suppress

from talend_oauth._settings.secrets import hides_arguments
from talend_oauth.errors import ConfigurationError

if sys.platform == "win32":
    import msvcrt

    _FLAGS = os.O_BINARY
    # A file that another process reads cannot be replaced, nor one that is replaced be read.
    _IN_USE: tuple[type[OSError], ...] = (PermissionError,)
else:
    import fcntl

    _FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK  # neither a link is followed nor a FIFO waited for
    _IN_USE: tuple[type[OSError], ...] = ()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TypeVar

    T = TypeVar("T")

_POLL = 0.02  # seconds between two tries to have what another process holds
_PATIENCE = 0.5  # seconds for a file that is in use, on Windows
_descriptors: set[int] = set()  # open, for a forked child to close


class FileStore:
    """Shares tokens between the processes of one machine, in files that only this user can read.

    The folder is created with mode 0700, each file with 0600; files of another owner or mode and
    symbolic links are not read. Windows has no such modes: there the default folder is private by
    its access control list, and of another one only what Python sets when it creates it. A file is
    written under another name and then renamed, so that readers see the old record or the new one.
    The operating system releases the lock when its process exits, even if it is killed.

    Use it for cron jobs, command lines and several workers on one machine. Across machines, use
    `RedisStore`. A single process needs no store.

    Attributes:
        folder: The absolute path; empty if this user has no home folder.

    Args:
        folder: An absolute path, or one that begins with `~`. The default is in the user's cache
            folder (`platformdirs`); a user without a home folder gets a warning, and tokens are
            not shared.

    Raises:
        ConfigurationError: If the folder is not an absolute path.
    """

    @hides_arguments
    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        path = default_folder() if folder is None else os.path.expanduser(os.fsdecode(folder))
        self.folder = path if os.path.isabs(path) else ""
        if folder is not None and not self.folder:
            raise _no_folder("has no absolute folder")

    def load(self, key: str) -> tuple[str, float] | None:
        """Return the record of a key and the seconds left; see `TokenStore`."""
        with suppress(FileNotFoundError, NotADirectoryError):
            self._check()
            with _opened(self._path(key), os.O_RDONLY) as descriptor:
                # Checked on the open file: the name may belong to another one by now.
                status = os.fstat(descriptor)
                if stat.S_ISREG(status.st_mode) and _is_private(status):
                    record = os.read(descriptor, 128 * 1024).decode("utf-8", "replace")
                    return record, status.st_mtime - time.time()
        return None

    def save(self, key: str, record: str, seconds: float) -> None:
        """Save a record; see `TokenStore`. The file's time is the time when it expires."""
        self._make_folder()
        self._remove((".tmp",), time.time() - 60.0)  # of processes that were killed
        beside = f"{self._path(key)}.{os.getpid()}-{time.time_ns()}.tmp"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(record.encode())
            # Counted from the file system's clock, whatever the clock of this process says.
            expires = os.stat(beside).st_mtime + seconds
            os.utime(beside, (expires, expires))
            _when_free(os.replace, beside, self._path(key))
        finally:
            with suppress(OSError):  # as it is if all went well
                os.unlink(beside)

    @contextmanager
    def lock(self, key: str, seconds: float) -> Generator[None]:
        """Hold the lock of a key; see `TokenStore`."""
        self._make_folder()
        until = time.monotonic() + seconds
        with _opened(f"{self._path(key)}.lock", os.O_RDWR | os.O_CREAT) as descriptor:
            while not _try_lock(descriptor):
                if time.monotonic() >= until:
                    raise TimeoutError("another process holds the lock")
                time.sleep(_POLL)
            yield

    def clear(self) -> int:
        """Remove every stored token and return their number."""
        return self._remove((".json", ".tmp"), float("inf"))

    def _make_folder(self) -> None:
        if not self.folder:
            raise _no_folder("has no absolute folder")
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise _no_folder(f"cannot create {self.folder} ({error.strerror})") from None
        self._check()

    def _check(self) -> None:
        status = os.lstat(self.folder)
        if not stat.S_ISDIR(status.st_mode) or not _is_private(status):
            message = f"{self.folder} is a link, or belongs to others, or they have access to it."
            hint = "Name another folder, or make it one of yours with mode 0700"
            raise ConfigurationError(message, hint=hint)

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, f"{key}.json")

    def _remove(self, suffixes: tuple[str, ...], before: float) -> int:
        """Remove files that were last changed before a time; return the number of tokens."""
        count = 0
        for name in os.listdir(self.folder) if os.path.isdir(self.folder) else ():
            path = os.path.join(self.folder, name)
            with suppress(FileNotFoundError):  # another process was faster
                if name.endswith(suffixes) and os.lstat(path).st_mtime < before:
                    _when_free(os.unlink, path)
                    count += name.endswith(".json")
        return count

    def __repr__(self) -> str:
        return f"FileStore({self.folder!r})"


def _no_folder(problem: str) -> ConfigurationError:
    hint = "Set HOME, or give FileStore (or TALEND_OAUTH_STORE) an absolute path to write to"
    return ConfigurationError(f"The token store {problem}.", hint=hint)


def _is_private(status: os.stat_result) -> bool:
    # On Windows, the user's cache folder is private by its ACL.
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


def _when_free(call: Callable[..., T], *arguments: object) -> T:
    """Return what a function of `os` returns; it is called again while its file is in use."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return call(*arguments)
        except _IN_USE:
            if time.monotonic() >= until:
                raise
            time.sleep(_POLL)


@contextmanager
def _opened(path: str, flags: int) -> Generator[int]:
    descriptor = _when_free(os.open, path, flags | _FLAGS, 0o600)
    _descriptors.add(descriptor)
    try:
        yield descriptor
    finally:
        if descriptor in _descriptors:  # else this is a child that was forked in between
            _descriptors.discard(descriptor)
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    # Windows does not tell a lock of another process from a failure by the error alone.
    with suppress(OSError if sys.platform == "win32" else BlockingIOError):
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _close_all() -> None:
    """Give up what a forked child shares: it would keep the lock of a parent that was killed."""
    while _descriptors:
        os.close(_descriptors.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)


def default_folder() -> str:
    """Return the folder of tokens in this user's cache folder; empty if there is none."""
    from platformdirs import user_cache_dir

    with suppress(RuntimeError):  # neither HOME nor an entry in the user database
        return os.path.join(user_cache_dir("talend-oauth"), "tokens")
    return ""
