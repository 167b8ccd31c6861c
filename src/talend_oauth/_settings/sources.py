"""Sources of a client secret. Each is read once for every fetch, so that a secret can change."""

from __future__ import annotations

import os
import sys
from codecs import utf_16_decode
from contextlib import suppress
from errno import EBADF
from stat import S_ISREG

from talend_oauth._reporting import warn_once

from .checks import LONGEST, clean, looks_exchanged, problem_with_secret, warn_if_unlikely, wrong
from .secrets import Secret, hides_arguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

STDIN = "-"  # as a path


def checked(text: str, origin: str, check: Callable[[str], tuple[str, str] | None]) -> str:
    """Return what a user gave without white space around it.

    Args:
        text: What was given.
        origin: Where it was given, for messages.
        check: Returns what is wrong with it.

    Raises:
        ConfigurationError: When something is.
    """
    problem = check(text := clean(text))
    if problem is not None:
        raise wrong(origin, *problem)
    return text


def check_secret(secret: Secret, origin: str, client_id: str = "") -> Secret:
    """Return a secret or token without white space around it.

    Args:
        secret: As it was given.
        origin: Where it was given, for messages.
        client_id: The ID that it belongs to, if any; to notice when both are exchanged or encoded.

    Raises:
        ConfigurationError: When it cannot be right.
    """
    text = checked(secret.reveal(), origin, lambda text: problem_with_secret(text, client_id))
    if text != secret.reveal().removeprefix("\ufeff"):
        warn_once(f"{origin} has white space or a newline around it, which was removed")
    warn_if_unlikely(text, origin)
    if looks_exchanged(client_id, text):
        warn_once(f"the client ID and {origin} look exchanged: the ID is usually the UUID")
    return Secret(text)


