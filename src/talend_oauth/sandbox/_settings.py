"""Settings of the sandbox that can be changed while it runs."""

from typing import Any, Literal, get_args

import attrs

from ._validators import boolean, is_number, is_whole, must_be

ExpiresIn = Literal["integer", "string", "absent"]


@attrs.define(kw_only=True)
class Settings:
    """How the sandbox responds from now on.

    Attributes:
        token_lifetime: Lifetime of a new token in seconds; fractions are allowed.
        expires_in: How a response states the lifetime: as an `integer`, as a `string` of digits,
            or not at all (`absent`). Fractions are cut off, so that it never says too much.
        same_token: Whether a client gets the token that it already has until that one expires.
        opaque_tokens: Whether tokens are random text instead of JWTs.
        check_credentials: Whether client id and secret are checked at all. Off, every request
            succeeds: a server that breaks the contract, for tests that have to notice.
        check_body: Whether the body is checked; off, likewise.
        polls: How many polls see an execution as not yet finished.

    Raises:
        ValueError: When a value is set that has no meaning.
    """

    token_lifetime: float = attrs.field(
        default=1800,
        validator=must_be("a number from 0 to 1e9", lambda value: is_number(value, 0, 1e9)),
    )
    expires_in: ExpiresIn = attrs.field(
        default="integer",
        validator=must_be(
            "integer, string or absent",
            lambda value: isinstance(value, str) and value in get_args(ExpiresIn),
        ),
    )
    same_token: bool = attrs.field(default=False, validator=boolean)
    opaque_tokens: bool = attrs.field(default=False, validator=boolean)
    check_credentials: bool = attrs.field(default=True, validator=boolean)
    check_body: bool = attrs.field(default=True, validator=boolean)
    polls: int = attrs.field(
        default=3,
        validator=must_be("a whole number from 0", lambda value: is_whole(value, 0, 10**9)),
    )

    def as_json(self) -> dict[str, Any]:
        """Return the settings as a JSON object."""
        return attrs.asdict(self)

    def change(self, changes: dict[str, Any]) -> None:
        """Set several at once, or none when one of them is wrong.

        Raises:
            ValueError: When a name or a value is wrong.
        """
        if unknown := changes.keys() - attrs.fields_dict(Settings).keys():
            raise ValueError(f"the sandbox has no setting {', '.join(sorted(unknown))}")
        attrs.evolve(self, **changes)  # raises what is wrong before anything is set
        for name, value in changes.items():
            setattr(self, name, value)
