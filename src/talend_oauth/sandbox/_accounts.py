"""The service accounts that the sandbox knows."""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What the documentation of the endpoint demands of an account.
REQUIRED_PERMISSION = "TMC_SERVICE_ACCOUNT_MANAGEMENT"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A service account.

    Args:
        client_id: Its id, the user name of HTTP Basic; random when not given.
        client_secret: Its secret, the password of HTTP Basic; random when not given.
        name: What a person calls it.
        tenant_id: Identifier of the tenant that it belongs to.
        permissions: What it may do. Without `TMC_SERVICE_ACCOUNT_MANAGEMENT` the token endpoint
            answers 403, as documented.
        on_allowlist: Whether its requests come from an allowed address; otherwise 403.

    Raises:
        ValueError: When the pair cannot be sent by HTTP Basic (RFC 7617, section 2).
    """

    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    name: str = "sandbox service account"
    tenant_id: str = "sandbox-tenant"
    permissions: tuple[str, ...] = (REQUIRED_PERMISSION,)
    on_allowlist: bool = True

    def __post_init__(self) -> None:
        for name in ("client_id", "client_secret", "name", "tenant_id"):
            value: object = getattr(self, name)
            if not isinstance(value, str) or not value or not value.isprintable():
                raise ValueError(f"{name} of an account must be non-empty, printable text")
        if ":" in self.client_id:
            raise ValueError("client_id of an account must not hold a colon")
        if type(self.on_allowlist) is not bool:
            raise ValueError("on_allowlist of an account must be true or false")

    @property
    def refusal(self) -> str | None:
        """Why the token endpoint answers 403, or None when it does not."""
        if not self.on_allowlist:
            return "the request does not come from an address on the allowlist"
        if REQUIRED_PERMISSION not in self.permissions:
            return f"the account lacks the permission {REQUIRED_PERMISSION}"
        return None


def find_account(accounts: Iterable[Account], client_id: str, client_secret: str) -> Account | None:
    """Return the account with this pair, in a time that does not depend on which part is wrong."""
    given = _digest(client_id), _digest(client_secret)
    found = None
    for account in accounts:
        same_id = hmac.compare_digest(_digest(account.client_id), given[0])
        same_secret = hmac.compare_digest(_digest(account.client_secret), given[1])
        if same_id & same_secret:
            found = account
    return found


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def account_from_json(item: object) -> Account:
    """Make an account from an object of a JSON file.

    Raises:
        ValueError: When it has unknown fields or lacks the id or the secret.
    """
    if not isinstance(item, Mapping):
        raise ValueError("an account must be a JSON object")  # noqa: TRY004 - one error for bad data
    fields: dict[str, Any] = {str(key): value for key, value in item.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if unknown := fields.keys() - Account.__dataclass_fields__.keys():
        raise ValueError(f"an account has no field {', '.join(sorted(unknown))}")
    if missing := {"client_id", "client_secret"} - fields.keys():
        raise ValueError(f"an account lacks {', '.join(sorted(missing))}")
    permissions: object = fields.get("permissions", [REQUIRED_PERMISSION])
    if not isinstance(permissions, list) or not all(isinstance(p, str) for p in permissions):  # pyright: ignore[reportUnknownVariableType]
        raise ValueError("permissions of an account must be a list of strings")
    fields["permissions"] = tuple(permissions)  # pyright: ignore[reportUnknownArgumentType]
    return Account(**fields)


def load_accounts(path: Path) -> tuple[Account, ...]:
    """Read accounts from a JSON file: a list of objects with the fields of `Account`.

    Raises:
        ValueError: When the file does not hold such a list.
        OSError: When it cannot be read.
    """
    try:
        data: object = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        # The parser's own message quotes the text, which holds secrets.
        raise ValueError(f"{path} is not JSON") from None
    if not isinstance(data, list) or not data:
        raise ValueError(f"{path} must hold a JSON list with at least one account")
    return tuple(account_from_json(item) for item in data)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
