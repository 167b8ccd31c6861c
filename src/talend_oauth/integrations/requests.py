"""A bearer token on every request of `requests`, replaced once when an API rejects it.

import requests
from talend_oauth.integrations.requests import TalendAuth

session = requests.Session()
session.auth = TalendAuth()
session.get("https://api.eu.cloud.talend.com/account/me", timeout=10)
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

try:
    import requests  # noqa: TC002 - what it is missing for is said here
except ModuleNotFoundError as error:
    if error.name != "requests":
        raise
    raise ModuleNotFoundError(
        "talend_oauth.integrations.requests needs requests, which is not installed.\n"
        "Install it: pip install 'talend-oauth[requests]'",
        name="requests",
    ) from None
from requests.auth import AuthBase
from requests.utils import rewind_body

from talend_oauth.errors import TalendOAuthError

from ._hosts import address_of
from ._unauthorized import BearerAuth, log_not_renewed, not_replayed_error

if TYPE_CHECKING:
    from talend_oauth._token import AccessToken

__all__ = ["TalendAuth"]

_PROMPT = 1.0  # seconds; a request that is sent later was prepared for later


class TalendAuth(BearerAuth, AuthBase):
    """Authenticates requests of `requests` with a valid token.

    Its arguments, errors and rules are those of `talend_oauth.TalendAuth`; a body that requests can
    rewind, such as an open file, is sent again as well.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put a token on a request. Called by requests."""
        if not self._may_send(address_of(request.url or ""), request.headers):
            return request
        monotonic = self._monotonic
        started = monotonic()
        token = self.source.token()
        prepared = monotonic()
        request.headers["Authorization"] = token.authorization

        def handle(response: requests.Response, **options: Any) -> requests.Response:  # noqa: ANN401 - of requests
            # A prepared request can be sent late, or many times: then its token is not new.
            nonlocal started
            sent = monotonic() - response.elapsed.total_seconds()
            began = started if sent - prepared < _PROMPT else inf
            if not response.is_redirect:
                started = inf
            return self._handle(response, token, began, options)

        request.hooks["response"].append(handle)
        return request

    def _handle(
        self,
        response: requests.Response,
        token: AccessToken,
        started: float,
        options: dict[str, Any],
    ) -> requests.Response:
        # requests copies this hook to the requests that follow redirects.
        if not self._rejects(response, token) or not self._discard(token, started):
            return response
        again = response.request.copy()
        if not _rewound(again):
            response.close()
            raise not_replayed_error(address_of(again.url or "")[1])
        try:
            token = self.source.token()
        except TalendOAuthError as error:
            log_not_renewed(error)
            return response
        again.headers["Authorization"] = token.authorization
        _ = response.content  # read to its end, so that the connection can be used again
        response.close()
        replayed: requests.Response = response.connection.send(again, **options)
        replayed.history.append(response)
        if self._rejects(replayed, token):
            self._note_unhelpful()
        return replayed

    def _rejects(self, response: requests.Response, token: AccessToken) -> bool:
        request = response.request
        return self._is_rejected(
            token,
            response.status_code,
            address_of(request.url or ""),
            request.headers.get("Authorization"),
        )


def _rewound(request: requests.PreparedRequest) -> bool:
    """Put the body of a request back to its start; return whether that was possible."""
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
