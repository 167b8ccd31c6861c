"""What happened below HTTP is told apart, by what httpx raised and what is behind it."""
# ruff: noqa: E501 - the failures read as a table

from __future__ import annotations

import os
import socket
import ssl
from typing import Any

import httpx
import pytest

from talend_oauth import Settings
from talend_oauth._token_endpoint.unreachable import unreachable
from talend_oauth.errors import UnreachableError

EU = "https://api.eu.cloud.talend.com"
SETTINGS = Settings(client_id="an-id", client_secret="a-secret", region="eu")
LATER = "Try again later."
ALLOWLIST = "Check the network, the firewall and HTTPS_PROXY. An IP allowlist may be the cause."
NETWORK = "Check TALEND_API_URL, the network and HTTPS_PROXY."
REPLACED = "If a company's proxy replaces it, set SSL_CERT_FILE to the company's authority."
NO_TLS = "Check that TALEND_API_URL is an https address, and what stands in between."
DNS = "Check the region and this machine's DNS. Behind a proxy, set HTTPS_PROXY."
NO_HTTP = "Check for a proxy in between, and try again later."
ALLOWED = "Check HTTPS_PROXY, the proxy's password (407), and what the proxy allows."
NO_PROXY = "Check HTTPS_PROXY. If no proxy is needed, set NO_PROXY."


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def caused(error: BaseException, cause: BaseException, *, as_context: bool = False) -> Any:
    """Return an error behind which there is another."""
    if as_context:
        error.__context__ = cause
    else:
        error.__cause__ = cause
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError()
    error.verify_message = "self-signed certificate"
    return error


def tls_error(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError()
    if reason:
        error.reason = reason
    return error


REFUSED = ConnectionRefusedError(111, "Connection refused")
UNKNOWN = socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("error", "what", "hint"),
    [
        (caused(httpx.ConnectError(""), UNKNOWN), "DNS does not know its name", DNS),
        (UNKNOWN, "DNS does not know its name", DNS),
        (caused(httpx.ConnectError(""), untrusted()), "its certificate is not trusted (self-signed certificate)", REPLACED),
        (caused(httpx.ConnectError(""), untrusted(), as_context=True), "its certificate is not trusted (self-signed certificate)", REPLACED),
        (caused(httpx.ConnectError(""), caused(OSError(), tls_error("WRONG_VERSION_NUMBER"))), "TLS failed (WRONG_VERSION_NUMBER)", NO_TLS),
        (caused(httpx.ConnectError(""), caused(OSError(), UNKNOWN, as_context=True)), "DNS does not know its name", DNS),
        (tls_error(None), "TLS failed (no reason given)", NO_TLS),
        (ssl.SSLCertVerificationError(), "its certificate is not trusted (no reason given)", REPLACED),
        (caused(httpx.ReadError(""), tls_error("EOF")), "TLS failed (EOF)", NO_TLS),
        (httpx.ConnectTimeout(""), "no connection in time", ALLOWLIST),
        (httpx.PoolTimeout(""), "no connection in time", ALLOWLIST),
        (httpx.ReadTimeout(""), "no complete response in time (at most 7.4 s)", LATER),
        (httpx.WriteTimeout(""), "no complete response in time (at most 7.4 s)", LATER),
        (TimeoutError(), "no complete response in time (at most 7.4 s)", LATER),
        (caused(httpx.ConnectError(""), REFUSED), "no connection (connection refused)", NETWORK),
        (caused(httpx.ConnectError(""), caused(OSError("x"), REFUSED)), "no connection (connection refused)", NETWORK),
        (caused(httpx.ConnectError(""), caused(OSError(113, "No route"), REFUSED)), "no connection (connection refused)", NETWORK),
        (REFUSED, "no connection (connection refused)", NETWORK),
        (httpx.ConnectError("canary"), "no connection (no reason given)", NETWORK),
        (httpx.ReadError("canary"), "the connection broke", LATER),
        (httpx.CloseError("canary"), "the connection broke", LATER),
        (OSError(5, "canary"), "the connection broke", LATER),
        (httpx.RemoteProtocolError("canary"), "the response was incomplete or not valid HTTP (RemoteProtocolError)", NO_HTTP),
        (httpx.DecodingError("canary"), "the response was incomplete or not valid HTTP (DecodingError)", NO_HTTP),
        (httpx.ProxyError("407 canary"), "the proxy  refused (407)", ALLOWED),
    ],
)  # fmt: skip
def test_each_failure_has_its_words(error: Exception, what: str, hint: str) -> None:
    found = unreachable(error, SETTINGS, 7.4)

    assert type(found) is UnreachableError
    assert (found.message, found.hint) == (f"{EU} did not respond: {what}.", hint)
    assert (found.status, found.retryable, found.__cause__, found.__context__) == (
        None,
        True,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("error", "what", "hint"),
    [
        (caused(httpx.ConnectError(""), UNKNOWN), "DNS does not know the name of the proxy proxy.example:3128", NO_PROXY),
        (httpx.ConnectTimeout(""), "no connection to the proxy proxy.example:3128 in time", ALLOWLIST),
        (caused(httpx.ConnectError(""), REFUSED), "no connection to the proxy proxy.example:3128 (connection refused)", NETWORK),
        (httpx.ProxyError("403 Forbidden"), "the proxy proxy.example:3128 refused (403)", ALLOWED),
        (httpx.ProxyError("4031 x"), "the proxy proxy.example:3128 refused", ALLOWED),
        (httpx.ProxyError("canary"), "the proxy proxy.example:3128 refused", ALLOWED),
        (caused(httpx.ProxyError("502"), untrusted()), "the proxy proxy.example:3128 refused (502)", ALLOWED),
    ],
)  # fmt: skip
def test_a_failure_on_the_way_through_a_proxy_names_it_without_its_password(
    monkeypatch: pytest.MonkeyPatch, error: Exception, what: str, hint: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@proxy.example:3128")
    found = unreachable(error, SETTINGS, 7.4)

    assert (found.message, found.hint) == (f"{EU} did not respond: {what}.", hint)


def test_causes_that_go_round_in_a_circle_are_followed_once() -> None:
    one, other = httpx.ConnectError("one"), OSError(5, "Input/output error")
    one.__cause__, other.__context__ = other, one

    assert "no connection (input/output error)" in unreachable(one, SETTINGS, 1.0).message
