"""What the integrations share: whose token is sent to which hosts, and the rule for a 401."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, Unpack

from talend_oauth._clock import now
from talend_oauth._lifecycle.source import TokenSource, as_source, internals
from talend_oauth._reporting import Event, log
from talend_oauth._settings.secrets import hides_arguments
from talend_oauth.errors import NotReplayedError, TalendOAuthError

from ._hosts import Address, AllowedHosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from talend_oauth._settings.settings import Settings, SettingsOptions
    from talend_oauth._stores.protocol import TokenStore
    from talend_oauth._token import AccessToken

UNAUTHORIZED = 401


class BearerAuth:
    """Base of the `TalendAuth` classes.

    A 401 is acted on only if the request carried our token to a host that may have it. Then the
    token is discarded, and the request is worth a second try with a new one, unless the token was
    issued for this very request, or another new token was rejected a moment ago: then the reason
    is not the token, and a new one would only cost a request.

    Attributes:
        source: Where the tokens are from.
    """

    @hides_arguments
    def __init__(
        self,
        source: TokenSource | Settings | None = None,
        *,
        hosts: Iterable[str] = (),
        store: TokenStore | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        self.source = as_source(source, options, store=store, on_event=on_event)
        self._hosts = AllowedHosts(internals(self.source)[0].settings.api_url, hosts)

    def _address(self, request: Any) -> Address:  # noqa: ANN401 - of the library
        """Return scheme, host and port of a request."""
        raise NotImplementedError

    def _rewind(self, response: Any) -> bool:  # noqa: ANN401
        """Return whether the body of a rejected request can be sent again; go to its start."""
        raise NotImplementedError

    def _may_send(self, request: Any) -> bool:  # noqa: ANN401
        """Return whether a request may carry the token; if not, warn.

        A request that has credentials of its own for another host needs no warning, nor does one
        without a host, which the library refuses.

        Raises:
            ConfigurationError: Over plain http to a host that may have the token.
        """
        address = self._address(request)
        may_send = self._hosts.allows(*address)
        if address[1] and not may_send and "Authorization" not in request.headers:
            self._hosts.explain(*address)
        return may_send

    def _discards(self, response: Any, token: AccessToken, started: float = -inf) -> bool:  # noqa: ANN401
        """Discard a token that was rejected; return whether another one is worth trying.

        Args:
            response: To the last request, after redirects.
            token: That was put on the first request.
            started: Monotonic time at which the first request began: a later token is a new one,
                as is that of a request that is sent again.
        """
        request = response.request  # after redirects it may be to another host, without our token
        if (
            response.status_code != UNAUTHORIZED
            or request.headers.get("Authorization") != token.authorization
            or not self._hosts.allows(*self._address(request))
        ):
            return False
        context, cached = internals(self.source)
        moment = now(context.clock)
        if token.requested.monotonic >= started:
            cached.note_unhelpful(moment)
            return False
        if cached.origin or moment.monotonic < cached.state.unhelpful_until:
            return False
        self.source.discard(token)
        return True

    def _may_replay(self, response: Any, token: AccessToken, started: float) -> bool:  # noqa: ANN401
        """Discard a token that was rejected; return whether to send the request again.

        Raises:
            NotReplayedError: When its body cannot be sent again.
        """
        may_replay = self._discards(response, token, started)
        if may_replay and not self._rewind(response):
            raise NotReplayedError(
                f"{self._address(response.request)[1]} rejected the token (401), and the request's "
                "body was streamed, so it cannot be sent again.",
                hint="Send the request again: it gets a new token. Give the body as bytes to have "
                "this done for you.",
                status=UNAUTHORIZED,
            )
        return may_replay

    def _log_not_renewed(self, error: TalendOAuthError) -> None:
        """Log that an API's 401 is returned because no other token could be fetched."""
        log(30, "an API rejected the token, and no new one came: %s", type(error).__name__)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"
