"""Parser of the `Authorization` header."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Authorization:
    """Credentials that a client sent.

    Attributes:
        scheme: `Basic` or `Bearer`, or None for anything else: a header without the scheme's
            name is the secret itself.
        client_id: The user name of HTTP Basic.
        client_secret: The password of HTTP Basic.
        token: The bearer token.
    """

    scheme: str | None = None
    client_id: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def parse_authorization(values: Sequence[bytes]) -> Authorization:
    """Parse the values of the `Authorization` headers of one request.

    More than one header is no valid credential; neither is anything that does not parse.
    Sources: RFC 7617, section 2; RFC 6750, section 2.1.
    """
    if len(values) != 1:
        return Authorization()
    scheme, _, rest = values[0].partition(b" ")
    rest = rest.strip(b" ")
    match scheme.lower():
        case b"basic":
            credentials = decode_basic(rest)
            return Authorization("Basic", *(credentials or ()))
        case b"bearer":
            return Authorization("Bearer", token=rest.decode("latin-1") or None)
        case _:
            return Authorization()


def decode_basic(value: bytes) -> tuple[str, str] | None:
    """Return client id and secret of HTTP Basic, or None when the value is not base64 of such."""
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    client_id, colon, client_secret = text.partition(":")
    return (client_id, client_secret) if colon else None
