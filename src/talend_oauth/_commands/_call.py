"""One call of a Talend API with the token, and what its failures mean."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from talend_oauth._token_endpoint.unreachable import unreachable
from talend_oauth.errors import (
    ConfigurationError,
    PermissionDeniedError,
    RateLimitedError,
    RefusedError,
    ServerError,
    TalendOAuthError,
    UnexpectedResponseError,
)
from talend_oauth.integrations.httpx import client

from . import _console as console
from ._options import settings_from, source_from

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator, Sequence

_READ_TIMEOUT = 10.0  # seconds, as the client has it
_REJECTED = (
    "If a permission was granted just now, get a new token: talend-oauth token --refresh. Else "
    "check the account's permissions, the audience and the tenant's IP allowlist."
)


@contextmanager
def call(
    options: argparse.Namespace,
    method: str,
    path: str,
    *,
    content: bytes | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> Generator[httpx.Response]:
    """Send a request with the token and yield the response, whose body is not read yet.

    Raises:
        TalendOAuthError: When there is no token or no response.
    """
    settings = settings_from(options)
    failure: TalendOAuthError | None = None
    with client(source_from(options, settings)) as talend:
        try:
            with talend.stream(method, path, content=content, headers=list(headers)) as response:
                if options.verbose:
                    console.say(f"{method} {path}: {response.status_code}")
                yield response
        except httpx.HTTPError as error:
            failure = (
                ConfigurationError(
                    "The request cannot be sent as HTTP.", hint="Look at its headers."
                )
                if isinstance(error, httpx.LocalProtocolError)
                else unreachable(error, settings, _READ_TIMEOUT)
            )
        except (httpx.InvalidURL, UnicodeError):
            failure = ConfigurationError(
                "The path cannot be part of a URL.", hint="Percent-encode what is unusual in it."
            )
    if failure is not None:
        raise failure


def error_for(response: httpx.Response, method: str, path: str) -> TalendOAuthError | None:
    """Return the error that the status of a response means; None for a success.

    Args:
        response: The response; its body is not looked at.
        method: Of the request.
        path: Of the request.
    """
    status = response.status_code
    if response.is_success:
        return None
    reason = f"{status} {response.reason_phrase}".rstrip()
    said = f"{method} {path} was answered with {reason}."
    if status in (401, 403):
        return PermissionDeniedError(said, hint=_REJECTED, status=status)
    if status == 429:
        return RateLimitedError(said, hint="Send fewer requests, or try again later.", status=429)
    if 400 <= status < 500:
        return RefusedError(said, hint=_hint(status), status=status)
    if status >= 500:
        return ServerError(said, hint="Try again later.", status=status)
    return UnexpectedResponseError(
        said, hint="Redirects are not followed: the token is for this host only.", status=status
    )


def _hint(status: int) -> str:
    if status == 404:
        return "Check the path; paths of /tmc/ do not accept service accounts."
    return "Check the method, the path and the body."
