"""An issued token: the string, its age and its lifetime. Never shown, never pickled."""

from __future__ import annotations

import re

from ._reporting import warn_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn, Self, TypeGuard

    from ._clock import Instant

DEFAULT_LIFETIME = 1800.0  # Talend's how-to: a token "expires after 30 minutes"
LONGEST_LIFETIME = 86400.0  # what says more is taken for an error of the server, not for a year
_DIGITS = re.compile(r"[0-9]{1,18}")
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750, section 2.1


class AccessToken:
    """A bearer token with its life.

    Age is the larger of wall-clock and monotonic time since the request was sent: the first goes
    on while the machine is suspended, the second when somebody sets the clock back.

    Attributes:
        value: The token itself, for an `Authorization` header. The only place that shows it.
        token_type: Scheme of the header, `Bearer` (RFC 6750).
        expires_in: Lifetime in seconds, counted from the moment the request was sent.
        issued_at: When the request was sent, in seconds since the epoch.
        expires_at: When the token ends, in seconds since the epoch.
    """

    __slots__ = ("_claims", "_value", "expires_in", "requested")

    token_type = "Bearer"  # noqa: S105 - the name of a scheme

    def __init__(self, value: str, *, expires_in: float, requested: Instant) -> None:
        self._value = value
        self._claims: Mapping[str, Any] | None = None
        self.expires_in = expires_in
        self.requested = requested

    @property
    def value(self) -> str:
        """The token itself."""
        return self._value

    @property
    def authorization(self) -> str:
        """Value of an `Authorization` header (RFC 6750, section 2.1)."""
        return f"Bearer {self._value}"

    @property
    def issued_at(self) -> float:
        """When the request was sent, in seconds since the epoch."""
        return self.requested.wall

    @property
    def expires_at(self) -> float:
        """When the token ends, in seconds since the epoch."""
        return self.requested.wall + self.expires_in

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims of the JWT (RFC 7519), unverified; empty when it is not a JWT."""
        if self._claims is None:
            self._claims = claims_of(self._value)
        return self._claims

    def age(self, now: Instant) -> float:
        """Return the seconds since the request was sent, by the faster of both clocks."""
        return max(now.wall - self.requested.wall, now.monotonic - self.requested.monotonic)

    def same_value(self, other: AccessToken | None) -> bool:
        """Say whether another token is the same string."""
        return other is not None and other._value == self._value

    def __repr__(self) -> str:
        return f"AccessToken(***, expires_in={self.expires_in:g})"

    def __format__(self, spec: str) -> str:
        warn_once("a token was put into a text, which shows a mask: use its value or authorization")
        return format(repr(self), spec)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token does not pickle: pickle the TokenSource, which gets its own")


def is_sendable(value: str) -> bool:
    """Say whether the text can stand in an `Authorization` header as a bearer token."""
    return _B64TOKEN.fullmatch(value) is not None


def claims_of(value: str) -> dict[str, Any]:
    """Return the claims of a JWT without verifying its signature; empty when it is none.

    The client only reads them: whether a token is good is for the server to say.

    Source: RFC 7519, section 7.2; RFC 7515, section 3.1.
    """
    import binascii
    import json

    parts = value.split(".")
    if len(parts) != 3:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(binascii.a2b_base64(padded.translate({45: "+", 95: "/"})))
    except (ValueError, RecursionError):
        return {}
    return claims if _is_object(claims) else {}


def _is_object(parsed: object) -> TypeGuard[dict[str, Any]]:
    # The keys of a JSON object are always strings.
    return isinstance(parsed, dict)


def lifetime_of(expires_in: object, claims: Mapping[str, Any]) -> float:
    """Return the lifetime of a token in seconds.

    `expires_in` counts when it is a positive number or the digits of one: Talend's reference
    calls it a string, RFC 6749 (section 5.1) a number. Otherwise the JWT says it by itself, as
    `exp - iat`, in which an error of this machine's clock cancels out. Otherwise it is the half
    hour that Talend's how-to states. What is absurdly long is cut to a day.

    Args:
        expires_in: As the server sent it, or anything else when it did not.
        claims: Of the token, unverified.
    """
    seconds = positive_number(expires_in)
    if seconds is None:
        end, start = positive_number(claims.get("exp")), positive_number(claims.get("iat"))
        seconds = positive_number(end - start) if end and start else None
    return min(seconds or DEFAULT_LIFETIME, LONGEST_LIFETIME)


def positive_number(value: object) -> float | None:
    """Return a number, or the digits of one, as a number above zero; None for anything else."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # The comparison is false for NaN; an integer too large for a float is as good as a day.
    return float(min(value, 1e18)) if value > 0 else None
