"""`Secret`, and how it stays out of tracebacks."""

from __future__ import annotations

from contextlib import suppress
from functools import wraps
from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, ParamSpec, Self, TypeVar

    P = ParamSpec("P")
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
        return blake2b(self._text.encode(errors="surrogatepass"), key=key, digest_size=16).digest()

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


def hides_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function whose errors show none of its arguments, and nothing made of them.

    Tracebacks can print the locals of every frame, and a secret may be given in a wrong place:
    `id:secret` as the ID, a password within a URL, `TalendAuth("secret")`. So the frames are
    emptied, and what the error was raised from is dropped.

    Args:
        function: A public one.
    """

    @wraps(function)
    def hiding(*given: P.args, **options: P.kwargs) -> T:
        try:
            return function(*given, **options)
        except BaseException as error:
            traceback = error.__traceback__
            while traceback is not None:
                with suppress(RuntimeError):  # raised for this frame, which still runs
                    traceback.tb_frame.clear()
                traceback = traceback.tb_next
            error.__cause__ = error.__context__ = None
            del given, options
            raise

    return hiding
