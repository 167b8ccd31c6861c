"""Masks secrets in text that came from a server, and makes it short and printable.

Servers and proxies echo what they were sent, whole or in parts, in bodies and in headers.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from talend_oauth._settings.secrets import Secret

# Each is tried once a word, not once a character: a server may send one word of 64 KiB.
_TOKENS = (
    r"(?:Basic|Bearer)\s+[^\s,;]+",
    r"(?<![\w-])[\w-]{12,}\.[\w-]{6,}\.[\w-]*",  # a JWT
)
_LONGEST_READ = 2000


class Mask:
    """Replaces by `***` what was sent in confidence, and whatever looks like a token.

    Args:
        client_id: Of the service account.
        secret: Of the service account.
    """

    def __init__(self, client_id: str, secret: Secret) -> None:
        forms = map(re.escape, _forms(client_id, secret))
        self._hidden = re.compile("|".join([*forms, *_TOKENS]), re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """Return the text masked, on one line, and no longer than 200 characters."""
        if len(text) > _LONGEST_READ:
            # No secret and no token has white space inside, so none is cut in two here.
            text = "".join(text[:_LONGEST_READ].rsplit(maxsplit=1)[:-1]) + " ..."
        return shortened(self._hidden.sub("***", text))


def _forms(client_id: str, secret: Secret) -> Iterator[str]:
    """Yield the credentials and the secret in every form in which they may come back."""
    for plain in (f"{client_id}:{secret.reveal()}", secret.reveal()):
        encoded = base64.b64encode(plain.encode()).decode().rstrip("=")
        yield encoded
        yield encoded.translate({ord("+"): "-", ord("/"): "_"})
        yield quote(encoded, safe="")
        yield quote(plain, safe="")
    yield secret.reveal()


def shortened(text: str, length: int = 200) -> str:
    """Return the text on one line without control characters, cut to a length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= length else f"{text[:length]}..."
