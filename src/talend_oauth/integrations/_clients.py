"""Ready httpx clients for the APIs of a region."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import httpx

from talend_oauth._lifecycle.source import internals
from talend_oauth._settings.sources import wrap_options
from talend_oauth._token_endpoint.proxy import find_proxy
from talend_oauth._token_endpoint.tls import tls_context
from talend_oauth._token_endpoint.unreachable import client_setup_error
from talend_oauth.errors import ConfigurationError

from ._hosts import masked_hosts
from .httpx import TalendAuth

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Unpack

    from talend_oauth._lifecycle.source import TokenSource
    from talend_oauth._settings.settings import Settings, SettingsOptions

_Client = TypeVar("_Client", httpx.Client, httpx.AsyncClient)
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


def client(
    source: TokenSource | Settings | None = None,
    *,
    hosts: Iterable[str] = (),
    **options: Unpack[SettingsOptions],
) -> httpx.Client:
    """Return an `httpx.Client` for a region: base URL, token, time-outs, `talend-version`.

        with talend_oauth.client() as talend:
            talend.get("/account/me").json()

    The token goes to that base URL's host only; see `TalendAuth`.

    Args:
        source: A `TokenSource`, or the `Settings` of one; from the environment when left out.
        hosts: More hosts that may have the token, as `name` or `name:port`.
        **options: Those of `Settings`, instead.

    Raises:
        ConfigurationError: As `Settings`, when a ready token comes without a region, and when the
            environment names a proxy or certificates that cannot be used.
    """
    options = wrap_options(options)
    hosts = masked_hosts(hosts)
    return _made(httpx.Client, TalendAuth(source, hosts=hosts, **options))


def async_client(
    source: TokenSource | Settings | None = None,
    *,
    hosts: Iterable[str] = (),
    **options: Unpack[SettingsOptions],
) -> httpx.AsyncClient:
    """Return an `httpx.AsyncClient` for a region; see `client`."""
    options = wrap_options(options)
    hosts = masked_hosts(hosts)
    return _made(httpx.AsyncClient, TalendAuth(source, hosts=hosts, **options))


def _made(kind: type[_Client], auth: TalendAuth) -> _Client:
    url = _base_url(auth)
    try:
        return kind(
            base_url=url,
            auth=auth,
            timeout=_TIMEOUT,
            headers={"talend-version": internals(auth.source).settings.talend_version},
            verify=tls_context(url),
            proxy=find_proxy(url),
            trust_env=False,  # httpx refuses some values of the proxy's variables
        )
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        failure = client_setup_error(error)
    raise failure


def _base_url(auth: TalendAuth) -> str:
    url = internals(auth.source).settings.api_url
    if url is None:
        raise ConfigurationError(
            "No region is set for the client's base URL.",
            hint="Set TALEND_REGION or TALEND_API_URL; a ready token does not name its API.",
        )
    return url
