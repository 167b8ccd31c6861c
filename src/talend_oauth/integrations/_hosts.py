"""The hosts that may be sent the token: the API's own, and those that the user names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talend_oauth._reporting import warn_once
from talend_oauth._settings.regions import is_loopback
from talend_oauth._settings.secrets import Secret, WrongType, type_name
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Any

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TALEND_API = re.compile(r"api\.[a-z0-9]+(?:-[a-z0-9]+)*\.cloud\.talend\.com")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?",
    re.IGNORECASE | re.ASCII,
)


class AllowedHosts:
    """Decides to which addresses a token may be sent.

    Those are the host and port of the API, and the hosts that the user names: a name alone stands
    for each of its ports. When the API is not known (a static token without a region) they are
    the API hosts of every Talend region, and this machine. Names are compared as a whole.

    Args:
        api_url: Base URL of the API, or None.
        hosts: More hosts, each as `name` or `name:port`; see `wrap_hosts`.

    Raises:
        ConfigurationError: When one of `hosts` is not a host.
    """

    def __init__(self, api_url: str | None, hosts: Iterable[str] = ()) -> None:
        self._api_url = api_url
        self._addresses: set[tuple[str, int | None]] = set()
        if api_url is not None:
            _, host, port = address_of(api_url)
            self._addresses.add((host, port))
        for index, given in enumerate(_wrapped(hosts)):
            address = _parsed(given)
            if address is None:
                what = "a host" if isinstance(given, Secret) else f"a string but {type_name(given)}"
                raise ConfigurationError(
                    f"hosts[{index}] is not {what}.",
                    hint="Give the host alone, such as files.example.com or 127.0.0.1:8080: no "
                    "scheme, path, user name or wildcard, and other than ASCII as xn--...",
                )
            self._addresses.add(address)

    def allows(self, scheme: str, host: str, port: int | None) -> bool:
        """Return whether a request to this address may carry the token.

        Args:
            scheme: Of the request's URL.
            host: Of the request's URL, in ASCII, with or without the brackets of IPv6.
            port: Of the request's URL; None for the scheme's own.
        """
        host = _normal(host)
        if scheme != "https" and not _is_this_machine(host):
            return False
        port = _DEFAULT_PORTS.get(scheme) if port is None else port
        named = {(host, port), (host, None)} & self._addresses
        return bool(named) or self._is_default(host, port)

    def _is_default(self, host: str, port: int | None) -> bool:
        """Return whether an address may have the token although no API is known."""
        return self._api_url is None and (
            _is_this_machine(host) or (_is_talend_api(host) and port == _DEFAULT_PORTS["https"])
        )

    def _names(self, host: str) -> bool:
        """Return whether some port of another machine's host may have the token, over https."""
        known = any(host == name for name, _ in self._addresses) or self._is_default(host, 443)
        return known and not _is_this_machine(host)

    def explain(self, scheme: str, host: str) -> None:
        """Warn, once for each host, that a request is sent without the token.

        Args:
            scheme: Of the request's URL, which `allows` has refused.
            host: Of the request's URL.

        Raises:
            ConfigurationError: When the host may have the token, but not over plain http.
        """
        if scheme != "https" and self._names(_normal(host)):
            raise ConfigurationError(
                f"The request goes to {host} over {scheme}, where the token could be read.",
                hint="Use https; plain http is accepted only for this machine (127.0.0.1).",
            )
        own = self._api_url or "Talend's API hosts and this machine"
        warn_once(
            f"the token is not sent to {host[:253]}, only to {own}; if that host may have it, "
            "name it: hosts=('name',) or hosts=('name:port',)"
        )


def wrap_hosts(hosts: Iterable[str]) -> Iterable[str]:
    """Return the hosts wrapped, as a public function does first with all its arguments.

    Args:
        hosts: As the user gave them: strings, or one string.
    """
    return _wrapped(hosts)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def _wrapped(hosts: object) -> tuple[Secret | WrongType, ...]:
    given: Any = hosts
    if isinstance(hosts, str) or not isinstance(hosts, Iterable):
        given = (hosts,)
    return tuple(map(_wrap, given))


def _wrap(host: object) -> Secret | WrongType:
    if isinstance(host, Secret | WrongType):
        return host
    return Secret(host) if isinstance(host, str) else WrongType(host)


def address_of(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL; an empty host when it is not plain which it is."""
    with suppress(ValueError):
        parts = urlsplit(url)
        port = _DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
        if "\\" not in parts.netloc:  # where libraries disagree on the end of the host
            return parts.scheme, _normal(parts.hostname or ""), port
    return "", "", None


def _parsed(given: object) -> tuple[str, int | None] | None:
    match = _HOST.fullmatch(given.reveal()) if isinstance(given, Secret) else None
    if match is None:
        return None
    host, port = _normal(match["host"]), int(match["port"]) if match["port"] else None
    if host.startswith("[") or (port is not None and not 0 < port < 65536):
        return None
    return host, port


def _normal(host: str) -> str:
    """Return a host in lower case; an IPv6 address without brackets, in its shortest form."""
    host = host.lower()
    with suppress(ValueError):
        return ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]")).compressed
    return host


def _is_this_machine(host: str) -> bool:
    return is_loopback(f"[{host}]" if ":" in host else host)


def _is_talend_api(host: str) -> bool:
    return _TALEND_API.fullmatch(host) is not None
