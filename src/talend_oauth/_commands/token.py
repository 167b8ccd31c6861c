"""`talend-oauth token`: a valid token and a newline on stdout, and nothing else."""

from __future__ import annotations

import sys
import time

from ._options import parser_for, token_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from talend_oauth._token import AccessToken

    from ._parser import Parser


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = parser_for("token", "Print a valid access token, taken from the store if possible.")
    found.add_argument(
        "--format",
        choices=("text", "json", "header", "env"),
        default="text",
        help="text: the token; json: with its lifetime; header: for curl -H; "
        "env: a line for a shell to evaluate (default: text)",
    )
    return found


def run(arguments: list[str]) -> int:
    """Print a token.

    Raises:
        TalendOAuthError: One of its kinds, when no token can be had.
    """
    options = parser().parse(arguments)
    sys.stdout.write(_formatted(token_from(options), options.format) + "\n")
    return 0


def _formatted(token: AccessToken, form: str) -> str:
    if form == "header":
        return f"Authorization: {token.authorization}"
    if form == "env":
        return f"export TALEND_ACCESS_TOKEN='{token.value}'"
    if form == "json":
        return _json(token)
    return token.value


def _json(token: AccessToken) -> str:
    import json

    fields: dict[str, str | int] = {"access_token": token.value, "token_type": token.token_type}
    if token.expires_in != float("inf"):  # an opaque ready token does not say when it ends
        fields["expires_in"] = max(0, int(token.expires_at - time.time()))
        fields["expires_at"] = int(token.expires_at)
    return json.dumps(fields)
