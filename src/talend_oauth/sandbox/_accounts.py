"""The service accounts that the sandbox knows."""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from ._validators import boolean, is_printable, must_be

# The permission that the endpoint's documentation requires.
REQUIRED_PERMISSION = "TMC_SERVICE_ACCOUNT_MANAGEMENT"

_text = must_be("non-empty, printable text", lambda value: is_printable(value) and value != "")
_without_colon = must_be("text without a colon", lambda value: ":" not in value)


@attrs.frozen(kw_only=True)
class Account:
    """A service account.

    Args:
        client_id: The user name of HTTP Basic; random when not given.
        client_secret: The password of HTTP Basic; random when not given.
        name: Its display name.
        tenant_id: Identifier of its tenant.
        permissions: Its permissions. Without `TMC_SERVICE_ACCOUNT_MANAGEMENT` the token endpoint
            responds with 403, as documented.
        on_allowlist: Whether its requests come from an allowed address; otherwise 403.

    Raises:
        ValueError: When HTTP Basic cannot carry the credentials (RFC 7617, section 2).
    """

    client_id: str = attrs.field(
        factory=lambda: str(uuid.uuid4()), validator=[_text, _without_colon]
    )
    client_secret: str = attrs.field(
        factory=lambda: secrets.token_urlsafe(32), repr=False, validator=_text
    )
    name: str = attrs.field(default="sandbox service account", validator=_text)
    tenant_id: str = attrs.field(default="sandbox-tenant", validator=_text)
    permissions: tuple[str, ...] = (REQUIRED_PERMISSION,)
    on_allowlist: bool = attrs.field(default=True, validator=boolean)

    @property
    def refusal(self) -> str | None:
        """Reason for a 403 of the token endpoint, or None when there is none."""
        if not self.on_allowlist:
            return "the request does not come from an address on the allowlist"
        if REQUIRED_PERMISSION not in self.permissions:
            return f"the account lacks the permission {REQUIRED_PERMISSION}"
        return None


def find_account(accounts: Iterable[Account], client_id: str, client_secret: str) -> Account | None:
    """Return the account with these credentials, in a time that does not tell what is wrong."""
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
    if unknown := fields.keys() - attrs.fields_dict(Account).keys():
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
