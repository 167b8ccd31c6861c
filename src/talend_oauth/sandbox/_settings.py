"""What can be set while the sandbox runs."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

ExpiresIn = Literal["integer", "string", "absent"]


@dataclass
class Settings:
    """How the sandbox answers from now on.

    Attributes:
        token_lifetime: Seconds that a new token lives; fractions are allowed.
        expires_in: Whether an answer states the life as an `integer`, as a `string` of digits,
            or not at all (`absent`). Fractions are cut off, so that it never says too much.
        same_token: Whether a client gets the token that it already has while that one lives.
        opaque_tokens: Whether tokens are random text and no JWT.
        check_credentials: Whether the pair of id and secret is checked at all. Off, every
            request is served: a server that breaks the contract, for tests that must notice.
        check_body: Whether the body is checked; off, likewise.
        polls: How often an execution is seen as not yet finished.

    Raises:
        ValueError: When a value is set that has no meaning.
    """

    token_lifetime: float = 1800
    expires_in: ExpiresIn = "integer"
    same_token: bool = False
    opaque_tokens: bool = False
    check_credentials: bool = True
    check_body: bool = True
    polls: int = 3

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - checked here
        if name not in self.__dataclass_fields__:
            raise ValueError(f"the sandbox has no setting {name!r}")
        if problem := _problem(name, value):
            raise ValueError(f"{name} must be {problem}")
        object.__setattr__(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return asdict(self)

    def change(self, changes: dict[str, Any]) -> None:
        """Set several at once, or none when one of them is wrong.

        Raises:
            ValueError: When a name or a value is wrong.
        """
        Settings(**{**asdict(self), **_known(changes)})
        for name, value in changes.items():
            setattr(self, name, value)


def _known(changes: dict[str, Any]) -> dict[str, Any]:
    if unknown := changes.keys() - Settings.__dataclass_fields__.keys():
        raise ValueError(f"the sandbox has no setting {', '.join(sorted(unknown))}")
    return changes


def _problem(name: str, value: object) -> str | None:
    if name == "token_lifetime":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        valid = number and math.isfinite(value) and 0 <= value <= 10**9  # type: ignore[operator, arg-type]  # pyright: ignore[reportArgumentType, reportOperatorIssue]
        return None if valid else "a number of seconds from 0 to 1e9"
    if name == "expires_in":
        return None if value in get_args(ExpiresIn) else "integer, string or absent"
    if name == "polls":
        return None if type(value) is int and value >= 0 else "a whole number from 0"
    return None if type(value) is bool else "true or false"
