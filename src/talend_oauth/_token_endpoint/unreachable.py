"""Why no answer came, in words: httpx's exceptions, told apart by what is behind them."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from talend_oauth.errors import ConfigurationError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talend_oauth._settings.settings import Settings


def unreachable(error: Exception, settings: Settings, seconds: float) -> UnreachableError:
    """Return the error for an exchange that failed below HTTP.

    Args:
        error: What httpx or a socket raised. Nothing of it is kept: it holds the request.
        settings: What was asked, for the message.
        seconds: How long it was allowed to take.
    """
    what, hint = _cause(error, proxy_for(settings.api_url or ""))
    return UnreachableError(
        f"{settings.api_url} did not answer: {what.replace('{seconds}', f'{seconds:.0f}')}.",
        hint=hint,
    )


def proxy_for(url: str) -> str:
    """Return host and port of the proxy that the environment names for a URL, or nothing.

    Args:
        url: Of the API. Plain http goes to this machine only, without a proxy.
    """
    if not url.startswith("https:"):
        return ""
    parsed, found = httpx.URL(url), getproxies()
    if proxy_bypass(parsed.host):
        return ""
    address = found.get("https") or found.get("all") or ""
    return address.rpartition("://")[2].rpartition("@")[2].partition("/")[0]


def _cause(error: Exception, proxy: str) -> tuple[str, str]:
    causes = list(_chain(error))
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"\d{3}\b", str(error))
        return (
            f"the proxy {proxy} refused" + (f" ({status[0]})" if status else ""),
            "Check HTTPS_PROXY and NO_PROXY, its password (407), and what it allows.",
        )
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls(cause)
        if isinstance(cause, socket.gaierror) and not proxy:
            return (
                "its name is not known (DNS)",
                "Check the region and this machine's DNS; behind a proxy, set HTTPS_PROXY.",
            )
        if isinstance(cause, socket.gaierror):
            return (
                f"the name of the proxy {proxy} is not known (DNS)",
                "Check HTTPS_PROXY, and NO_PROXY if no proxy is needed.",
            )
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return (
            f"no connection {f'to the proxy {proxy} ' if proxy else ''}in time",
            "Check the network, the firewall and HTTPS_PROXY; the IP allowlist may drop silently.",
        )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "nothing came in time (up to {seconds} s)", "Try again later."
    if isinstance(error, httpx.ConnectError | ConnectionError):
        reasons = [c.strerror for c in causes if isinstance(c, OSError) and c.strerror]
        reason = reasons[-1].lower() if reasons else "no reason given"
        to_proxy = f" to the proxy {proxy}" if proxy else ""
        return (
            f"no connection{to_proxy} ({reason})",
            "Check TALEND_API_URL, the network and HTTPS_PROXY.",
        )
    if isinstance(error, httpx.NetworkError | OSError):
        return "the connection broke", "Try again later."
    return (
        f"the answer was not valid HTTP or broke off ({type(error).__name__})",
        "Look for a proxy in between; try again later.",
    )


def _tls(error: ssl.SSLError) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted ({error.verify_message})",
            "If a company's proxy puts its own in place, set SSL_CERT_FILE to its authority.",
        )
    return (
        f"TLS failed ({error.reason or 'no reason given'})",
        "Check that TALEND_API_URL is an https address and what stands in between.",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def no_client(error: Exception) -> ConfigurationError:
    """Return the error for an HTTP client that could not even be made.

    Args:
        error: What was raised; only its type is told, since a proxy's URL may hold a password.
    """
    return ConfigurationError(
        f"The environment's proxy or certificate settings cannot be used ({type(error).__name__}).",
        hint="Check HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
    )
