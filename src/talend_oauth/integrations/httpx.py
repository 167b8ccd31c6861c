"""`TalendAuth`: a bearer token on every request of httpx, renewed once when an API refuses it."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

import httpx

from talend_oauth._lifecycle.source import as_source, internals
from talend_oauth._settings.sources import wrap_options
from talend_oauth.errors import TalendOAuthError

from ._hosts import AllowedHosts, masked_hosts
from ._unauthorized import UNAUTHORIZED, discard_refused, not_renewed, not_replayed, note_unhelpful

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable
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

    The token goes to the API of the source only (scheme, host and port of its base URL) and to
    `hosts`. A request to another host is sent without it, and a warning says so. With a ready
    token and no region, the hosts are `api.<region>.cloud.talend.com` and this machine.

    Where `httpx2` is imported too, the object serves its clients as well.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        hosts: More hosts that may have the token, such as `("gateway.example.com",)` or, for one
            port only, `("gateway.example.com:8443",)`.
        **options: Those of `Settings`, instead.

    Raises:
        ConfigurationError: As `Settings`; when one of `hosts` is not a host; and from a request
            over plain http to a host of another machine that may have the token.

    Source: RFC 6750, sections 2.1 and 3.1.
    """

    def __new__(
        cls,
        source: TokenSource | Settings | None = None,
        *,
        hosts: Iterable[str] = (),
        **options: Unpack[SettingsOptions],
    ) -> Self:
        """Make the object one that httpx2 takes as well, if that is imported."""
        del source, hosts, options
        kind: Any = _kind_for_both() if cls is TalendAuth and "httpx2" in sys.modules else cls
        made: Self = object.__new__(kind)
        return made

    def __init__(
        self,
        source: TokenSource | Settings | None = None,
        *,
        hosts: Iterable[str] = (),
        **options: Unpack[SettingsOptions],
    ) -> None:
        options = wrap_options(options)
        hosts = masked_hosts(hosts)
        self.source = as_source(source, options)
        self._hosts = AllowedHosts(internals(self.source).settings.api_url, hosts)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; once more after a 401. Called by `httpx.Client`."""
        if not self._may_have_token(request):
            yield request
            return
        source = self.source
        started = internals(source).clock.monotonic()
        token = source.token()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if not self._has_refused(response, token) or not self._may_replay(response, token, started):
            return
        try:
            token = source.token()
        except TalendOAuthError as error:
            not_renewed(error)
            return
        # After redirects this is the last request, which alone was refused.
        response.request.headers["Authorization"] = token.authorization
        response = yield response.request
        if self._has_refused(response, token):
            note_unhelpful(source)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with a token; once more after a 401. Called by `httpx.AsyncClient`."""
        if not self._may_have_token(request):
            yield request
            return
        source = self.source
        started = internals(source).clock.monotonic()
        token = await source.token_async()
        request.headers["Authorization"] = token.authorization
        response = yield request
        if not self._has_refused(response, token) or not self._may_replay(response, token, started):
            return
        try:
            token = await source.token_async()
        except TalendOAuthError as error:
            not_renewed(error)
            return
        # After redirects this is the last request, which alone was refused.
        response.request.headers["Authorization"] = token.authorization
        response = yield response.request
        if self._has_refused(response, token):
            note_unhelpful(source)

    def _may_have_token(self, request: httpx.Request) -> bool:
        """Return whether a request goes where the token may go; warn if not."""
        if self._is_allowed(request.url):
            return True
        if "Authorization" not in request.headers:
            self._hosts.explain(request.url.scheme, request.url.raw_host.decode("ascii"))
        return False

    def _is_allowed(self, url: httpx.URL) -> bool:
        return self._hosts.allows(url.scheme, url.raw_host.decode("ascii"), url.port)

    def _has_refused(self, response: httpx.Response, token: AccessToken) -> bool:
        """Return whether a response is the 401 of a host that was sent this token."""
        if response.status_code != UNAUTHORIZED:
            return False
        request = response.request
        carried = request.headers.get("Authorization") == token.authorization
        return carried and self._is_allowed(request.url)

    def _may_replay(self, response: httpx.Response, token: AccessToken, started: float) -> bool:
        """Discard a refused token, and say whether to send the request again.

        Raises:
            NotReplayedError: When its body cannot be sent again.
        """
        if not discard_refused(self.source, token, started):
            return False
        # A stream that is no ByteStream may be half consumed, which does not always show.
        if not isinstance(response.request.stream, _byte_streams()):
            raise not_replayed(response.request.url.host)
        return True

    def __reduce__(self) -> tuple[Callable[..., TalendAuth], tuple[TokenSource, AllowedHosts]]:
        return TalendAuth._restored, (self.source, self._hosts)

    @staticmethod
    def _restored(source: TokenSource, hosts: AllowedHosts) -> TalendAuth:
        auth = TalendAuth(source)
        auth._hosts = hosts
        return auth

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
