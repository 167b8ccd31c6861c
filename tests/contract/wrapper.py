"""The wrapper's one token request, answered without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import errors
from talend_oauth._settings.secrets import Secret
from talend_oauth._settings.settings import Settings
from talend_oauth._token_endpoint import request as _endpoint

from .wire import CLIENT_ID, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth._token import AccessToken

URL = "https://api.eu.cloud.talend.com"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 1000.0

    def wall(self) -> float:
        """Return the set time."""
        return self.time

    monotonic = wall

    def sleep(self, seconds: float) -> None:
        """Let the time go on."""
        self.time += seconds


def settings(url: str = URL, **more: Any) -> Settings:
    """Return settings for the pair that the recorder's requests are made with."""
    return Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=url, **more)


def ask(
    answer: Callable[[httpx.Request], httpx.Response] | httpx.Response, clock: Clock | None = None
) -> AccessToken:
    """Ask the wrapper for a token that is answered without a network."""
    handler = answer if callable(answer) else lambda _: answer
    transport = httpx.MockTransport(handler)
    outcome = _endpoint.Exchange(settings(), Secret(SECRET), clock or Clock(), 8.0).run(transport)
    if isinstance(outcome, errors.TalendOAuthError):
        raise outcome
    return outcome


def refusal(answer: httpx.Response) -> errors.TalendOAuthError:
    """Return the error that an answer leads to; any other exception fails the test."""
    with pytest.raises(errors.TalendOAuthError) as caught:
        ask(answer)
    return caught.value
