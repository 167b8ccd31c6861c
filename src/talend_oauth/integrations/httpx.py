"""`TalendAuth`: a bearer token on every request of httpx, renewed once when an API refuses it."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

import httpx

from talend_oauth._lifecycle.source import source_of
from talend_oauth._settings.sources import masked
from talend_oauth.errors import TalendOAuthError

from ._unauthorized import UNAUTHORIZED, check_safe, discard_refused, not_renewed, not_replayed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from typing import Any, Self, Unpack

    from talend_oauth._lifecycle.source import TokenSource
    from talend_oauth._settings.settings import Settings, SettingsOptions
    from talend_oauth._token import AccessToken


class TalendAuth(httpx.Auth):
    """Authenticates requests of `httpx.Client` and `httpx.AsyncClient` with a valid token.

        httpx.Client(base_url="https://api.eu.cloud.talend.com", auth=TalendAuth())

    When an API answers 401, the token that was sent is discarded and the request is sent once
    more with a new one: if its body is at hand (bytes, JSON, a form, none), and unless the token
    was brand-new anyway. A body that was streamed is gone; then `NotReplayedError` says so. If no
    new token can be had, the API's own 401 is returned.

    Where `httpx2` is imported too, the object serves its clients as well.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        **options: Those of `Settings`, instead.

    Raises:
        ConfigurationError: As `Settings`; and from a request over plain http to another machine.

    Source: RFC 6750, sections 2.1 and 3.1.
    """

    def __new__(
        cls,
        source: TokenSource | Settings | None = None,
        **options: Unpack[SettingsOptions],
    ) -> Self:
        """Make the object one that httpx2 takes as well, if that is imported."""
        del source, options
        kind: Any = _kind_for_both() if cls is TalendAuth and "httpx2" in sys.modules else cls
        made: Self = object.__new__(kind)
        return made

    def __init__(
        self,
        source: TokenSource | Settings | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        options = masked(options)
        self.source = source_of(source, options)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; once more after a 401. Called by `httpx.Client`."""
        if request.url.scheme != "https":
            check_safe(request.url.scheme, request.url.host)
        source = self.source
        started = source.clock.monotonic()
        token = source.token()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if response.status_code != UNAUTHORIZED:
            return
        if not self._may_replay(request, token, started):
            return
        try:
            token = source.token()
        except TalendOAuthError as error:
            not_renewed(error)
            return
        request.headers["Authorization"] = token.authorization
        self._judge_replay((yield request))

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with a token; once more after a 401. Called by `httpx.AsyncClient`."""
        if request.url.scheme != "https":
            check_safe(request.url.scheme, request.url.host)
        source = self.source
        started = source.clock.monotonic()
        token = await source.token_async()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if response.status_code != UNAUTHORIZED:
            return
        if not self._may_replay(request, token, started):
            return
        try:
            token = await source.token_async()
        except TalendOAuthError as error:
            not_renewed(error)
            return
        request.headers["Authorization"] = token.authorization
        self._judge_replay((yield request))

    def _may_replay(
        self,
        request: httpx.Request,
        token: AccessToken,
        started: float,
    ) -> bool:
        """Discard a refused token, and say whether to send the request again.

        Raises:
            NotReplayedError: When its body cannot be sent again.
        """
        if not discard_refused(self.source, token, started):
            return False
        # A stream that is no ByteStream may be half consumed, which does not always show.
        if not isinstance(request.stream, _byte_streams()):
            raise not_replayed(request.url.host)
        return True

    def _judge_replay(self, response: httpx.Response) -> None:
        if response.status_code == UNAUTHORIZED:
            self.source.note_unhelpful()

    def __reduce__(self) -> tuple[type[TalendAuth], tuple[TokenSource]]:
        return TalendAuth, (self.source,)

    def __repr__(self) -> str:
        return f"TalendAuth({getattr(self, 'source', 'incomplete')!r})"


@cache
def _kind_for_both() -> type[TalendAuth]:
    # Both libraries insist on their own base class; neither is offended by the other's.
    import httpx2

    return type("TalendAuth", (TalendAuth, httpx2.Auth), {"__module__": TalendAuth.__module__})


def _byte_streams() -> tuple[type[Any], ...]:
    httpx2 = sys.modules.get("httpx2")
    return (httpx.ByteStream,) if httpx2 is None else (httpx.ByteStream, httpx2.ByteStream)
