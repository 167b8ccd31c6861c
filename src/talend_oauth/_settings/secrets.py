"""`Secret`, and how it stays out of tracebacks.

Python's tracebacks can print the locals of every frame. So what a user gives is wrapped first, and
a function that handles the text itself is called by `guarded`, which takes its frames out of the
traceback of the error that it raises.
"""

from __future__ import annotations

from hashlib import blake2b

from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, Self, TypeVar

    T = TypeVar("T")


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
        text = self._text.encode("utf-8", "surrogatepass")
        return blake2b(text, key=key, digest_size=16).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    def __deepcopy__(self, memo: object = None) -> Self:
        return self

    __copy__ = __deepcopy__

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a secret or token given as a value does not pickle: name a variable or a file, or "
            "give a function, so that the other process reads it itself"
        )


class WrongType:
    """Stands for a value of a type that no setting has, so that the value is shown nowhere."""

    __slots__ = ("name",)

    def __init__(self, value: object) -> None:
        self.name = type(value).__name__

    def __repr__(self) -> str:
        return f"<{self.name}>"


def type_name(value: object) -> str:
    """Return the name of a value's type, also of one that was wrapped."""
    if isinstance(value, WrongType):
        return value.name
    return "str" if isinstance(value, Secret) else type(value).__name__


def guarded(function: Callable[..., T], *arguments: object) -> T:
    """Call a function; take its frames and causes out of a `ConfigurationError` that it raises.

    Args:
        function: May have secrets in its locals, and may raise while it handles another error.
        *arguments: For it, wrapped: this frame stays in the traceback.
    """
    try:
        return function(*arguments)
    except ConfigurationError as error:
        failure = error
    failure.__cause__ = failure.__context__ = None
    raise failure.with_traceback(None)
