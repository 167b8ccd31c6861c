"""A file as the place of a secret."""

from __future__ import annotations

import os

from talend_oauth._reporting import warn_once
from talend_oauth.errors import ConfigurationError

from .secrets import Secret
from .sources import SecretSource

_LARGEST_FILE = 65536


class SecretFile(SecretSource):
    """A file that holds nothing but the secret, as Docker and Kubernetes mount them.

    The path is shown only if it leads somewhere: a secret that was given in its place is not.

    Args:
        path: The file.
        origin: The argument or variable that named it.
    """

    __slots__ = ("_path",)

    def __init__(
        self, path: Secret | str | os.PathLike[str], origin: str = "client_secret_file"
    ) -> None:
        super().__init__(origin)
        self._path = path if isinstance(path, Secret) else Secret(os.fspath(path))

    @property
    def origin(self) -> str:
        """The argument or variable, and the path if it leads somewhere."""
        return f"{self._origin} ({self._path.reveal()})" if self._is_path() else self._origin

    def _is_path(self) -> bool:
        return _is_path(self._path.reveal())

    def read(self, client_id: str = "") -> Secret:
        """Return what the file holds now."""
        failure = ""
        try:
            secret = self._read_file()
        except UnicodeDecodeError:
            failure = "it is not UTF-8 text"
        except OSError as error:
            failure = error.strerror or type(error).__name__
        except ValueError:
            failure = "the path has a NUL inside"
        else:
            return secret.checked(self.origin, client_id)
        # Raised here and not above: the decoding error holds the bytes, and would be its context.
        raise ConfigurationError(
            f"{self.origin} cannot be read: {failure}.",
            hint="Give the path of a file that holds the secret and that this user may read, not "
            "the secret itself.",
        )

    def _read_file(self) -> Secret:
        with open(self._path.reveal(), encoding="utf-8") as file:  # noqa: PTH123
            status = os.fstat(file.fileno())
            if os.name == "posix" and status.st_mode & 0o004 and not _is_mounted(file.fileno()):
                warn_once(f"{self.origin} can be read by every user: chmod 600")
            return Secret(file.read(_LARGEST_FILE))

    def __getstate__(self) -> tuple[str, str]:
        if not self._is_path():
            raise TypeError(f"{self._origin} leads nowhere, and may be the secret itself")
        return self._path.reveal(), self._origin

    def __setstate__(self, state: tuple[str, str]) -> None:
        path, self._origin = state
        self._path = Secret(path)


def _is_mounted(file: int) -> bool:
    """Say whether a file is as Docker and Kubernetes mount secrets: its mode is not the user's."""
    return bool(os.fstatvfs(file).f_flag & os.ST_RDONLY)


def _is_path(text: str) -> bool:
    """Say whether a file is there, or could be: in a folder that exists, or below the root."""
    folder = os.path.dirname(text)  # noqa: PTH120 - pathlib costs start-up
    try:
        if os.path.lexists(text) or (folder and os.path.isdir(folder)):  # noqa: PTH112
            return True
    except ValueError:  # a NUL inside
        return False
    return os.path.isabs(text) and text.count(os.sep) > 1  # noqa: PTH117
