"""A secret that does not show itself, and the places a secret can come from.

Python's tracebacks can print the locals of every frame. So a raw secret is wrapped in the
expression that obtains it, is never a local of a frame that can raise, and leaves its wrapper
only in the expression that hands it to httpx or to a hash.
"""

from __future__ import annotations

import os
import re
import warnings

from .errors import ConfigurationError, TalendOAuthWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, Self

    from ._settings import SettingsOptions

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LONG_SECRET = re.compile(r"[A-Za-z0-9_-]{40,}")
_already_warned: set[str] = set()


def warn_once(text: str) -> None:
    """Issue a `TalendOAuthWarning` the first time this process meets the text."""
    if text not in _already_warned:
        _already_warned.add(text)
        warnings.warn(text, TalendOAuthWarning, stacklevel=2)


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
                quoted, or is already encoded.
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


def _problem_with(text: str, client_id: str) -> tuple[str, str] | None:
    """Return what is wrong and what to do, both without any of the text; None when fine."""
    if not text.strip():
        return "is empty", "Set it to the secret that was shown when the account was created."
    if text[:6].lower() == "basic ":
        return "begins with 'Basic '", "Give the plain secret; the header is made from it."
    if text[0] == text[-1] and text[0] in "\"'`" and len(text) > 1:
        return "has quotes around it", "Remove them; they are not part of the secret."
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        return (
            "has a control character inside, such as a line break",
            "Copy it again as one line; GNU base64 and some editors wrap long lines.",
        )
    if any(c.isspace() for c in text):
        return "has white space inside", "Copy it again; a secret is one word."
    if any(0xD800 <= ord(c) < 0xE000 for c in text):
        return "is not valid UTF-8", "Save it as plain text in UTF-8."
    if _is_encoded_pair(text, client_id):
        return (
            "looks already encoded: it is the base64 of an id and a secret",
            "Give the plain secret; the header is made from it.",
        )
    return None


def _is_encoded_pair(text: str, client_id: str) -> bool:
    import base64

    try:
        pair = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    if client_id and pair.startswith(f"{client_id}:".encode("utf-8", "replace")):
        return True
    name, colon, rest = pair.partition(b":")
    return bool(colon and name and rest) and all(0x21 <= byte < 0x7F for byte in pair)


class SecretSource:
    """Where the secret is; read again for every token, so that it can change meanwhile."""

    __slots__ = ("origin",)

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def read(self, client_id: str = "") -> Secret:
        """Return the secret as it is now.

        Args:
            client_id: The id that it belongs to, for the checks.

        Raises:
            ConfigurationError: When it cannot be read or cannot be a secret.
        """
        raise NotImplementedError

    def identity(self, client_id: str, key: bytes) -> object:
        """Return something equal for sources that give the same secret now.

        Args:
            client_id: The id that it belongs to, for the checks.
            key: The key of the hash.
        """
        return self.read(client_id).fingerprint(key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.origin!r})"


class SecretValue(SecretSource):
    """The secret itself."""

    __slots__ = ("_secret",)

    def __init__(self, secret: Secret, origin: str = "client_secret") -> None:
        super().__init__(origin)
        self._secret = secret

    def read(self, client_id: str = "") -> Secret:
        """Return the value."""
        return self._secret.checked(self.origin, client_id)


class SecretVariable(SecretSource):
    """A variable of the environment."""

    __slots__ = ()

    def read(self, client_id: str = "") -> Secret:
        """Return what the variable holds now."""
        return Secret(os.environ.get(self.origin, "")).checked(self.origin, client_id)


class SecretFile(SecretSource):
    """A file that holds nothing but the secret, as Docker and Kubernetes mount them."""

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str], origin: str = "client_secret_file") -> None:
        super().__init__(f"{origin} ({os.fspath(path)})")
        self.path = os.fspath(path)

    def read(self, client_id: str = "") -> Secret:
        """Return what the file holds now."""
        failure = ""
        try:
            secret = self._read_file()
        except UnicodeDecodeError:
            failure = "it is not UTF-8 text"
        except OSError as error:
            failure = error.strerror or type(error).__name__
        else:
            return secret.checked(self.origin, client_id)
        # Raised here and not above: the decoding error holds the bytes, and would be its context.
        raise ConfigurationError(
            f"{self.origin} cannot be read: {failure}.",
            hint="Give the path of a file that holds the secret and that this user may read.",
        )

    def _read_file(self) -> Secret:
        with open(self.path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs start-up
            status = os.fstat(file.fileno())
            if os.name == "posix" and status.st_mode & 0o004:
                warn_once(f"{self.origin} can be read by every user: chmod 600")
            return Secret(file.read(65536))


class SecretCallable(SecretSource):
    """A function that returns the secret, such as a look-up in a vault."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], str], origin: str = "client_secret()") -> None:
        super().__init__(origin)
        self._function = function

    def read(self, client_id: str = "") -> Secret:
        """Return what the function returns now."""
        failure = ""
        try:
            secret = self._call()
        except Exception as error:  # noqa: BLE001 - the user's function may raise anything
            failure = f"raised {type(error).__name__}"
        else:
            if secret is not None:
                return secret.checked(self.origin, client_id)
            failure = "did not return a string"
        raise ConfigurationError(
            f"{self.origin} {failure}.",
            hint="Call the function by hand to see why; it has to return the secret as str.",
        )

    def _call(self) -> Secret | None:
        # A frame that raises only what the function raised; the text is never one of its locals.
        return _wrapped(self._function())

    def identity(self, client_id: str, key: bytes) -> object:
        """Return the function: calling it may be slow, and is left to the renewal."""
        del client_id, key
        return self._function


def _wrapped(value: object) -> Secret | None:
    return Secret(value) if isinstance(value, str) else None


def secret_source(
    given: str | Secret | SecretSource | Callable[[], str], origin: str = "client_secret"
) -> SecretSource:
    """Return the source for what a user gave as `client_secret`.

    Args:
        given: A string, a `Secret`, a `SecretSource`, or a function that returns the string.
        origin: The name of the argument, for messages.

    Raises:
        ConfigurationError: When it is none of those.
    """
    if isinstance(given, SecretSource):
        return given
    if isinstance(given, Secret):
        return SecretValue(given, origin)
    if isinstance(given, str):
        return SecretValue(Secret(given), origin)
    if callable(given):  # a check at run time: not everybody's code is type-checked
        return SecretCallable(given, f"{origin}()")
    raise ConfigurationError(
        f"{origin} is a {type(given).__name__}, not a string or a function that returns one.",
        hint="Give the plain secret, or a function without arguments that looks it up.",
    )


def masked(options: SettingsOptions) -> SettingsOptions:
    """Wrap the secrets among the arguments of a public function, as the first thing it does.

    Args:
        options: Keyword arguments; not changed.
    """
    wrapped = options.copy()
    for name in ("client_secret", "access_token"):
        value = options.get(name)
        if isinstance(value, str):
            wrapped[name] = Secret(value)
    return wrapped