class SecretSource:
    """Where a client secret is read from.

    Args:
        origin: The argument or variable, for messages.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin

    @hides_arguments
    def read(self, client_id: str = "") -> Secret:
        """Return the secret as it is now. May take long: called by a fetch, in its thread.

        Args:
            client_id: The ID that it belongs to, for the checks.

        Raises:
            ConfigurationError: When it cannot be read or cannot be a secret.
        """
        return check_secret(self._read(), self.origin, client_id)

    def _read(self) -> Secret:
        raise NotImplementedError

    def cache_key(self, client_id: str, key: bytes) -> object:
        """Return a hashable object that is equal for equal sources. Reads no file, calls nothing.

        Args:
            client_id: The ID that the secret belongs to.
            key: The key of a fingerprint.
        """
        return Secret(clean(self._read().reveal())).fingerprint(key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.origin!r})"


class SecretValue(SecretSource):
    """The secret itself.

    Args:
        secret: The secret.
        origin: The argument that it was given as.
    """

    def __init__(self, secret: Secret, origin: str = "client_secret") -> None:
        super().__init__(origin)
        self._secret = secret

    def _read(self) -> Secret:
        return self._secret


class SecretVariable(SecretSource):
    """A variable of the environment."""

    def _read(self) -> Secret:
        return Secret(os.environ.get(self.origin, ""))


class SecretFile(SecretSource):
    """A file that holds nothing but the secret, as Docker and Kubernetes mount them.

    What is no regular file (a pipe, `/dev/stdin`, `-` for standard input) can be read only once,
    so what it held is kept. The path is shown only if it leads somewhere: a secret that was given
    in its place is not.

    Args:
        path: The file.
        origin: The argument or variable that named it.
    """

    def __init__(self, path: str | os.PathLike[str], origin: str = "client_secret_file") -> None:
        self._path = Secret(os.path.expanduser(os.fspath(path)))
        self._given_as = origin
        self._kept: Secret | None = None
        super().__init__(f"{origin} ({self._path.reveal()})" if self._is_path() else origin)

    def _is_path(self) -> bool:
        """Return whether something is there, or could be: below a folder of the root."""
        path = self._path.reveal()
        is_deep = os.path.isabs(path) and path.replace("/", os.sep).count(os.sep) > 1
        return is_deep or path == STDIN or os.path.lexists(path)

    def _read(self) -> Secret:
        if self._kept is not None:
            return self._kept
        try:
            return self._read_file(self._path.reveal())
        except OSError as error:
            failure = error.strerror or type(error).__name__
        except ValueError:
            failure = "it is not UTF-8 text, or its path has a NUL inside"
        hint = "Give the path of a file that this user may read, not the secret itself."
        raise wrong(self.origin, f"cannot be read: {failure}", hint)

    def _read_file(self, path: str) -> Secret:
        is_stdin = path == STDIN
        if is_stdin and sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
            raise OSError(EBADF, "standard input is closed")
        with open(0 if is_stdin else path, "rb", closefd=not is_stdin) as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(LONGEST + 1)
            # As Docker mounts secrets: read-only, the mode not the user's.
            is_mounted = os.name != "posix" or os.fstatvfs(file.fileno()).f_flag & os.ST_RDONLY
        if len(data) > LONGEST:
            hint = "Give a file that holds the secret alone."
            raise wrong(self.origin, f"holds more than {LONGEST} bytes", hint)
        # Not decode("utf-16"): the first would import its codec, and no fetch imports anything.
        is_utf_16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # written by PowerShell's `>`
        text = utf_16_decode(data, "strict", True)[0] if is_utf_16 else data.decode()
        secret = Secret(text.removesuffix("\n").removesuffix("\r"))  # as every editor ends a file
        if S_ISREG(mode) and not is_stdin:
            if mode & 0o004 and not is_mounted:
                warn_once(f"{self.origin} can be read by every user: chmod 600")
            return secret
        self._kept = secret if data else self._kept
        if self._kept is None:
            hint = "A pipe can be read only once: share one TokenSource, or use a file."
            raise wrong(self.origin, "is empty", hint)
        return self._kept

    def cache_key(self, client_id: str, key: bytes) -> object:
        """Return the absolute path, masked."""
        path = self._path.reveal()
        with suppress(OSError):  # the current folder is gone
            return Secret(path if path == STDIN else os.path.abspath(path))
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        if not self._is_path():
            raise TypeError(f"{self.origin} leads nowhere, and may be the secret itself")
        return type(self), (self._path.reveal(), self._given_as)


class SecretCallable(SecretSource):
    """A function that returns the secret, such as a look-up in a vault.

    Args:
        function: Called for every fetch.
        origin: The argument that it was given as.
    """

    def __init__(self, function: Callable[[], object], origin: str = "client_secret()") -> None:
        super().__init__(origin)
        self._function = function

    def _read(self) -> Secret:
        try:
            secret = self._function()
            secret = secret.reveal() if isinstance(secret, Secret) else secret
            if isinstance(secret, str):
                return Secret(secret)
            failure = f"returned {type(secret).__name__}, not a string"
        except Exception as error:  # noqa: BLE001 - the user's function may raise anything
            failure = f"raised {type(error).__name__}"
        hint = "Call the function by hand to see why; it has to return the secret as str."
        raise wrong(self.origin, failure, hint)

    def cache_key(self, client_id: str, key: bytes) -> object:
        """Return the function."""
        with suppress(TypeError):
            hash(self._function)
            return self._function
        return self


def secret_source(given: object, origin: str = "client_secret") -> SecretSource:
    """Return the source for what a user gave as `client_secret`.

    Args:
        given: A string, a `Secret`, a `SecretSource`, or a function that returns the string.
        origin: The name of the argument, for messages.

    Raises:
        ConfigurationError: When it is none of those.
    """
    if isinstance(given, SecretSource):
        return given
    given = given.reveal() if isinstance(given, Secret) else given  # of whatever it was made
    if isinstance(given, str):
        return SecretValue(Secret(given), origin)
    if callable(given):
        return SecretCallable(given, f"{origin}()")
    what = f"must be a string or a function that returns one, not {type(given).__name__}"
    hint = "Give the plain secret, or a function without arguments that looks it up."
    raise wrong(origin, what, hint)
