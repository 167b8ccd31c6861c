"""A bearer token on every request of `requests`, renewed once when an API refuses it.

import requests
from talend_oauth.integrations.requests import TalendAuth

session = requests.Session()
session.auth = TalendAuth()
session.get("https://api.eu.cloud.talend.com/account/me", timeout=10)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests.auth import AuthBase
from requests.utils import rewind_body

from talend_oauth._lifecycle.source import as_source, internals
from talend_oauth._settings.sources import wrap_options
from talend_oauth.errors import TalendOAuthError
from talend_oauth.integrations._hosts import AllowedHosts, address_of, masked_hosts
from talend_oauth.integrations._unauthorized import (
    UNAUTHORIZED,
    discard_refused,
    not_renewed,
    not_replayed,
    note_unhelpful,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Unpack

    from requests import PreparedRequest, Response

    from talend_oauth._lifecycle.source import TokenSource
    from talend_oauth._settings.settings import Settings, SettingsOptions
    from talend_oauth._token import AccessToken

__all__ = ["TalendAuth"]


class TalendAuth(AuthBase):
    """Authenticates requests of `requests` with a valid token.

    The rules for a 401 and for the hosts are those of `talend_oauth.TalendAuth`; a body that
    requests can rewind, such as an open file, is sent again as well.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        hosts: More hosts that may have the token, as `name` or `name:port`.
        **options: Those of `Settings`, instead.

    Raises:
        ConfigurationError: As `Settings`; when one of `hosts` is not a host; and from a request
            over plain http to a host of another machine that may have the token.
        TalendOAuthError: From a request, when no token can be had.
        NotReplayedError: From a request that was refused and whose body is gone.
    """

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

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put a token on a request. Called by requests."""
        address = address_of(request.url or "")
        if not self._hosts.allows(*address):
            if "Authorization" not in request.headers:
                self._hosts.explain(*address[:2])
            return request
        started = internals(self.source).clock.monotonic()
        token = self.source.token()
        request.headers["Authorization"] = token.authorization

        def answered(response: Response, **options: Any) -> Response:  # noqa: ANN401 - of requests
            return self._answered(response, token, started, options)

        request.hooks["response"].append(answered)
        return request

    def _answered(
        self, response: Response, token: AccessToken, started: float, options: dict[str, Any]
    ) -> Response:
        # requests hands this hook on to the requests that it makes of redirects.
        if not self._has_refused(response, token):
            return response
        if not discard_refused(self.source, token, started):
            return response
        again = response.request.copy()
        if not _rewound(again):
            response.close()
            raise not_replayed(urlsplit(again.url or "").hostname or "")
        try:
            token = self.source.token()
        except TalendOAuthError as error:
            not_renewed(error)
            return response
        again.headers["Authorization"] = token.authorization
        _ = response.content  # read to its end, so that the connection can be used again
        response.close()
        replayed: Response = response.connection.send(again, **options)
        replayed.history.append(response)
        if self._has_refused(replayed, token):
            note_unhelpful(self.source)
        return replayed

    def _has_refused(self, response: Response, token: AccessToken) -> bool:
        """Return whether a response is the 401 of a host that was sent this token."""
        request = response.request
        return (
            response.status_code == UNAUTHORIZED
            and request.headers.get("Authorization") == token.authorization
            and self._hosts.allows(*address_of(request.url or ""))
        )

    def __repr__(self) -> str:
        return f"TalendAuth({getattr(self, 'source', 'incomplete')!r})"


def _rewound(request: PreparedRequest) -> bool:
    """Put the body of a request back to its start, and say whether that was possible."""
    if _is_plain(request.body):
        return True
    # requests notes where a body began if it can go back there.
    if not isinstance(getattr(request, "_body_position", None), int):
        return False
    rewind_body(request)
    return True


def _is_plain(body: object) -> bool:
    # Declared as bytes or str, but it may be a file or a generator.
    return body is None or isinstance(body, bytes | str)
