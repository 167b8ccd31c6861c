"""Validators for attrs classes; their messages repeat no value, which may be secret."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import attrs

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def must_be(what: str, test: Callable[[Any], bool]) -> Validator:
    """Return a validator that raises `ValueError` unless the test holds.

    Args:
        what: Ends the sentence "NAME of a CLASS must be ...".
        test: Takes a value of any type.
    """

    def validate(owner: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if not test(value):
            whose = f"{'an' if type(owner).__name__[0] in 'AEIO' else 'a'} {type(owner).__name__}"
            raise ValueError(f"{attribute.name} of {whose.lower()} must be {what}")

    return validate


def is_number(value: object, least: float, most: float) -> bool:
    """Say whether a value is a finite number, no bool, within these bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and least <= value <= most


def is_whole(value: object, least: int, most: int) -> bool:
    """Say whether a value is a whole number, no bool, within these bounds."""
    return type(value) is int and least <= value <= most


def is_printable(value: object) -> bool:
    """Say whether a value is a string of visible characters and spaces."""
    return isinstance(value, str) and value.isprintable()


boolean = must_be("true or false", lambda value: type(value) is bool)
