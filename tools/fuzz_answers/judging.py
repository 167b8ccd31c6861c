"""What must hold whatever comes: a token that can be sent, or an error of the library's own."""

from __future__ import annotations

import base64
import pickle
from typing import TYPE_CHECKING

from talend_oauth import Secret, Settings, errors
from talend_oauth._clock import SystemClock
from talend_oauth._token import LONGEST_LIFETIME, is_b64token
from talend_oauth._token_endpoint.request import Exchange

if TYPE_CHECKING:
    import httpx

CLIENT_ID = "fuzzed-account"
SECRET = "fUzZeD/sEcReT+0123456789"  # noqa: S105 - marked, and nobody's
PAIR = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
_MOST_LINES = 3
_CLOCK = SystemClock()


class FinderError(AssertionError):
    """Something came out that must not."""


def settings(url: str = "https://api.eu.cloud.talend.com") -> Settings:
    """Return the settings that are asked with."""
    return Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=url)


def judge(asked: Settings, transport: httpx.BaseTransport | None) -> str:
    """Ask for a token, and return the name of the kind of outcome.

    Args:
        asked: What is asked, and where.
        transport: Gives the answer; the network when None.

    Raises:
        FinderError: When the outcome is wrong.
        Exception: Whatever else comes out, which is a finding too.
    """
    token = Exchange(asked, Secret(SECRET), _CLOCK, 5.0).run(transport)
    if isinstance(token, errors.TalendOAuthError):
        judge_error(token)
        return type(token).__name__
    if not is_b64token(token.value) or not 0 < token.expires_in <= LONGEST_LIFETIME:
        raise FinderError(f"a token that cannot be: {token!r}")
    return "AccessToken"


def judge_error(error: errors.TalendOAuthError) -> None:
    """Raise a `FinderError` when an error has no message for a person, or shows a secret."""
    if type(error).__name__ not in errors.__all__:
        raise FinderError(f"{type(error).__name__} is not of the tree")
    text = str(error)
    if len(text.splitlines()) > _MOST_LINES or (not text.isprintable() and "\n" not in text):
        raise FinderError(f"no message for a person: {text!r}")
    shown = f"{text} {vars(error)!r}".lower()
    if SECRET.lower() in shown or PAIR.lower() in shown:
        raise FinderError("a secret in an error")
    if error.__cause__ is not None or error.__context__ is not None:
        raise FinderError(f"something hangs on the error: {error.__context__!r}")
    if str(pickle.loads(pickle.dumps(error))) != text:  # noqa: S301 - made right here
        raise FinderError("the error does not pickle")
    text.encode()  # can be written to a log in UTF-8
