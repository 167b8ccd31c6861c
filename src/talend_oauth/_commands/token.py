"""`talend-oauth token`: a valid token and a newline on stdout, and nothing else."""

from __future__ import annotations

from . import _console as console
from ._options import add_freshness, expiry, parser_for, token_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from talend_oauth._token import AccessToken

    from ._parser import Parser

# No character of a token (RFC 6750, section 2.1) is special between these quotes.
_LINES = {
    "export": "export TALEND_ACCESS_TOKEN='{}'",
    "powershell": "$env:TALEND_ACCESS_TOKEN = '{}'",
    "cmd": 'set "TALEND_ACCESS_TOKEN={}"',
}


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = parser_for(
        "token",
        "Print a valid access token, from the store if it has one. A stored token is refreshed in "
        "the last third of its lifetime.",
        (
            "talend-oauth token",
            "talend-oauth token --min-lifetime 600",
            'curl -H "$(talend-oauth token --format header)" https://...',
            'printf %s "$SECRET" | talend-oauth token --client-secret-file -',
            "talend-oauth token --format powershell | Invoke-Expression",
        ),
    )
    add_freshness(found)
    found.add_argument(
        "--format",
        choices=("text", "json", "header", *_LINES),
        default="text",
        help="text: the token; json: with its lifetime; header: for curl -H; export, powershell, "
        "cmd: a line that sets TALEND_ACCESS_TOKEN in such a shell (default: text)",
    )
    found.add_argument(
        "--json", action="store_const", const="json", dest="format", help="print JSON"
    )
    return found


def run(arguments: list[str]) -> int:
    """Print a token.

    Raises:
        TalendOAuthError: When there is no valid token.
    """
    options = parser().parse(arguments)
    _print(token_from(options), options.format)
    return 0


def _print(token: AccessToken, form: str) -> None:
    if form == "json":
        fields: dict[str, str | int] = {"access_token": token.value, "token_type": token.token_type}
        if (when := expiry(token)) is not None:
            fields["expires_in"], fields["expires_at"] = when
        console.write_json(fields, indent=None)
    elif form == "header":
        console.write(f"Authorization: {token.authorization}\n")
    elif form in _LINES:
        console.write(f"{_LINES[form].format(token.value)}\n")
    else:
        console.write(f"{token.value}\n")
