"""A token in a shared store: its key, its form there, and what happens when the store fails."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress

from ._clock import Instant
from ._secrets import warn_once
from ._token import AccessToken, is_sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from ._secrets import Secret
    from ._settings import Settings
    from ._token_store import TokenStore

_FORM = 1  # of the record; another is a miss
_CLOCK_ERROR = 5.0  # seconds by which the clocks of two machines may differ


class SharedTokens:
    """The place of one token in a store.

    A store that fails is no failure of the token: it is warned of once, and the request is made
    as if there were none.

    Args:
        store: Where.
        settings: Who the token is for.
        secret: A key of the hash under which it is filed, so that another secret finds nothing.
    """

    def __init__(self, store: TokenStore, settings: Settings, secret: Secret) -> None:
        self._store = store
        self._key = store_key(settings, secret)

    def load(self, moment: Instant) -> AccessToken | None:
        """Return the token that is filed; None when there is none, or none that can be right."""
        try:
            record = self._store.load(self._key)
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            self._complain(error)
            return None
        return None if record is None else _parse(record, moment)

    def save(self, token: AccessToken, moment: Instant) -> None:
        """File a token for as long as it lives."""
        left = token.expires_in - token.age(moment)
        try:
            self._store.save(self._key, _format(token), left)
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            self._complain(error)

    @contextmanager
    def lock(self, seconds: float) -> Generator[None]:
        """Hold the lock of this token, or go on without it when it cannot be had in time."""
        held = None
        try:
            held = self._store.lock(self._key, seconds)
            held.__enter__()
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            held = None
            self._complain(error)
        try:
            yield
        finally:
            if held is not None:
                with suppress(Exception):
                    held.__exit__(None, None, None)

    def _complain(self, error: Exception) -> None:
        warn_once(
            f"the token store {type(self._store).__name__} failed ({type(error).__name__}); "
            "tokens are requested without it"
        )


def store_key(settings: Settings, secret: Secret) -> str:
    """Return the name under which tokens of these settings are filed: 32 hexadecimal digits."""
    from hashlib import blake2b

    parts = (settings.api_url, settings.client_id, settings.audience, settings.talend_version)
    whose = json.dumps(parts).encode()
    return secret.fingerprint(blake2b(whose, digest_size=32).digest()).hex()


def _format(token: AccessToken) -> str:
    return json.dumps(
        {
            "form": _FORM,
            "access_token": token.value,
            "expires_in": token.expires_in,
            "wall": token.requested.wall,
            "monotonic": token.requested.monotonic,
            "boot": _boot(),
        }
    )


def _parse(record: str, moment: Instant) -> AccessToken | None:
    try:
        fields = json.loads(record)
        if fields["form"] != _FORM or not is_sendable(fields["access_token"]):
            return None
        expires_in, wall = float(fields["expires_in"]), float(fields["wall"])
        monotonic = moment.monotonic - (moment.wall - wall)
        if fields["boot"] and fields["boot"] == _boot():
            # Since the same start of the same machine, its monotonic clock tells of set-backs.
            monotonic = float(fields["monotonic"])
        token = AccessToken(
            fields["access_token"], expires_in=expires_in, requested=Instant(wall, monotonic)
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    # Written in the future: the clock was set back, and the age cannot be known.
    age = token.age(moment)
    return token if -_CLOCK_ERROR < age < expires_in and wall < moment.wall + _CLOCK_ERROR else None


def _boot() -> str:
    """Return the identifier of this start of this machine; empty where there is none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        return ""
