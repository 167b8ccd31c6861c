"""The access token: the string, its age and its lifetime. Never shown, never pickled."""

from __future__ import annotations

import binascii
import json
import re

from ._reporting import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn, Self, TypeGuard

    from ._clock import Instant

DEFAULT_LIFETIME = 1800.0  # Talend's how-to: a token "expires after 30 minutes"
LONGEST_LIFETIME = 86400.0  # more is taken for an error of the server, such as milliseconds


class AccessToken:
    """A bearer token and its lifetime.

    Its age is the larger of wall-clock and monotonic time since the request was sent: the first
    goes on while the machine is suspended, the second when the clock is set back.

    Attributes:
        value: The token itself, for an `Authorization` header. The only place that shows it.
        token_type: Scheme of the header, `Bearer` (RFC 6750).
        expires_in: Lifetime in seconds, counted from the moment the request was sent.
        issued_at: When the request was sent, in seconds since the epoch.
        expires_at: When the token expires, in seconds since the epoch.
    """

    __slots__ = ("expires_in", "requested", "value")

    token_type = "Bearer"  # noqa: S105 - the name of a scheme

    def __init__(self, value: str, *, expires_in: float, requested: Instant) -> None:
        self.value: str = value
        self.expires_in = expires_in
        self.requested = requested

    @property
    def authorization(self) -> str:
        """Value of an `Authorization` header (RFC 6750, section 2.1)."""
        return f"Bearer {self.value}"

    @property
    def issued_at(self) -> float:
        """When the request was sent, in seconds since the epoch."""
        return self.requested.wall

    @property
    def expires_at(self) -> float:
        """When the token expires, in seconds since the epoch."""
        return self.requested.wall + self.expires_in

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims of the JWT (RFC 7519), unverified; empty when it is not a JWT."""
        return claims_of(self.value)

    def age(self, now: Instant) -> float:
        """Return the seconds since the request was sent, by the faster of both clocks."""
        return max(now.wall - self.requested.wall, now.monotonic - self.requested.monotonic)

    def same_value(self, other: AccessToken | None) -> bool:
        """Return whether another token is the same string."""
        return other is not None and other.value == self.value

    def __repr__(self) -> str:
        return f"AccessToken(***, expires_in={self.expires_in:g})"

    def __format__(self, spec: str) -> str:
        warn_once("a token was put into a text, which shows a mask: use its value or authorization")
        return format(repr(self), spec)

    def __deepcopy__(self, memo: object = None) -> Self:
        return self

    __copy__ = __deepcopy__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token does not pickle: pickle the TokenSource, which gets its own")


def is_b64token(value: object) -> TypeGuard[str]:
    """Return whether a value can stand in an `Authorization` header (RFC 6750, section 2.1)."""
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", value) is not None


def claims_of(value: str) -> dict[str, Any]:
    """Return the claims of a JWT without verifying its signature; empty when it is none.

    The client only reads them: the API decides whether a token is valid.

    Source: RFC 7519, section 7.2; RFC 7515, section 3.1.
    """
    try:
        _, payload, _ = value.split(".")
        padded = f"{payload}=="  # as much as can be missing; more does no harm
        decoded = binascii.a2b_base64(padded.translate({45: "+", 95: "/"}))
        claims: dict[str, Any] | list[Any] | None = json.loads(decoded)
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def lifetime_of(
    expires_in: object,
    claims: Mapping[str, Any],
    *,
    now: float | None = None,
    server_now: float | None = None,
) -> float:
    """Return the lifetime of a token in seconds, counted from its request.

    It is the least of what the response says: `expires_in`, and of a JWT `exp - iat`. A token that
    was issued more than a minute before the request, or does not say when, has already used up a
    part of that: then `exp` counts as well, compared with the server's clock and with this
    machine's. If this machine's clock alone says that the token is over, the clock is wrong, since
    the server has just sent it: that is ignored.

    Without any of these it is the half hour that Talend's how-to states, and never more than a
    day. Zero and less mean that the token has expired.

    Args:
        expires_in: As the server sent it; anything that is not a number says nothing. Talend's
            reference calls it a string, RFC 6749 (section 5.1) a number.
        claims: Of the token, unverified.
        now: When the token was requested, in seconds since the epoch.
        server_now: The response's `Date`, in seconds since the epoch.
    """
    said = [number_in(expires_in)]
    expires, issued = number_in(claims.get("exp")), number_in(claims.get("iat"))
    if expires is not None:
        if issued is not None and issued < expires:  # otherwise `iat` means something else
            said.append(expires - issued)
        else:
            issued = float("-inf")
        for clock, is_right in ((now, False), (server_now, True)):
            # A token that was issued more than a minute before comes from a cache.
            if clock is not None and issued < clock - 60.0 and (is_right or expires > clock):
                said.append(expires - clock)
    seconds = [it for it in said if it is not None]
    return min(*seconds, LONGEST_LIFETIME) if seconds else DEFAULT_LIFETIME


def number_in(value: object) -> float | None:
    """Return a number, or a text that is one, as a float; None for anything else."""
    if isinstance(value, str):
        # also of seconds: "1800 s"
        match = re.fullmatch(r"([+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?) ?s?", value.strip())
        value = float(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None  # NaN is not equal to itself
    return float(max(-(10**18), min(value, 10**18)))  # an integer may be too large for a float
