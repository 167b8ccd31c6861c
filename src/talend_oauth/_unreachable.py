"""Why no answer came, in words: httpx's exceptions, told apart by what is behind them."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from .errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._settings import Settings


def unreachable(error: httpx.HTTPError, settings: Settings, seconds: float) -> UnreachableError:
    """Return the error for an exchange that failed below HTTP.

    Args:
        error: What httpx raised. Nothing of it is kept: it holds the request.
        settings: What was asked, for the message.
        seconds: How long it was allowed to take.
    """
    what, hint = _cause(error)
    return UnreachableError(
        f"{settings.api_url} did not answer: {what.format(seconds=seconds)}.", hint=hint
    )


def _cause(error: httpx.HTTPError) -> tuple[str, str]:
    causes = list(_chain(error))
    if isinstance(error, httpx.ProxyError):
        return "the proxy refused", "Check HTTPS_PROXY and NO_PROXY, and what the proxy allows."
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls(cause)
        if isinstance(cause, socket.gaierror):
            return (
                "its name is not known (DNS)",
                "Check the region and this machine's DNS; behind a proxy, set HTTPS_PROXY.",
            )
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return (
            "no connection in time",
            "Check the network, the firewall and HTTPS_PROXY; the IP allowlist may drop silently.",
        )
    if isinstance(error, httpx.TimeoutException):
        return "nothing came in time (up to {seconds:.0f} s)", "Try again later."
    if isinstance(error, httpx.ConnectError):
        reasons = [c.strerror for c in causes if isinstance(c, OSError) and c.strerror]
        reason = reasons[-1].lower() if reasons else "no reason given"
        return f"no connection ({reason})", "Check TALEND_API_URL, the network and HTTPS_PROXY."
    if isinstance(error, httpx.NetworkError):
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
