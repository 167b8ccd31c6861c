"""The record of a token in a store: its key, its format, and what happens if the store fails."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager, suppress
from errno import errorcode
from hashlib import blake2b

from talend_oauth._clock import Instant
from talend_oauth._reporting import warn_once
from talend_oauth._token import AccessToken
from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeVar

    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings

    from .protocol import TokenStore

    T = TypeVar("T")

_FORMAT = 2  # of the record; any other is a miss
_CLOCK_ERROR = 5.0  # seconds by which the clocks of two machines may differ


class StoredToken:
    """One token in a store.

    A store that fails does not fail the fetch: it is warned of once, and the token is requested
    without it. It is not called again by this object, since each call could take as long.

    Args:
        store: The store; None if there is none, which costs nothing.
        settings: Of the account that the token is for.
        secret: Part of the key, so that a token is found with the same secret only. It also
            seals the record: one that was damaged or written without the secret is a miss.
    """

    def __init__(self, store: TokenStore | None, settings: Settings, secret: Secret) -> None:
        self._store: Any = store
        self._secret = secret
        self._key = store_key(settings, secret)
        self._works = store is not None

    def load(self, now: Instant) -> AccessToken | None:
        """Return the stored token if it is valid, else None."""
        return self._call(lambda: self._parse(self._store.load(self._key), now))

    def save(self, token: AccessToken, left_seconds: float) -> None:
        """Save a token for the seconds that it has left."""
        self._call(lambda: self._store.save(self._key, self._format(token), left_seconds))

    @contextmanager
    def lock(self, seconds: float) -> Generator[None]:
        """Hold the lock of this token, or go on without it if it cannot be had in time."""
        held = ExitStack()
        self._call(lambda: self._acquire(held, seconds))
        try:
            yield
        finally:
            with suppress(Exception, SystemExit):
                held.close()

    def _acquire(self, held: ExitStack, seconds: float) -> None:
        # If a holder is slow, one more process may fetch after half of the time, which a second
        # lock decides. If all of them did, a slow server would get a herd of requests.
        for key in (self._key, self._key[::-1]):
            with suppress(TimeoutError):
                held.enter_context(self._store.lock(key, seconds / 2))
                return

    def _call(self, method: Callable[[], T]) -> T | None:
        """Return what a method of the store returns; None, and one warning, if it fails."""
        if not self._works:
            return None
        try:
            return method()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a store may raise anything
            # What is known to hold no secret: no foreign message.
            failure = f"{type(self._store).__name__} failed ({type(error).__name__})"
            if isinstance(error, ConfigurationError):
                failure += f": {error.message} {error.hint}"
            elif isinstance(error, OSError) and error.errno in errorcode:
                failure += f": {os.strerror(error.errno or 0)}"
        # Not in the handler: the store's error, with the record in it, would be the context.
        self._works = False
        with suppress(ConfigurationError):  # warnings are errors: even so, not of the token
            warn_once(f"the token store {failure}; tokens are requested without it")
        return None

    def _format(self, token: AccessToken) -> str:
        fields = {"format": _FORMAT, "access_token": token.value, "expires_in": token.expires_in}
        fields |= {**token.requested._asdict(), "boot": _boot()}
        return json.dumps({**fields, "seal": _fingerprint(self._secret, self._key, fields)})

    def _parse(self, found: str | tuple[str, float] | None, now: Instant) -> AccessToken | None:
        record, left = found if isinstance(found, tuple) else (found or "", float("inf"))
        try:
            fields = json.loads(record)
            seal = fields.pop("seal")
            if seal != _fingerprint(self._secret, self._key, fields) or fields["format"] != _FORMAT:
                return None
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return None
        expires_in, wall, monotonic = fields["expires_in"], fields["wall"], fields["monotonic"]
        # Saved in the future: a clock was set, so the age is unknown, unless the store knows it.
        is_undated = wall > now.wall + _CLOCK_ERROR and left > expires_in
        if not fields["boot"] or fields["boot"] != _boot():
            # Another machine, or an earlier start of this one: its monotonic clock says nothing.
            wall -= _CLOCK_ERROR  # rather too old than returned after it has expired
            monotonic = now.monotonic - (now.wall - wall)
        age = max(now.wall - wall, now.monotonic - monotonic)
        if is_undated or left <= 0 or age >= expires_in:
            return None
        excess = expires_in - age - left  # by which the writer's clock is ahead of the store's
        excess = excess if excess > _CLOCK_ERROR else 0.0
        requested = Instant(wall - excess, monotonic - excess)
        return AccessToken(fields["access_token"], expires_in=expires_in, requested=requested)


def store_key(settings: Settings, secret: Secret) -> str:
    """Return the key of the token of these settings: 32 hexadecimal digits."""
    who = settings.api_url, settings.client_id, settings.audience, settings.talend_version
    return _fingerprint(secret, *who)


def _fingerprint(secret: Secret, *parts: object) -> str:
    return secret.fingerprint(blake2b(json.dumps(parts).encode()).digest()).hex()


def _boot() -> str:
    """Return the identifier of this start of this machine; empty where there is none."""
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        return file.read().strip()
    return ""
