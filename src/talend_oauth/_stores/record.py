"""A token in a shared store: its key, its form there, and what happens when the store fails."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress

from talend_oauth._clock import Instant
from talend_oauth._reporting import warn_once
from talend_oauth._token import LONGEST_LIFETIME, AccessToken, is_sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings

    from .protocol import TokenStore

_FORM = 1  # of the record; another is a miss
_CLOCK_ERROR = 5.0  # seconds by which the clocks of two machines may differ


class SharedTokens:
    """The place of one token in a store.

    A store that fails is no failure of the token: it is warned of once, and the request is made
    as if there were none. It is not asked again either, since each time could take as long.

    Args:
        store: Where.
        settings: Who the token is for.
        secret: A key of the hash under which it is filed, so that another secret finds nothing.
    """

    def __init__(self, store: TokenStore, settings: Settings, secret: Secret) -> None:
        self._store = store
        self._key = store_key(settings, secret)
        self._works = True

    def load(self, moment: Instant) -> AccessToken | None:
        """Return the token that is filed; None when there is none, or none that can be right."""
        if not self._works:
            return None
        record, failure = None, ""
        try:
            record = self._store.load(self._key)
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            failure = type(error).__name__
        if failure:
            self._complain(failure)
        return None if record is None else _parse(record, moment)

    def save(self, token: AccessToken, left: float) -> None:
        """File a token for the seconds that it has left."""
        if not self._works:
            return
        failure = ""
        try:
            self._store.save(self._key, _format(token), left)
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            failure = type(error).__name__
        if failure:  # not above: the store's error would be the context, with the record in it
            self._complain(failure)

    @contextmanager
    def lock(self, seconds: float) -> Generator[None]:
        """Hold the lock of this token, or go on without it when it cannot be had in time."""
        held = self._enter(seconds) if self._works else None
        try:
            yield
        finally:
            if held is not None:
                with suppress(Exception):
                    held.__exit__(None, None, None)

    def _enter(self, seconds: float) -> AbstractContextManager[object] | None:
        failure = ""
        try:
            held = self._store.lock(self._key, seconds)
            held.__enter__()
        except TimeoutError:  # the store works; its lock is held by somebody who is slow
            return None
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            failure = type(error).__name__
        else:
            return held
        self._complain(failure)
        return None

    def _complain(self, failure: str) -> None:
        self._works = False
        warn_once(
            f"the token store {type(self._store).__name__} failed ({failure}); "
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
        if wall > moment.wall + _CLOCK_ERROR or not 0 < expires_in <= LONGEST_LIFETIME:
            return None  # written in the future: a clock was set, and the age cannot be known
        if fields["boot"] and fields["boot"] == _boot():
            # Since the same start of the same machine, its monotonic clock tells of set-backs.
            monotonic = float(fields["monotonic"])
        else:
            wall -= _CLOCK_ERROR  # rather too old than served after its end
            monotonic = moment.monotonic - (moment.wall - wall)
        token = AccessToken(
            fields["access_token"], expires_in=expires_in, requested=Instant(wall, monotonic)
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return token if token.age(moment) < expires_in else None


def _boot() -> str:
    """Return the identifier of this start of this machine; empty where there is none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        return ""
