"""`talend-oauth whoami`: the account of the token, by the harmless first call `GET /account/me`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

from talend_oauth.errors import UnexpectedResponseError

from . import _console as console
from ._call import call, error_for
from ._options import parser_for

if TYPE_CHECKING:
    from ._parser import Parser

PATH = "/account/me"


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = parser_for(
        "whoami",
        f"Show the account of the token, as Talend's API knows it (GET {PATH}).",
        ("talend-oauth whoami", "talend-oauth whoami --json | jq -r .id"),
    )
    found.add_json()
    return found


def run(arguments: list[str]) -> int:
    """Print the account.

    Raises:
        TalendOAuthError: When there is no token, or the API does not respond with an account.
    """
    options = parser().parse(arguments)
    with call(options, "GET", PATH) as response:
        response.read()
    if (error := error_for(response, "GET", PATH)) is not None:
        raise error
    account: object = None
    with suppress(ValueError, RecursionError):
        account = response.json()
    if not isinstance(account, dict):
        raise UnexpectedResponseError(
            f"GET {PATH} was not answered with a JSON object.",
            hint="Check TALEND_API_URL, and look for a proxy in between.",
            status=response.status_code,
        )
    if options.json:
        console.write_json(cast("object", account))
    else:
        _print_fields(cast("dict[str, object]", account))
    return 0


def _print_fields(account: dict[str, object]) -> None:
    width = max((len(name) for name in account), default=0)
    for name, value in account.items():
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        text = ", ".join(map(str, values))
        text = "".join(c if c.isprintable() else "?" for c in text)
        console.write(f"{name:<{width}}  {text}".rstrip() + "\n")
