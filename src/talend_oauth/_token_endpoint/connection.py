"""TLS context and proxy of a connection, as the environment names them.

The context is loaded once: its authorities take 20 ms of processor time. The proxy is read here,
since httpx refuses values that curl and git accept.
"""

from __future__ import annotations

import os
import ssl
import sys
from _thread import RLock
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import certifi
import httpx

from talend_oauth.errors import ConfigurationError

if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
    certifi.where()  # imports what httpx's fetch would
_loading = RLock()  # held while OpenSSL works: a child forked then would miss its locks


def tls_context(url: str) -> ssl.SSLContext:
    """Return the context in which to speak to a URL.

    Args:
        url: Of the API. To `http:` no TLS is spoken, so that context trusts nobody.

    Raises:
        ConfigurationError: When a file that the environment names cannot be used.
    """
    if not url.startswith("https:"):
        with _loading:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return _verifying(*map(_path_and_mtime, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
    except (OSError, ValueError) as error:
        # OpenSSL names no file in its errors, Python the one that it cannot write.
        variable = "SSLKEYLOGFILE" if getattr(error, "filename", None) else "SSL_CERT_FILE"
        reason = getattr(error, "reason", "") or getattr(error, "strerror", "") or "no path"
    message = f"The file that {variable} names cannot be used ({reason})."
    hint = "SSL_CERT_FILE names certificates in PEM form, SSLKEYLOGFILE a file to write to."
    raise ConfigurationError(message, hint=hint)


def _path_and_mtime(variable: str) -> tuple[str | None, int]:
    """Return a path and when it changed: a long run may be given other authorities."""
    path = os.environ.get(variable)
    with suppress(OSError, ValueError):
        return path, Path(path).stat().st_mtime_ns if path else 0
    return path, 0


@lru_cache(maxsize=1)
def _verifying(*_: tuple[str | None, int]) -> ssl.SSLContext:
    with _loading:
        return httpx.create_ssl_context()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_loading.acquire, after_in_parent=_loading.release, after_in_child=_loading.release
    )


def find_proxy(url: str) -> httpx.Proxy | None:
    """Return the proxy for a URL, or None for a direct connection.

    Args:
        url: Of the API. Plain http goes to this machine only, and never through a proxy, which
            would read the secret.

    Raises:
        ConfigurationError: When the proxy cannot be used. It may hold a password, so
            neither the message nor a local of this frame shows any part of it.
    """
    name = _name_of_proxy()
    if not name or not url.startswith("https:") or _is_bypassed(httpx.URL(url)):
        return None
    proxy, problem = _parse(name, tls_context(url)), "it is not a proxy's URL"
    has_socks = sys.modules.get("socksio") is not None  # httpcore has imported it if it is there
    if proxy is not None and proxy.url.scheme.startswith("socks") and not has_socks:
        proxy, problem = None, "for SOCKS, httpx[socks] has to be installed"
    if proxy is not None:
        return proxy
    variable = max((it for it in os.environ if it.lower() == f"{name}_proxy"), default="")
    raise ConfigurationError(
        f"{variable or 'The proxy of the system'} cannot be used: {problem}.",
        hint=f"Set {variable or 'HTTPS_PROXY'} to a URL such as http://host:3128. Percent-encode "
        "special characters in it: %23 for #, %2F for /.",
    )


def shown_proxy(url: str) -> str:
    """Return host and port of the proxy for a URL; an empty string for a direct connection."""
    return proxy.url.netloc.decode() if (proxy := find_proxy(url)) else ""


def _name_of_proxy() -> str:
    """Return the name of the proxy that is set, `https` or `all`; empty if there is none."""
    proxies = getproxies()  # with passwords: not in the frame of an error
    return next((name for name in ("https", "all") if proxies.get(name)), "")


def _parse(name: str, context: ssl.SSLContext) -> httpx.Proxy | None:
    proxy = getproxies()[name].strip()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    with suppress(httpx.InvalidURL, ValueError):
        parsed = httpx.Proxy(proxy, ssl_context=context if proxy[:6].lower() == "https:" else None)
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
