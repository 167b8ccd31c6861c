"""A bearer token on every request of httpx2, replaced once when an API rejects it.

import httpx2
from talend_oauth.integrations.httpx2 import TalendAuth

with httpx2.Client(base_url="https://api.eu.cloud.talend.com", auth=TalendAuth()) as talend:
    talend.get("/account/me").json()
"""

from __future__ import annotations

from . import explain_missing

try:
    import httpx2
except ModuleNotFoundError as error:
    raise explain_missing(error, "httpx2") from None
from .httpx import AuthFlow

__all__ = ["TalendAuth"]


class TalendAuth(AuthFlow, httpx2.Auth):
    """Authenticates requests of `httpx2.Client` and `httpx2.AsyncClient` with a valid token.

    Its arguments, errors and rules are those of `talend_oauth.TalendAuth`.
    """

    _library = httpx2
