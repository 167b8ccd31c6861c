"""The proxy that the environment names for a URL. httpx refuses values that curl and git accept."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from talend_oauth.errors import ConfigurationError

from .tls import tls_context

if TYPE_CHECKING:
    import ssl


def find_proxy(url: str) -> httpx.Proxy | None:
    """Return the proxy for a URL, or None for a direct connection.

    Args:
        url: Of the API. Plain http goes to this machine only, and never through a proxy, which
            would read the secret.

    Raises:
        ConfigurationError: When the proxy cannot be used. It may hold a password, so
            neither the message nor a local of this frame shows any part of it.
    """
    target = httpx.URL(url)
    if target.scheme != "https" or _is_bypassed(target):
        return None
    name = next((name for name in ("https", "all") if getproxies().get(name)), None)
    if name is None:
        return None
    proxy, problem = _parse(name, tls_context(url)), "it is not a proxy's URL"
    if proxy is not None and proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
        proxy, problem = None, "for SOCKS, httpx[socks] has to be installed"
    if proxy is None:
        variable = max((it for it in os.environ if it.lower() == f"{name}_proxy"), default="")
        raise ConfigurationError(
            f"{variable or 'The proxy of the system'} cannot be used: {problem}.",
            hint=f"Set {variable or 'HTTPS_PROXY'} to a URL such as http://host:3128. Percent-"
            "encode special characters in it: %23 for #, %2F for /.",
        )
    return proxy


def shown_proxy(url: str) -> str:
    """Return host and port of the proxy for a URL; an empty string for a direct connection."""
    proxy = find_proxy(url)
    return proxy.url.netloc.decode() if proxy else ""


def _parse(name: str, context: ssl.SSLContext) -> httpx.Proxy | None:
    proxy = getproxies()[name].strip()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    is_secured = proxy.lower().startswith("https:")
    with suppress(httpx.InvalidURL, ValueError):
        parsed = httpx.Proxy(proxy, ssl_context=context if is_secured else None)
        if parsed.url.raw_host.decode().encode("idna"):  # as the resolver does; it may refuse
            return parsed
    return None


def _is_bypassed(url: httpx.URL) -> bool:
    if proxy_bypass(url.netloc.decode() + ("" if url.port else ":443")):
        return True
    with suppress(ValueError):  # a name, which is in no network
        address = ip_address(url.host)
        for entry in getproxies().get("no", "").split(","):
            with suppress(ValueError):  # a name
                if address in ip_network(entry.strip("[] "), strict=False):
                    return True
    return False
