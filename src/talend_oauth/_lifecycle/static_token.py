"""A token that the user brings (`TALEND_ACCESS_TOKEN`), served until it expires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talend_oauth._clock import Instant, now
from talend_oauth._token import AccessToken, claims_of, is_b64token, lifetime_of, number_in
from talend_oauth.errors import ConfigurationError

from .cached_token import CachedToken, State

if TYPE_CHECKING:
    from talend_oauth._clock import Clock
    from talend_oauth._settings.settings import Settings


def static_token(settings: Settings, clock: Clock) -> CachedToken:
    """Return a cached token without fetches.

    Args:
        settings: With an access token.
        clock: Tells how much of its lifetime is left.

    Raises:
        ConfigurationError: When the token cannot be sent in a header.
    """
    assert settings.access_token is not None  # noqa: S101 - the caller looked
    given = settings.access_token  # never its text: this frame may stand in a traceback
    origin = settings.origins["access_token"]
    if not is_b64token(given.reveal()):
        raise ConfigurationError(
            f"{origin} cannot be sent in a header (RFC 6750, section 2.1).",
            hint="Give the token alone, without 'Bearer ' before it.",
        )
    moment, claims = now(clock), claims_of(given.reveal())
    expires = number_in(claims.get("exp"))
    if expires is None:  # it does not say when it expires: served until an API rejects it
        lifetime, age = float("inf"), 0.0
    else:
        lifetime = lifetime_of(None, claims)
        age = moment.wall - (expires - lifetime)
    requested = Instant(moment.wall - age, moment.monotonic - age)
    token = AccessToken(given.reveal(), expires_in=lifetime, requested=requested)
    return CachedToken(State(token).evolve(paused_until=float("inf")), origin)  # never refreshed
