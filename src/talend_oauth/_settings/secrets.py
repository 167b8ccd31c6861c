"""A secret that does not show itself, and what no secret can be.

Python's tracebacks can print the locals of every frame. So a raw secret is wrapped in the
expression that obtains it, is never a local of a frame that can raise, and leaves its wrapper
only in the expression that hands it to httpx or to a hash. A function that takes the raw text
returns what it finds wrong, and its caller raises.
"""

from __future__ import annotations

import re

from talend_oauth._reporting import warn_once
from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Self

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LONG_SECRET = re.compile(r"[A-Za-z0-9_-]{40,}")
_NO_VALUE = frozenset({"none", "null", "undefined"})
_PLACEHOLDER = re.compile(r"\$\{.*\}|\$\(.*\)|\{\{.*\}\}|<.*>", re.DOTALL)


class Secret:
    """A string that only `reveal()` gives out; never in a repr, a message or a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the string itself. Do not keep it in a variable."""
        return self._text

    def fingerprint(self, key: bytes) -> bytes:
        """Return a keyed hash, by which two secrets can be compared but not learned.

        Args:
            key: 16 to 64 bytes; a random one makes fingerprints useless outside the process.
        """
        from hashlib import blake2b

        return blake2b(
            self._text.encode("utf-8", "surrogatepass"), key=key, digest_size=16
        ).digest()

    def checked(self, origin: str, client_id: str = "") -> Secret:
        """Return the secret without white space around it, or say why it cannot be one.

        Talend documents no alphabet or length, so only what no HTTP header can carry, and what
        is certainly something else, is refused.

        Args:
            origin: Where it was given, for messages.
            client_id: The id that it belongs to, to recognise an encoded or swapped pair.

        Raises:
            ConfigurationError: When it is empty, holds white space or control characters, is
                quoted, a placeholder, the client id, or already encoded.
        """
        if self._text != self._text.strip() and self._text.strip():
            warn_once(
                f"{origin} has white space or a newline around it, which was removed "
                "(`echo` adds a newline: use `printf %s`)"
            )
            return Secret(self._text.strip()).checked(origin, client_id)
        problem = _problem_with(self._text, client_id)
        if problem is not None:
            raise ConfigurationError(f"{origin} {problem[0]}.", hint=problem[1])
        if _UUID.fullmatch(self._text) and _LONG_SECRET.fullmatch(client_id):
            warn_once(f"the client id and {origin} look exchanged: the id is usually the UUID")
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a secret or token given as a value does not pickle: name a variable or a file, or "
            "give a function, so that the other process reads it itself"
        )


class Unusable:
    """Stands for a value of a type that no setting has, so that the value is nowhere shown."""

    __slots__ = ("kind",)

    def __init__(self, value: object) -> None:
        self.kind = type(value).__name__

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def shown_id(client_id: str) -> str:
    """Return a client id for messages; its beginning only when it has the form of a secret.

    Who exchanges id and secret must not read the secret in a message or a log.
    """
    return f"{client_id[:4]}***" if _LONG_SECRET.fullmatch(client_id) else client_id


def general_problem(text: str) -> tuple[str, str] | None:
    """Return what cannot be in an id or a secret, and what to do; None when fine."""
    if text[:6].lower() == "basic ":
        return "begins with 'Basic '", "Give the plain value; the header is made from it."
    if text[0] == text[-1] and text[0] in "\"'`" and len(text) > 1:
        return "has quotes around it", "Remove them; they are not part of the value."
    if text.lower() in _NO_VALUE:
        return f"is the word {text!r}", "A program wrote its missing value there: set the real one."
    if _PLACEHOLDER.fullmatch(text):
        return "is a placeholder", "Something that should have replaced it did not run."
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        return (
            "has a control character inside, such as a line break",
            "Copy it again as one line; GNU base64 and some editors wrap long lines.",
        )
    if any(c.isspace() for c in text):
        return "has white space inside", "Copy it again; it is one word."
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        return "is not valid UTF-8", "Save it as plain text in UTF-8."
    return None


def _problem_with(text: str, client_id: str) -> tuple[str, str] | None:
    """Return what is wrong and what to do, both without any of the text; None when fine."""
    if not text.strip():
        return "is empty", "Set it to the secret that was shown when the account was created."
    problem = general_problem(text)
    if problem is not None:
        return problem
    if text == client_id:
        return "is the client id", "Set it to the secret that belongs to this id."
    if is_encoded_pair(text, client_id):
        return (
            "looks already encoded: it is the base64 of an id and a secret",
            "Give the plain secret; the header is made from it.",
        )
    return None


def is_encoded_pair(text: str, client_id: str = "") -> bool:
    """Say whether a text is the base64 of an id, a colon and a secret."""
    import base64

    try:
        pair = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    if client_id and pair.startswith(f"{client_id}:".encode("utf-8", "replace")):
        return True
    name, colon, rest = pair.partition(b":")
    return bool(colon and name and rest) and all(0x21 <= byte < 0x7F for byte in pair)
