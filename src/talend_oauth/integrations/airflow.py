"""A bearer token for Airflow's HTTP operators and hooks, by the account of a connection.

HttpOperator(http_conn_id="talend", auth_type=TalendAuth, endpoint="/account/me", method="GET")
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from talend_oauth._settings.checks import shown_id
from talend_oauth._settings.regions import check_api_url
from talend_oauth._settings.secrets import Secret, hides_arguments
from talend_oauth._settings.settings import settings_named
from talend_oauth._stores.variable import store_of_environment

from ._hosts import AllowedHosts, address_of
from .requests import TalendAuth as RequestsAuth

# isort: split
from requests.auth import AuthBase  # after ours, which explains what to do if it is missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    import requests

    from talend_oauth._settings.settings import SettingsOptions

__all__ = ["TalendAuth"]

_TALEND = AllowedHosts(None)
_TALEND.hint = (
    "the connection's host has to be the API of a region: https://api.eu.cloud.talend.com"
)
_NAMES = {"client_id": "the connection's login", "client_secret": "the connection's password"}


class TalendAuth(AuthBase):
    """Authenticates the requests of an Airflow connection with a valid token.

        HttpOperator(http_conn_id="talend", auth_type=TalendAuth, ...)
        HttpSensor(http_conn_id="talend", request_kwargs={"auth": TalendAuth(connection="talend")})

    The login of the connection is the client ID, the password is the client secret, and the host
    is the API of a Talend region: of the first request, `https://api.<region>.cloud.talend.com`
    or this machine. A request to another host is sent without a token, and a warning says so.
    A connection with a login is used as it is: of the variables of `Settings`, none is read.

    The token is shared by the processes of the worker in a `FileStore`. `TALEND_OAUTH_STORE` is
    another folder, the `redis://` URL of a `RedisStore` for several workers, or `off`. A 401 is
    acted on as by `talend_oauth.integrations.requests.TalendAuth`.

    For `HttpHook` and what is made of it. `HttpAsyncHook`, and so `HttpOperator(deferrable=True)`,
    makes Basic credentials of whatever its `auth_type` returns: with this class it fails, and
    sends nothing. A trigger of your own can use `talend_oauth.async_client`.

    Args:
        login: The client ID, as Airflow gives it. Without one, and without a connection that has
            one, everything is from the environment, as in `TokenSource`.
        password: The client secret.
        connection: ID of the connection to read both from, at the first request: for `HttpSensor`,
            which has no `auth_type`. Such an object can be pickled; one with a password cannot.

    Raises:
        ConfigurationError: From the first request, as `Settings`; and over plain http to Talend.
    """

    _auth: RequestsAuth | None = None

    def __init__(
        self,
        login: str | None = None,
        password: str | None = None,
        *,
        connection: str | None = None,
    ) -> None:
        self._login, self._connection = login, connection
        self._password = None if password is None else Secret(password)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put a token on a request. Called by requests."""
        auth = self._auth or self._bind(request)
        return request if auth is None else auth(request)

    @hides_arguments
    def _bind(self, request: requests.PreparedRequest) -> RequestsAuth | None:
        """Return the authentication for the API of a request; None for any other host."""
        login, password = self._login, self._password
        if not login and self._connection is not None:
            hook: Any = import_module("airflow.providers.http.hooks.http").HttpHook
            found = hook.get_connection(self._connection)
            login, password = found.login, Secret(found.password or "")
        settings = None  # everything is from the environment
        if login:
            scheme, host, port = address_of(request.url or "")
            if not _TALEND.allows(scheme, host, port):
                if "Authorization" not in request.headers:
                    _TALEND.explain(scheme, host, port)
                return None
            url = f"{scheme}://{host}" + (f":{port}" if port else "")
            url = check_api_url(url, "the connection's host")  # as it is in an audience
            account: SettingsOptions = {"client_id": login, "client_secret": password or Secret("")}
            # The audience as well, or a variable would set it.
            settings = settings_named({**account, "api_url": url, "audience": url}, _NAMES)
        made = RequestsAuth(settings, store=store_of_environment())
        made._hosts.hint = "the connection's host has to be that API"  # pyright: ignore[reportPrivateUsage]
        # The first of several threads decides: a token never goes to the host of another.
        auth: RequestsAuth = vars(self).setdefault("_auth", made)
        return auth

    def __deepcopy__(self, memo: object = None) -> Self:
        return self

    __copy__ = __deepcopy__

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[object, ...]]:
        made = partial(type(self), connection=self._connection)
        return made, (self._login, self._password)  # a Secret refuses

    def __repr__(self) -> str:
        who = f"login={shown_id(self._login)!r}, password=***" if self._login else ""
        connection = f"connection={self._connection!r}" if self._connection else ""
        return f"TalendAuth({who or connection})"
