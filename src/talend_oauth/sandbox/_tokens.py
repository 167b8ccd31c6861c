"""Issues, looks up and revokes tokens."""

import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._accounts import Account
from ._settings import Settings

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

CLAIMS = "https://talend.cloud/"
# Expired tokens are removed once there are so many.
PRUNE_ABOVE = 10_000


@dataclass(frozen=True)
class Issued:
    """A token that was issued.

    Attributes:
        account: The account it was issued to, with its permissions at that time.
        audience: The API that it is for.
        expires_at: When it expires, in seconds since the epoch.
    """

    account: Account
    audience: str
    expires_at: float


class Issuer:
    """Issues tokens and keeps those that it issued.

    Args:
        settings: Lifetime and form of the tokens.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._issued: dict[str, Issued] = {}
        self._key_lock = threading.Lock()
        self._key: RSAKey | None = None

    def issue(self, account: Account, audience: str, issuer: str) -> tuple[str, float]:
        """Return a token and its lifetime in seconds.

        Args:
            account: The account.
            audience: The API that it is for.
            issuer: Base URL of the server, for the claim `iss`.
        """
        now = self._clock()
        with self._lock:
            if self._settings.same_token:
                for token, issued in reversed(self._issued.items()):
                    same = issued.account == account and issued.audience == audience
                    if same and issued.expires_at > now:
                        return token, issued.expires_at - now
        lifetime = self._settings.token_lifetime
        if self._settings.opaque_tokens:
            token = f"sandbox-{secrets.token_urlsafe(32)}"
        else:
            token = self._sign(_claims(account, audience, issuer, now, lifetime))
        with self._lock:
            if len(self._issued) >= PRUNE_ABOVE:
                self._issued = {
                    old: kept for old, kept in self._issued.items() if kept.expires_at > now
                }
            self._issued[token] = Issued(account, audience, now + lifetime)
        return token, lifetime

    def find(self, token: str) -> Issued | None:
        """Return what is known of a token, or None when it is not valid."""
        with self._lock:
            issued = self._issued.get(token)
        return issued if issued is not None and issued.expires_at > self._clock() else None

    def revoke(self, token: str) -> bool:
        """Make a token invalid; return whether it was one of this server's."""
        with self._lock:
            return self._issued.pop(token, None) is not None

    def revoke_all(self) -> int:
        """Make every token invalid, and return how many there were."""
        with self._lock:
            count = len(self._issued)
            self._issued.clear()
            return count

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JWK Set (RFC 7517, section 5)."""
        return {"keys": [self.key().as_dict(private=False)]}

    def key(self) -> "RSAKey":
        """Return the key that tokens are signed with, made at the first call.

        No thread makes it in the background: a fork or an exit in the middle would be fatal.
        """
        from joserfc.jwk import RSAKey

        with self._key_lock:
            if self._key is None:
                self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
            return self._key

    def _sign(self, claims: dict[str, Any]) -> str:
        from joserfc import jwt

        key = self.key()
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key)


def _claims(
    account: Account, audience: str, issuer: str, now: float, lifetime: float
) -> dict[str, Any]:
    # Whole seconds, as real tokens have, unless the lifetime itself is a fraction.
    issued_at = int(now) if lifetime == int(lifetime) else now
    lifetime = int(lifetime) if lifetime == int(lifetime) else lifetime
    return {
        "iss": f"{issuer}/",
        "sub": f"{account.client_id}@clients",
        "aud": audience,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "jti": str(uuid.uuid4()),
        f"{CLAIMS}tenantId": account.tenant_id,
        f"{CLAIMS}permissions": list(account.permissions),
        f"{CLAIMS}serviceAccountName": account.name,
    }
