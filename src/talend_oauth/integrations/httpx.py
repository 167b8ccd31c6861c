"""A bearer token on every request of httpx, replaced once when an API rejects it; ready clients."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Unpack

import httpx

from talend_oauth._lifecycle.source import TokenSource, internals
from talend_oauth._settings.secrets import hides_arguments
from talend_oauth._token_endpoint.connection import find_proxy, tls_context
from talend_oauth.errors import ConfigurationError, TalendOAuthError

from ._unauthorized import UNAUTHORIZED, BearerAuth

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable

    from talend_oauth._reporting import Event
    from talend_oauth._settings.settings import Settings, SettingsOptions
    from talend_oauth._stores.protocol import TokenStore
    from talend_oauth._token import AccessToken

    from ._hosts import Address

__all__ = ["TalendAuth", "async_client", "client"]


class AuthFlow(BearerAuth):
    """The flow of a request with a token, for httpx and what has the same interface."""

    _library: Any  # the module

    # Scheme, host and port of the last request that may carry the token: mostly of the next, too.
    _trusted: object = None

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:  # noqa: ANN401 - see the class
        """Send the request with a token, and once more after a 401.

        Called by `Client`, and by classes that combine several `Auth`; waits in this thread.
        """
        url = request.url
        if (url.scheme, url.raw_host, url.port) != self._trusted and not self._trusts(request):
            yield request
            return
        started = self.source._monotonic()  # pyright: ignore[reportPrivateUsage] - for every request
        token = self.source.token()
        request.headers["Authorization"] = token.authorization
        try:
            response = yield request
        except GeneratorExit:
            response = None
        if response is None:
            self._discard_unseen(token, started)
        elif response.status_code == UNAUTHORIZED and self._may_replay(response, token, started):
            try:
                token = self.source.token()
            except TalendOAuthError as error:
                self._log_not_renewed(error)
            else:
                # After redirects this is the last request, which alone was rejected.
                response.request.headers["Authorization"] = token.authorization
                self._discards((yield response.request), token)

    sync_auth_flow = auth_flow

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401
        """Send the request with a token, and once more after a 401. Called by `AsyncClient`."""
        url = request.url
        if (url.scheme, url.raw_host, url.port) != self._trusted and not self._trusts(request):
            yield request
            return
        started = self.source._monotonic()  # pyright: ignore[reportPrivateUsage] - for every request
        token = await self.source.token_async()
        request.headers["Authorization"] = token.authorization
        try:
            response = yield request
        except GeneratorExit:
            response = None
        if response is None:
            self._discard_unseen(token, started)
        elif response.status_code == UNAUTHORIZED and self._may_replay(response, token, started):
            try:
                token = await self.source.token_async()
            except TalendOAuthError as error:
                self._log_not_renewed(error)
            else:
                response.request.headers["Authorization"] = token.authorization
                self._discards((yield response.request), token)

    def _trusts(self, request: Any) -> bool:  # noqa: ANN401
        """Return whether a request may carry the token, and remember its address if so."""
        url, may_send = request.url, self._may_send(request)
        if may_send:
            self._trusted = (url.scheme, url.raw_host, url.port)
        return may_send

    def _discard_unseen(self, token: AccessToken, started: float) -> None:
        """Discard a token whose 401 was raised by a response hook, as by `raise_for_status`.

        httpx calls the hooks within the flow, and closes the flow while their error is handled:
        too late to send the request again.
        """
        error: Any = sys.exception()
        for _ in range(99):  # not until there is no context: they can form a circle
            if isinstance(error, self._library.HTTPStatusError):
                self._discards(error.response, token, started)
            error = getattr(error, "__context__", None)

    def _rewind(self, response: Any) -> bool:  # noqa: ANN401
        # Any other stream may be half consumed, which does not always show.
        return isinstance(response.request.stream, self._library.ByteStream)

    def _address(self, request: Any) -> Address:  # noqa: ANN401
        url = request.url
        return url.scheme, url.raw_host.decode("ascii"), url.port


class TalendAuth(AuthFlow, httpx.Auth):
    """Authenticates requests of `httpx.Client` and `httpx.AsyncClient` with a valid token.

        httpx.Client(base_url="https://api.eu.cloud.talend.com", auth=TalendAuth())

    When an API responds with 401, the token that was sent is discarded and the request is sent
    once more with a new one: if its body can be sent again (bytes, JSON, a form, none), and unless
    the token was brand-new anyway. A body that was streamed is gone; then `NotReplayedError` says
    so. If no new token can be fetched, the API's own 401 is returned.

    The token goes to the API of the source only (scheme, host and port of its base URL) and to
    `hosts`. A request to another host is sent without it, and a warning says so. With a ready
    token and no region, the hosts are `api.<region>.cloud.talend.com` and this machine.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        hosts: More hosts that may have the token, such as `("gateway.example.com",)` or, for one
            port only, `("gateway.example.com:8443",)`.
        store: Shares the token with other processes; see `FileStore` and `RedisStore`.
        on_event: Called with each `Event`, on the thread where it happened; for metrics.
        **options: Those of `Settings`: `client_id`, `client_secret`, `client_secret_file`,
            `region`, `api_url`, `audience`, `talend_version`, `access_token`.

    Raises:
        ConfigurationError: As `Settings`; when `source` is a `TokenSource` and comes with
            settings, a store or a listener; when one of `hosts` is not a host; and from a request
            over plain http to a host of another machine that may have the token.

    Source: RFC 6750, sections 2.1 and 3.1.
    """

    _library = httpx


@hides_arguments
def client(
    source: TokenSource | Settings | None = None,
    *,
    hosts: Iterable[str] = (),
    store: TokenStore | None = None,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[SettingsOptions],
) -> httpx.Client:
    """Return an `httpx.Client` for a region: base URL, token, time-outs, `talend-version`.

        with talend_oauth.client() as talend:
            talend.get("/account/me").json()

    The token goes to that base URL's host only; see `TalendAuth`.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        hosts: More hosts that may have the token, as `name` or `name:port`.
        store: Shares the token with other processes; see `FileStore` and `RedisStore`.
        on_event: Called with each `Event`, on the thread where it happened; for metrics.
        **options: Those of `Settings`: `client_id`, `client_secret`, `client_secret_file`,
            `region`, `api_url`, `audience`, `talend_version`, `access_token`.

    Raises:
        ConfigurationError: As `TalendAuth`, when a ready token comes without a region, and when
            the environment names a proxy or certificates that cannot be used.
    """
    auth = TalendAuth(source, hosts=hosts, store=store, on_event=on_event, **options)
    return httpx.Client(**_client_options(auth))


@hides_arguments
def async_client(
    source: TokenSource | Settings | None = None,
    *,
    hosts: Iterable[str] = (),
    store: TokenStore | None = None,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[SettingsOptions],
) -> httpx.AsyncClient:
    """Return an `httpx.AsyncClient` for a region; its arguments are those of `client`."""
    auth = TalendAuth(source, hosts=hosts, store=store, on_event=on_event, **options)
    return httpx.AsyncClient(**_client_options(auth))


def _client_options(auth: TalendAuth) -> dict[str, Any]:
    settings = internals(auth.source)[0].settings
    url = settings.api_url
    if url is None:
        raise ConfigurationError(
            "No region is set for the client's base URL.",
            hint="Set TALEND_REGION or TALEND_API_URL; a ready token does not name its API.",
        )
    return {
        "base_url": url,
        "auth": auth,
        "timeout": httpx.Timeout(10.0, connect=5.0),
        "headers": {"talend-version": settings.talend_version},
        "verify": tls_context(url),
        "proxy": find_proxy(url),
        "trust_env": False,  # httpx refuses some values of the proxy's variables
    }
