"""The `Authorization` header of a request, taken apart."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Authorization:
    """What a client sent to say who it is.

    Attributes:
        scheme: `Basic` or `Bearer`, or None for anything else: without the scheme word the
            header would be the secret itself.
        client_id: The user name of HTTP Basic.
        client_secret: The password of HTTP Basic.
        token: The token of a bearer.
    """

    scheme: str | None = None
    client_id: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def parse_authorization(values: Sequence[bytes]) -> Authorization:
    """Take apart the values of the `Authorization` headers of one request.

    More than one header is no valid credential; neither is anything that does not parse.
    Sources: RFC 7617, section 2; RFC 6750, section 2.1.
    """
    if len(values) != 1:
        return Authorization()
    scheme, _, rest = values[0].partition(b" ")
    rest = rest.strip(b" ")
    match scheme.lower():
        case b"basic":
            pair = _decode(rest)
            if pair is None:
                return Authorization("Basic")
            client_id, _, client_secret = pair.partition(":")
            return Authorization("Basic", client_id, client_secret)
        case b"bearer":
            return Authorization("Bearer", token=rest.decode("latin-1") or None)
        case _:
            return Authorization()


def _decode(value: bytes) -> str | None:
    try:
        pair = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return pair if ":" in pair else None
