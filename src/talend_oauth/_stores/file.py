"""A store in files, for the processes of one machine."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress

from talend_oauth._imports import IMPORTING
from talend_oauth._reporting import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

_LARGEST_RECORD = 128 * 1024
_POLL = 0.02  # seconds between two looks at a lock that another process holds
_LEFTOVER_AGE = 60.0
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_IS_POSIX = os.name == "posix"


class FileStore:
    """Tokens in files that only this user can read, for the processes of one machine.

    The folder is made with mode 0700, each file with 0600; what has another owner or mode, or is
    a symbolic link, is not read. A file is written beside its place and moved there, so that a
    reader sees the old one or the new one. The lock is the system's (`filelock`), which ends with
    its holder.

    Use it for cron jobs, command lines and several workers on one machine; across machines use
    `RedisStore`; in one process none is needed.

    Args:
        folder: Where; the user's cache folder (`platformdirs`) when left out.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = os.fspath(folder) if folder is not None else default_folder()

    def load(self, key: str) -> str | None:
        """Return the record of a key; see `TokenStore`."""
        flags = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0)
        try:
            if not self._is_private(os.lstat(self.folder), stat.S_ISDIR):
                return None
            descriptor = os.open(self._path(key), flags)
        except FileNotFoundError:
            return None
        try:
            # Judged on what was opened: the name may point elsewhere by now.
            if not self._is_private(os.fstat(descriptor), stat.S_ISREG):
                return None
            data = os.read(descriptor, _LARGEST_RECORD)
        finally:
            os.close(descriptor)
        return data.decode("utf-8", "replace")

    def save(self, key: str, record: str, seconds: float) -> None:
        """Keep the record; see `TokenStore`."""
        del seconds  # the record itself knows
        self._make_folder()
        self._remove_leftovers()
        beside = f"{self._path(key)}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(record.encode())
            os.replace(beside, self._path(key))  # noqa: PTH105 - pathlib costs start-up
        except BaseException:
            _remove(beside)
            raise

    @contextmanager
    def lock(self, key: str, seconds: float) -> Generator[None]:
        """Hold the lock of a key; see `TokenStore`."""
        with IMPORTING:
            from filelock import FileLock

        self._make_folder()
        path = f"{self._path(key)}.lock"
        with FileLock(path, timeout=max(0.0, seconds), mode=0o600, poll_interval=_POLL):
            yield

    def clear(self) -> int:
        """Remove every stored token.

        Returns:
            How many there were.
        """
        try:
            names = os.listdir(self.folder)  # noqa: PTH208
        except FileNotFoundError:
            return 0
        for name in names:
            if name.endswith((".json", ".tmp")):
                _remove(os.path.join(self.folder, name))  # noqa: PTH118
        return sum(name.endswith(".json") for name in names)

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, f"{key}.json")  # noqa: PTH118

    def _make_folder(self) -> None:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        if not self._is_private(os.lstat(self.folder), stat.S_ISDIR):
            raise PermissionError(f"{self.folder} is not a private folder of this user")

    def _is_private(self, status: os.stat_result, is_kind: type[bool] | object) -> bool:
        if not callable(is_kind) or not is_kind(status.st_mode):
            problem = "is a link or not of the expected kind"
        elif _IS_POSIX and status.st_uid != os.geteuid():
            problem = "belongs to another user"
        elif _IS_POSIX and status.st_mode & 0o077:
            problem = "can be read or written by other users"
        else:
            return True
        warn_once(f"the token store {self.folder} {problem}, so it is not used")
        return False

    def _remove_leftovers(self) -> None:
        """Remove what writers that were killed left behind."""
        import time

        for name in os.listdir(self.folder):  # noqa: PTH208
            path = os.path.join(self.folder, name)  # noqa: PTH118
            with suppress(OSError):  # its writer lives, and has just moved it to its place
                if name.endswith(".tmp") and os.lstat(path).st_mtime < time.time() - _LEFTOVER_AGE:
                    _remove(path)

    def __repr__(self) -> str:
        return f"FileStore({self.folder!r})"


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):  # another process was faster
        os.unlink(path)  # noqa: PTH108


def default_folder() -> str:
    """Return the folder of tokens in this user's cache folder."""
    from platformdirs import user_cache_dir

    return os.path.join(user_cache_dir("talend-oauth", appauthor=False), "tokens")  # noqa: PTH118
