"""A ready token in place of a client id and secret: served while it lives, never renewed."""

from __future__ import annotations

from talend_oauth._clock import Instant, now
from talend_oauth._token import AccessToken, claims_of, is_sendable, lifetime_of, positive_number
from talend_oauth.errors import ConfigurationError

from .registry import REGISTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from talend_oauth._clock import Clock
    from talend_oauth._settings.settings import Settings

    from .cached_token import Slot


def slot_of_ready_token(settings: Settings, clock: Clock) -> Slot:
    """Return a new slot that holds the ready token of the settings.

    Raises:
        ConfigurationError: When it cannot stand in a header.
    """
    assert settings.access_token is not None  # noqa: S101 - the caller looked
    ready = settings.access_token  # never its text: this frame may stand in a traceback
    if not is_sendable(ready.reveal()):
        origin = settings.origins["access_token"].removeprefix("argument ")
        raise ConfigurationError(
            f"{origin} cannot stand in a header (RFC 6750, section 2.1).",
            hint="Give the token alone, without 'Bearer ' before it.",
        )
    moment, slot = now(clock), REGISTRY.slot(object())
    claims = claims_of(ready.reveal())
    ends = positive_number(claims.get("exp"))
    if ends is not None:
        lifetime = lifetime_of(None, claims)
        passed = moment.wall - (ends - lifetime)
    else:  # an opaque token does not say when it ends, so it is served until an API refuses it
        lifetime, passed = float("inf"), 0.0
    requested = Instant(moment.wall - passed, moment.monotonic - passed)
    slot.take_ready(AccessToken(ready.reveal(), expires_in=lifetime, requested=requested))
    return slot


def ready_token(slot: Slot, moment: Instant) -> AccessToken:
    """Return the token of such a slot.

    Raises:
        ConfigurationError: When it has ended.
    """
    with slot.lock:
        _, token = slot.decide(moment)
    if token is None:
        raise ConfigurationError(
            "The ready access token has ended.",
            hint="Set a new TALEND_ACCESS_TOKEN, or a client id and secret, which renew by "
            "themselves.",
        )
    return token
