"""The proxy is the one that the environment names, and a bad value is named but not shown."""

from __future__ import annotations

import os
import ssl
import sys

import httpx
import pytest

from talend_oauth._token_endpoint.connection import find_proxy, shown_proxy, tls_context
from talend_oauth.errors import ConfigurationError

EU = "https://api.eu.cloud.talend.com"
IP4, IP6 = "https://10.1.2.3:8443", "https://[fe80::7]"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def test_without_a_variable_there_is_no_proxy() -> None:
    assert find_proxy(EU) is None
    assert shown_proxy(EU) == ""


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "proxy.example:3128"),
        ({"https_proxy": "http://proxy.example:3128"}, "proxy.example:3128"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "proxy.example:3128"),
        ({"HTTPS_PROXY": " http://proxy.example:3128\r"}, "proxy.example:3128"),
        ({"HTTPS_PROXY": "http://one:1", "ALL_PROXY": "http://two:2"}, "one:1"),
        ({"HTTPS_PROXY": "http://user:pass%23word@[::1]:3128/"}, "[::1]:3128"),
        ({"HTTP_PROXY": "http://proxy.example:3128"}, ""),
        ({"HTTPS_PROXY": ""}, ""),
    ],
)
def test_the_proxy_is_the_one_for_https_else_the_one_for_all(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], shown: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert shown_proxy(EU) == shown


def test_a_socks_proxy_needs_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    monkeypatch.setitem(sys.modules, "socksio", sys)
    assert shown_proxy(EU) == "proxy.example:1080"
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(ConfigurationError, match=r"^ALL_PROXY cannot be used: for SOCKS, "):
        find_proxy(EU)


def test_the_proxy_is_used_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pass%23word@proxy.example:3128")
    proxy = find_proxy(EU)

    assert proxy is not None
    assert proxy.auth == ("user", "pass#word")
    assert proxy.url == httpx.URL("http://proxy.example:3128")
    assert proxy.ssl_context is None


def test_a_proxy_that_speaks_tls_is_trusted_as_the_api_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "HTTPS://proxy.example")
    proxy = find_proxy(EU)

    assert proxy is not None
    assert isinstance(proxy.ssl_context, ssl.SSLContext)
    assert proxy.ssl_context is tls_context(EU)


def test_to_this_machine_without_tls_there_is_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    monkeypatch.setenv("ALL_PROXY", "not a proxy")

    assert find_proxy("http://127.0.0.1:8080") is None


@pytest.mark.parametrize(
    ("url", "no_proxy", "bypassed"),
    [
        (EU, "*", True),
        (EU, "api.eu.cloud.talend.com", True),
        (EU, "api.eu.cloud.talend.com:443", True),
        (f"{EU}:8443", "api.eu.cloud.talend.com:8443", True),
        (f"{EU}:8443", "api.eu.cloud.talend.com:443", False),
        (EU, ".talend.com", True),
        (EU, "other.example, talend.com", True),
        (EU, "us.cloud.talend.com", False),
        (EU, "10.0.0.0/8,[::1],fe80::/10,*.corp.example:*", False),
        (EU, "0.0.0.0/0,::/0", False),
        (IP4, "10.0.0.0/8", True),
        (IP4, "10.9.9.9/8", True),
        (IP4, "[::1]:80, nonsense/99, 10.1.2.3/32 ", True),
        (IP4, "10.1.2.3", True),
        (IP4, "10.1.2.3:8443", True),
        (IP4, "192.168.0.0/16,fe80::/10", False),
        (IP6, "fe80::/10", True),
        (IP6, "[fe80::7]", True),
        (IP6, "fe80::7", True),
        (IP6, "[fe80::7]:443", True),
        (IP6, "[::1]", False),
        (IP6, "", False),
    ],
)
def test_no_proxy_takes_out_names_addresses_and_networks(
    monkeypatch: pytest.MonkeyPatch, url: str, no_proxy: str, bypassed: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert (shown_proxy(url) == "") == bypassed


@pytest.mark.parametrize(
    "value",
    [
        "http://user:canary#word@proxy.example:1",
        "http://user:canary/word@proxy.example:1",
        "http://user:canary?word@proxy.example:1",
        "http://canary:notaport",
        "http://[::canary",
        "http://canary\x7f",
        "gopher://user:canary@proxy.example",
        pytest.param(
            "http://" + "canary" * 20_000,
            marks=pytest.mark.posix("Windows refuses a variable as long as this"),
        ),
        "http://canary..example",
        "http://" + "canary" * 11 + ".example",
        "http://",
        "http:///canary",
        "http://:3128",
        "//canary",
    ],
    ids=lambda value: value[:40],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_value_that_is_no_proxy_is_an_error_that_names_the_variable_alone(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        find_proxy(EU)

    variable = variable if os.name == "posix" else variable.upper()  # as Windows keeps it
    assert caught.value.message == f"{variable} cannot be used: it is not a proxy's URL."
    assert caught.value.hint == (
        f"Set {variable} to a URL such as http://host:3128. Percent-encode special characters in "
        "it: %23 for #, %2F for /."
    )
    assert caught.value.__context__ is None
    assert not [text for text in locals_of(caught.value) if "canary" in text]


@pytest.mark.posix("Windows has one variable for both names")
def test_the_variable_that_counts_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("https_proxy", "gopher://")
    with pytest.raises(ConfigurationError, match=r"^https_proxy cannot be used"):
        find_proxy(EU)


def test_a_proxy_of_the_system_that_cannot_be_used_is_said_to_be_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from talend_oauth._token_endpoint import connection

    monkeypatch.setattr(connection, "getproxies", lambda: {"https": "gopher://"})
    with pytest.raises(ConfigurationError, match=r"^The proxy of the system cannot be") as caught:
        find_proxy(EU)
    assert caught.value.hint.startswith("Set HTTPS_PROXY to a URL such as")


def locals_of(error: BaseException) -> list[str]:
    """Return what a report of the library's frames would show."""
    shown: list[str] = []
    traceback = error.__traceback__
    while traceback is not None:
        if "talend_oauth" in traceback.tb_frame.f_code.co_filename:
            shown += map(repr, traceback.tb_frame.f_locals.values())
        traceback = traceback.tb_next
    return shown
