"""Turns httpx's transport errors into `UnreachableError`, with a cause and a hint."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from talend_oauth.errors import ConfigurationError, UnreachableError

from .proxy import shown_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talend_oauth._settings.settings import Settings

_CHECK_PROXY = "Check HTTPS_PROXY. If no proxy is needed, set NO_PROXY."


def unreachable(error: Exception, settings: Settings, seconds: float) -> UnreachableError:
    """Return the error for a request to which no complete response came.

    Args:
        error: What httpx or a socket raised. Nothing of it is kept: it holds the request.
        settings: What was asked, for the message.
        seconds: How long it was allowed to take.
    """
    what, hint = _cause(error, shown_proxy(settings.api_url or ""), seconds)
    return UnreachableError(f"{settings.api_url} did not respond: {what}.", hint=hint)


def _cause(error: Exception, proxy: str, seconds: float) -> tuple[str, str]:
    """Return what happened, and what to do next."""
    causes = list(_chain(error))
    whose = f"the name of the proxy {proxy}" if proxy else "its name"
    through = f" to the proxy {proxy}" if proxy else ""
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"\d{3}\b", str(error))
        what = f"the proxy {proxy} refused" + (f" ({status[0]})" if status else "")
        return what, "Check HTTPS_PROXY, the proxy's password (407), and what the proxy allows."
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = "If a company's proxy replaces it, set SSL_CERT_FILE to the company's authority."
            reason = getattr(cause, "verify_message", "no reason given")
            return f"its certificate is not trusted ({reason})", hint
        if isinstance(cause, ssl.SSLError):
            hint = "Check that TALEND_API_URL is an https address, and what stands in between."
            return f"TLS failed ({getattr(cause, 'reason', None) or 'no reason given'})", hint
        if isinstance(cause, socket.gaierror):
            hint = "Check the region and this machine's DNS. Behind a proxy, set HTTPS_PROXY."
            return f"DNS does not know {whose}", _CHECK_PROXY if proxy else hint
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        hint = "Check the network, the firewall and HTTPS_PROXY. An IP allowlist may be the cause."
        return f"no connection{through} in time", hint
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return f"no complete response in time (at most {seconds:.0f} s)", "Try again later."
    if isinstance(error, httpx.ConnectError | ConnectionError):
        reasons = [c.strerror for c in causes if isinstance(c, OSError) and c.strerror]
        reason = reasons[-1].lower() if reasons else "no reason given"
        hint = "Check TALEND_API_URL, the network and HTTPS_PROXY."
        return f"no connection{through} ({reason})", hint
    if isinstance(error, httpx.NetworkError | OSError):
        return "the connection broke", "Try again later."
    hint = "Check for a proxy in between, and try again later."
    return f"the response was incomplete or not valid HTTP ({type(error).__name__})", hint


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def client_setup_error(error: Exception) -> ConfigurationError:
    """Return the error for an HTTP client that could not be made.

    Args:
        error: What was raised. Only its type is told: a URL may hold a password.
    """
    return ConfigurationError(
        f"The HTTP client could not be made ({type(error).__name__}).",
        hint="Check TALEND_API_URL and the proxy's variables: HTTPS_PROXY, ALL_PROXY, NO_PROXY.",
    )
