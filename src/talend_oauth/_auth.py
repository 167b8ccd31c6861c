"""`TalendAuth`: a bearer token on every request of httpx, renewed once when an API refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from ._log import logger
from ._regions import is_loopback
from ._secrets import masked
from ._source import TokenSource
from .errors import ConfigurationError, NotReplayedError, TalendOAuthError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Unpack

    from ._settings import Settings, SettingsOptions
    from ._token import AccessToken


_UNAUTHORIZED = 401


class TalendAuth(httpx.Auth):
    """Authenticates requests of `httpx.Client` and `httpx.AsyncClient` with a valid token.

        httpx.Client(base_url="https://api.eu.cloud.talend.com", auth=TalendAuth())

    When an API answers 401, the token that was sent is discarded and the request is sent once
    more with a new one: if its body is at hand (bytes, JSON, a form, none), and unless the token
    was brand-new anyway. A body that was streamed is gone; then `NotReplayedError` says so. If no
    new token can be had, the API's own 401 is returned.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        **options: Those of `Settings`, instead.

    Raises:
        ConfigurationError: As `Settings`; and from a request over plain http to another machine.

    Source: RFC 6750, sections 2.1 and 3.1.
    """

    def __init__(
        self,
        source: TokenSource | Settings | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        options = masked(options)
        if isinstance(source, TokenSource) and not options:
            self.source = source
        elif isinstance(source, TokenSource):
            raise ConfigurationError(
                f"A TokenSource and {', '.join(sorted(options))} are both given.",
                hint="Put them into the TokenSource.",
            )
        else:
            self.source = TokenSource(source, **options)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; once more after a 401. Called by `httpx.Client`."""
        _check_safe(request)
        started = self.source.clock.monotonic()
        token = self.source.token()
        _authorize(request, token)
        response = yield request
        if not self._may_replay(request, response, token, started):
            return
        try:
            token = self.source.token()
        except TalendOAuthError as error:
            _not_renewed(error)
            return
        _authorize(request, token)
        self._judge_replay((yield request))

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with a token; once more after a 401. Called by `httpx.AsyncClient`."""
        _check_safe(request)
        started = self.source.clock.monotonic()
        token = await self.source.token_async()
        _authorize(request, token)
        response = yield request
        if not self._may_replay(request, response, token, started):
            return
        try:
            token = await self.source.token_async()
        except TalendOAuthError as error:
            _not_renewed(error)
            return
        _authorize(request, token)
        self._judge_replay((yield request))

    def _may_replay(
        self,
        request: httpx.Request,
        response: httpx.Response,
        token: AccessToken,
        started: float,
    ) -> bool:
        """Discard a refused token, and say whether to send the request again.

        Raises:
            NotReplayedError: When its body cannot be sent again.
        """
        if response.status_code != _UNAUTHORIZED or not self.source.is_renewable:
            return False
        if token.requested.monotonic >= started or self.source.is_unhelpful():
            return False  # it was issued for this very request: another would fare no better
        self.source.discard(token)
        # A stream that is no ByteStream may be half consumed, which does not always show.
        if not isinstance(request.stream, httpx.ByteStream):
            raise NotReplayedError(
                f"{request.url.host} refused the token (401), and the request's body was streamed, "
                "so it cannot be sent again.",
                hint="Send the request anew: it gets a new token. Give the body as bytes to have "
                "this done for you.",
                status=response.status_code,
            )
        return True

    def _judge_replay(self, response: httpx.Response) -> None:
        if response.status_code == _UNAUTHORIZED:
            self.source.note_unhelpful()

    def __repr__(self) -> str:
        return f"TalendAuth({self.source!r})"


def _authorize(request: httpx.Request, token: AccessToken) -> None:
    request.headers["Authorization"] = token.authorization


def _check_safe(request: httpx.Request) -> None:
    host = f"[{request.url.host}]" if ":" in request.url.host else request.url.host
    if request.url.scheme != "https" and not is_loopback(host):
        raise ConfigurationError(
            f"The request goes to {host} over {request.url.scheme}, where the token could be read.",
            hint="Use https; plain http is accepted only for this machine (127.0.0.1).",
        )


def _not_renewed(error: TalendOAuthError) -> None:
    logger().warning("an API refused the token, and no new one came: %s", type(error).__name__)
