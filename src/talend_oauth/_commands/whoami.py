"""`talend-oauth whoami`: whose token it is, by the harmless first call `GET /account/me`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import httpx

from talend_oauth.errors import (
    PermissionDeniedError,
    TalendOAuthError,
    UnexpectedResponseError,
    UnreachableError,
)
from talend_oauth.integrations.httpx import client

from ._options import parser_for, source_from

if TYPE_CHECKING:
    from ._parser import Parser


def parser() -> Parser:
    """Return the parser of the arguments."""
    return parser_for("whoami", "Ask Talend whose token it is.")


def run(arguments: list[str]) -> int:
    """Print what `GET /account/me` answers, as JSON.

    Raises:
        TalendOAuthError: When no token can be had, or the API does not answer with JSON.
    """
    source = source_from(parser().parse(arguments))
    account: object = None
    failure: TalendOAuthError | None = None
    with client(source) as talend:
        try:
            response = talend.get("/account/me")
            response.raise_for_status()
            account = response.json()
        except httpx.HTTPStatusError as error:
            failure = _refused(error.response.status_code, str(talend.base_url))
        except httpx.HTTPError as error:
            failure = UnreachableError(
                f"{talend.base_url} did not answer GET /account/me ({type(error).__name__}).",
                hint="The token was issued; try again later.",
            )
        except ValueError:
            failure = UnexpectedResponseError(
                "GET /account/me was not answered with JSON.",
                hint="Check TALEND_API_URL, and look for a proxy in between.",
            )
    if failure is not None:
        raise failure
    sys.stdout.write(json.dumps(account, indent=2, ensure_ascii=False) + "\n")
    return 0


def _refused(status: int, url: str) -> TalendOAuthError:
    kind = PermissionDeniedError if status in (401, 403) else TalendOAuthError
    return kind(
        f"{url} answered {status} to GET /account/me.",
        hint="A token was issued, but this API does not take it: check the account's permissions "
        "and the audience.",
        status=status,
    )
