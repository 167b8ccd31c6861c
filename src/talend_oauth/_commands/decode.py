"""`talend-oauth decode`: the claims of a token, unverified."""

from __future__ import annotations

import time

from talend_oauth._token import claims_of
from talend_oauth.errors import ConfigurationError

from . import _console as console
from ._parser import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LARGEST = 65536


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser(
        "decode",
        "Print the header and the claims of a JWT (RFC 7519) as JSON. The signature is not "
        "verified. The token is read from stdin: every user of the machine can read arguments.",
        examples=("talend-oauth token | talend-oauth decode", "talend-oauth decode token.txt"),
    )
    found.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="file that holds it (default: stdin)"
    )
    found.add_json()
    return found


def run(arguments: list[str]) -> int:
    """Print header and claims as JSON.

    Raises:
        ConfigurationError: When the file cannot be read or holds no JWT.
    """
    decoded = _decoded(parser().parse(arguments).file)
    if decoded is None:
        raise ConfigurationError(
            "This is not a JWT: three parts of base64url with dots between them.",
            hint="An opaque token has no claims; ask with talend-oauth whoami.",
        )
    console.write_json(decoded)
    console.flush()
    console.say(f"unverified; {expiry_words(decoded['claims'], time.time())}")
    return 0


def expiry_words(claims: Mapping[str, Any], now: float) -> str:
    """Return in words when a token expires.

    Args:
        claims: Of the token.
        now: Seconds since the epoch.
    """
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        return "it does not say when it expires"
    left = expires - now
    # A claim may hold any number; a hundred years have to do for words.
    amount = _duration(min(abs(left), 100 * 365 * 86400.0))
    return f"expires in {amount}" if left > 0 else f"expired {amount} ago"


def _duration(seconds: float) -> str:
    """Return a duration in its two largest units, in seconds only below two minutes."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    from dateutil.relativedelta import relativedelta

    span = relativedelta(minutes=round(seconds / 60))
    units = {"d": span.days, "h": span.hours, "min": span.minutes}
    return " ".join([f"{count} {unit}" for unit, count in units.items() if count][:2])


def _decoded(path: str) -> dict[str, Any] | None:
    # Within one expression each, so that the token is no local of a frame that raises.
    parts = _parts_of(_read(path))
    claims = claims_of(f".{parts[1]}.") if len(parts) == 3 else {}
    header = claims_of(f".{parts[0]}.") if claims else {}
    return {"header": header, "claims": claims} if claims and header else None


def _parts_of(text: bytes) -> list[str]:
    """Return header and payload of a token, and a place for its signature, which is dropped."""
    words = text.decode("ascii", "replace").split()
    parts = words[-1].split(".") if words else []
    return [*parts[:2], *("" for _ in parts[2:])]


def _read(path: str) -> bytes:
    if path == "-":
        import sys

        if console.is_terminal(sys.stdin):
            return console.ask("Token: ").encode("utf-8", "replace")
        return console.read_stdin("The token", _LARGEST)
    failure = ""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(_LARGEST)
    except (OSError, ValueError) as error:
        failure = getattr(error, "strerror", None) or type(error).__name__
    raise ConfigurationError(
        f"The file cannot be read: {failure}.",
        hint="Give the path of a file that holds the token, or pipe the token in.",
    )
