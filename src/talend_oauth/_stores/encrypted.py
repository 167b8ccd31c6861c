"""A token store that encrypts the records of another. Needs the extra `encryption`."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from talend_oauth._reporting import warn_once
from talend_oauth._settings.secrets import Secret, hides_arguments
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cryptography.fernet import MultiFernet

    from .protocol import TokenStore

_VARIABLE = "TALEND_OAUTH_STORE_KEY"


class EncryptedStore:
    """Encrypts the records of another store, so that reading that store gives no token.

    A record that cannot be decrypted counts as none, and a warning says so once.

        store = EncryptedStore(RedisStore("redis://host/0"))  # key from TALEND_OAUTH_STORE_KEY

    Args:
        store: A `RedisStore`, a `FileStore` or one of your own.
        key: What `Fernet.generate_key()` of cryptography returned; or several, separated by commas:
            the first encrypts, and each decrypts. The default is the variable
            `TALEND_OAUTH_STORE_KEY`. A store that was given its key here cannot be pickled.

    Raises:
        ConfigurationError: If the key is missing or not one of Fernet, or cryptography is not
            installed.
    """

    @hides_arguments
    def __init__(self, store: TokenStore, key: str | bytes | Secret | None = None) -> None:
        self._store = store
        self._key = None if key is None else _as_secret(key)
        variable = Secret(os.environ.get(_VARIABLE, ""))
        name = _VARIABLE if key is None else "The key of the EncryptedStore"
        self._fernet, self._failure = _fernet(self._key or variable, name)

    def load(self, key: str) -> str | tuple[str, float] | None:
        """Return the record of a key, and the seconds left if the store knows them."""
        found = self._store.load(key)
        record, left = found if isinstance(found, tuple) else (found, None)
        if record is None:
            return None
        try:
            text = self._fernet.decrypt(record.encode(errors="replace")).decode()
        except self._failure:
            name = type(self._store).__name__
            warn_once(f"a record in the {name} was not encrypted with this key, and is not used")
            return None
        return text if left is None else (text, left)

    def save(self, key: str, record: str, seconds: float) -> None:
        """Encrypt and save a record; see `TokenStore`."""
        self._store.save(key, self._fernet.encrypt(record.encode()).decode(), seconds)

    def lock(self, key: str, seconds: float) -> AbstractContextManager[object]:
        """Hold the lock of a key; see `TokenStore`."""
        return self._store.lock(key, seconds)

    def __reduce__(self) -> tuple[type[EncryptedStore], tuple[TokenStore, Secret | None]]:
        return type(self), (self._store, self._key)  # a Secret refuses

    def __repr__(self) -> str:
        return f"EncryptedStore({type(self._store).__name__}, key=***)"


def _as_secret(key: str | bytes | Secret) -> Secret:
    text = key.decode(errors="replace") if isinstance(key, bytes) else key
    return text if isinstance(text, Secret) else Secret(str(text))


def _fernet(key: Secret, name: str) -> tuple[MultiFernet, type[Exception]]:
    """Return what encrypts and decrypts, and the exception that it raises."""
    try:
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet
    except ImportError:
        hint = "Install it: pip install 'talend-oauth[encryption]'"
        raise ConfigurationError("EncryptedStore needs cryptography.", hint=hint) from None
    with suppress(ValueError):
        keys = [Fernet(one) for one in key.reveal().replace(",", " ").split()]
        return MultiFernet(keys), InvalidToken
    hint = "Make one with cryptography.fernet.Fernet.generate_key()."
    raise ConfigurationError(f"{name} is not a key of Fernet, or several with commas.", hint=hint)
