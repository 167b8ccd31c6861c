"""Turns httpx's transport errors into `UnreachableError`, with a cause and a hint."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from talend_oauth.errors import UnreachableError

from .connection import shown_proxy

if TYPE_CHECKING:
    from talend_oauth._settings.settings import Settings


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
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    through, unknown = f" to the proxy {proxy}" if proxy else "", "no reason given"
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"\d{3}\b", str(error))
        what = f"the proxy {proxy} refused" + (f" ({status[0]})" if status else "")
        return what, "Check HTTPS_PROXY, the proxy's password (407), and what the proxy allows."
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = "If a company's proxy replaces it, set SSL_CERT_FILE to the company's authority."
            reason = getattr(cause, "verify_message", unknown)
            return f"its certificate is not trusted ({reason})", hint
        if isinstance(cause, ssl.SSLError):
            hint = "Check that TALEND_API_URL is an https address, and what stands in between."
            return f"TLS failed ({getattr(cause, 'reason', '') or unknown})", hint
        if isinstance(cause, socket.gaierror):
            if proxy:
                hint = "Check HTTPS_PROXY. If no proxy is needed, set NO_PROXY."
                return f"DNS does not know the name of the proxy {proxy}", hint
            hint = "Check the region and this machine's DNS. Behind a proxy, set HTTPS_PROXY."
            return "DNS does not know its name", hint
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        hint = "Check the network, the firewall and HTTPS_PROXY. An IP allowlist may be the cause."
        return f"no connection{through} in time", hint
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return f"no complete response in time (at most {seconds:.2g} s)", "Try again later."
    if isinstance(error, httpx.ConnectError | ConnectionError):
        reasons = [it.strerror.lower() for it in causes if isinstance(it, OSError) and it.strerror]
        hint = "Check TALEND_API_URL, the network and HTTPS_PROXY."
        return f"no connection{through} ({[unknown, *reasons][-1]})", hint
    if isinstance(error, httpx.NetworkError | OSError):
        return "the connection broke", "Try again later."
    hint = "Check for a proxy in between, and try again later."
    return f"the response was incomplete or not valid HTTP ({type(error).__name__})", hint
