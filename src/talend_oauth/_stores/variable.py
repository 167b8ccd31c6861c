"""The store that the variable `TALEND_OAUTH_STORE` names."""

from __future__ import annotations

import os

from talend_oauth._settings.secrets import hides_arguments
from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .file import FileStore
    from .protocol import TokenStore
    from .redis import RedisStore

_NAME = "TALEND_OAUTH_STORE"
_OFF = frozenset({"off", "false", "no", "none", "0"})
_REDIS = ("redis://", "rediss://", "unix://")


def store_of_environment() -> TokenStore | None:
    """Return the store that the variables describe; the usual folder without them.

    With a `TALEND_OAUTH_STORE_KEY`, it is an `EncryptedStore`.

    Raises:
        ConfigurationError: As `plain_store` and `EncryptedStore`.
    """
    store = plain_store()
    if store is None or not os.environ.get(f"{_NAME}_KEY"):
        return store
    from .encrypted import EncryptedStore

    return EncryptedStore(store)


@hides_arguments
def plain_store() -> FileStore | RedisStore | None:
    """Return the store that the variable names; the usual folder without it, None for `off`.

    Raises:
        ConfigurationError: When it is neither the full path of a folder nor the URL of a Redis.
    """
    text = os.environ.get(_NAME, "").strip()
    if text.lower() in _OFF:
        return None
    if text.lower().startswith(_REDIS):
        from .redis import RedisStore

        return RedisStore(text)
    from .file import FileStore

    folder = os.path.expanduser(text) if text.startswith("~") else text
    if folder and not os.path.isabs(folder):
        raise ConfigurationError(
            f"{_NAME} is neither 'off' nor the full path of a folder nor the URL of a Redis.",
            hint="Variables in it are not replaced here: write the path out, or begin with ~/.",
        )
    return FileStore(folder or None)
