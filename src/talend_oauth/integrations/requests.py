"""A bearer token on every request of `requests`, replaced once when an API rejects it.

import requests
from talend_oauth.integrations.requests import TalendAuth

session = requests.Session()
session.auth = TalendAuth()
session.get("https://api.eu.cloud.talend.com/account/me", timeout=10)
"""

from __future__ import annotations

from math import inf
from typing import Any

from talend_oauth.errors import TalendOAuthError

from . import explain_missing
from ._hosts import Address, address_of
from ._unauthorized import BearerAuth

try:
    import requests
    from requests.auth import AuthBase
    from requests.utils import rewind_body
except ModuleNotFoundError as error:
    raise explain_missing(error, "requests") from None

__all__ = ["TalendAuth"]

_PROMPT = 1.0  # seconds; a request that is sent later was prepared for later


class TalendAuth(BearerAuth, AuthBase):
    """Authenticates requests of `requests` with a valid token.

    Its arguments, errors and rules are those of `talend_oauth.TalendAuth`; a body that requests can
    rewind, such as an open file, is sent again as well.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put a token on a request. Called by requests."""
        if not self._may_send(request):
            return request
        monotonic = self.source._monotonic  # pyright: ignore[reportPrivateUsage]
        started = monotonic()
        token = self.source.token()
        prepared = monotonic()
        request.headers["Authorization"] = token.authorization

        # requests copies this hook to the requests that follow redirects.
        def handle(response: requests.Response, **options: Any) -> requests.Response:  # noqa: ANN401 - of requests
            # A prepared request can be sent late, or many times: then its token is not new.
            nonlocal started
            sent = monotonic() - response.elapsed.total_seconds()
            began = started if sent - prepared < _PROMPT else inf
            if not response.is_redirect:
                started = inf
            if self._may_replay(response, token, began):
                return self._replay(response, options)
            return response

        request.hooks["response"].append(handle)
        return request

    def _replay(self, response: requests.Response, options: dict[str, Any]) -> requests.Response:
        try:
            token = self.source.token()
        except TalendOAuthError as error:
            self._log_not_renewed(error)
            return response
        again = response.request.copy()
        again.headers["Authorization"] = token.authorization
        _ = response.content  # read to its end, so that the connection can be used again
        response.close()
        replayed: requests.Response = response.connection.send(again, **options)
        replayed.history.append(response)
        self._discards(replayed, token)
        return replayed

    def _rewind(self, response: requests.Response) -> bool:
        body: Any = response.request.body  # not only what is declared: a file or a generator
        if not isinstance(body, bytes | str | None):
            try:
                rewind_body(response.request)
            except requests.exceptions.UnrewindableBodyError:
                response.close()
                return False
        return True

    def _address(self, request: requests.PreparedRequest) -> Address:
        return address_of(request.url or "")
