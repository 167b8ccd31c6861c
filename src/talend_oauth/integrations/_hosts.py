"""The hosts that may be sent the token: the API's own, and those that the user names."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talend_oauth._reporting import warn_once
from talend_oauth._settings.regions import is_host, is_loopback
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = tuple[str, str, int | None]  # scheme, host, port of a URL

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TALEND_API = re.compile(r"api\.[a-z0-9]+(?:-[a-z0-9]+)*\.cloud\.talend\.com")


class AllowedHosts:
    """Decides to which addresses a token may be sent.

    Those are the host and port of the API, and the hosts that the user names: a name alone stands
    for each of its ports. When the API is not known (a static token without a region) they are
    the API hosts of every Talend region, and this machine. Names are compared as a whole.

    Args:
        api_url: Base URL of the API, or None.
        hosts: More hosts, each as `name` or `name:port`; or one such string.

    Attributes:
        hint: What to do if another host may have the token.

    Raises:
        ConfigurationError: When one of `hosts` is not a host.
    """

    hint = "if that host may have it, name it: hosts=('name',) or hosts=('name:port',)"

    def __init__(self, api_url: str | None, hosts: Iterable[str] = ()) -> None:
        self._api_url = api_url
        self._addresses: set[tuple[str, int | None]] = set()
        if api_url is not None:
            scheme, own, port = address_of(api_url)
            self._addresses.add((own, port or _DEFAULT_PORTS[scheme]))
        is_several = hasattr(hosts, "__iter__") and not isinstance(hosts, str)
        for index, host in enumerate(hosts if is_several else (hosts,)):
            text = host if isinstance(host, str) else ""
            _, name, port = address_of(f"https://{text}")
            form = r"(\[[\da-fA-F:.]+\]|[\w.-]+)(:0*[1-9]\d*)?"  # urlsplit reads others too
            if not is_host(name) or not re.fullmatch(form, text, re.ASCII):
                what = "a host" if isinstance(host, str) else f"a string but {type(host).__name__}"
                raise ConfigurationError(
                    f"hosts[{index}] is not {what}.",
                    hint="Give the host alone, such as files.example.com or 127.0.0.1:8080: no "
                    "scheme, path, user name or wildcard, and other than ASCII as xn--...",
                )
            self._addresses.add((name, port))

    def allows(self, scheme: str, host: str, port: int | None) -> bool:
        """Return whether a request to this address may carry the token.

        Args:
            scheme: Of the request's URL.
            host: Of the request's URL, in ASCII, with or without the brackets of IPv6.
            port: Of the request's URL; None for the scheme's own.
        """
        host = _normal(host)
        if scheme != "https" and not is_loopback(host):
            return False
        port = _DEFAULT_PORTS.get(scheme) if port is None else port
        if {(host, port), (host, None)} & self._addresses:
            return True
        is_talend_api = port == 443 and _TALEND_API.fullmatch(host) is not None
        return self._api_url is None and (is_talend_api or is_loopback(host))

    def explain(self, scheme: str, host: str, port: int | None) -> None:
        """Warn, once for each host, that a request is sent without the token.

        Args:
            scheme: Of the request's URL, which `allows` has refused.
            host: Of the request's URL.
            port: Of the request's URL.

        Raises:
            ConfigurationError: When the host may have the token, but not over plain http.
        """
        may_use_https = self.allows("https", host, port) or self.allows("https", host, None)
        if scheme != "https" and may_use_https and not is_loopback(_normal(host)):
            raise ConfigurationError(
                f"The request goes to {host} over {scheme}, where the token could be read.",
                hint="Use https; plain http is accepted only for this machine (127.0.0.1).",
            )
        own = self._api_url or "Talend's API hosts and this machine"
        warn_once(f"the token is not sent to {host[:253]}, only to {own}; {self.hint}")


def address_of(url: str) -> Address:
    """Return scheme, host and port of a URL; an empty host when it is not plain which it is."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if "\\" not in parts.netloc:  # where libraries disagree on the end of the host
            return parts.scheme, _normal(parts.hostname or ""), parts.port
    return "", "", None


def _normal(host: str) -> str:
    """Return a host in lower case; an IPv6 address in brackets, in its shortest form."""
    with suppress(ValueError):
        return f"[{IPv6Address(host.removeprefix('[').removesuffix(']')).compressed}]"
    return host.lower()
