"""The token goes to the API's own hosts and to those that the user names, and to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
import requests

from talend_oauth import TalendAuth, TalendOAuthWarning, TokenSource
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations._hosts import AllowedHosts, address_of
from talend_oauth.integrations.httpx2 import TalendAuth as Httpx2Auth

from .network import API, HOST, Network, every_kind, every_library

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..clocks import FakeClock
    from .network import Endpoint, Get


def allows(hosts: AllowedHosts, url: str) -> bool:
    """Ask as all three integrations do, which have to agree."""
    found = {hosts.allows(*address_of(requests.Request("GET", url).prepare().url or ""))}
    for library in (httpx, httpx2):
        parsed: Any = library.URL(url)
        found.add(hosts.allows(parsed.scheme, parsed.raw_host.decode("ascii"), parsed.port))
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    "url",
    [
        f"{API}/account/me",
        f"{API}:443/account/me",
        "https://API.EU.Cloud.Talend.com/",
        "https://somebody@api.eu.cloud.talend.com/",
    ],
)
def test_the_api_itself_may_have_the_token(url: str) -> None:
    assert allows(AllowedHosts(API), url)


STRANGERS = [
    "https://files.example/",
    "https://api.us.cloud.talend.com/",
    "https://eu.cloud.talend.com/",
    "https://api.eu.cloud.talend.com:8443/",
    "https://api.eu.cloud.talend.com.evil.example/",
    "https://evilapi.eu.cloud.talend.com/",
    "https://x.api.eu.cloud.talend.com/",
    "https://api.eu.cloud.talend.com@evil.example/",
    "https://api.eu.cloud.talend.com:443@evil.example/",
    "https://evil.example/https://api.eu.cloud.talend.com/",
    "https://evil.example/?api.eu.cloud.talend.com",
    "https://evil.example#@api.eu.cloud.talend.com",
    "https://api.eu.cloud.talend.com./",
    "https://api-eu.cloud.talend.com/",
    "https://xn--pi-7kc.eu.cloud.talend.com/",
    "https://\u0430pi.eu.cloud.talend.com/",  # the Cyrillic letter
    "https://127.0.0.1/",
    "https://[::1]/",
    "http://localhost:8080/",
]


@pytest.mark.parametrize("url", STRANGERS)
def test_a_stranger_may_not_have_it(url: str) -> None:
    assert not allows(AllowedHosts(API), url)


def test_plain_http_to_the_api_itself_may_not_have_it() -> None:
    assert not allows(AllowedHosts(API), "http://api.eu.cloud.talend.com/")
    assert not allows(AllowedHosts(API), "http://api.eu.cloud.talend.com:443/")
    assert not allows(AllowedHosts(API, ("10.0.0.1",)), "http://10.0.0.1/")


def test_an_api_on_this_machine_is_one_port_of_it() -> None:
    hosts = AllowedHosts("http://127.0.0.1:8080")

    assert allows(hosts, "http://127.0.0.1:8080/account/me")
    assert allows(hosts, "https://127.0.0.1:8080/account/me")
    for url in ("http://127.0.0.1:8081/", "http://127.0.0.1/", "http://localhost:8080/"):
        assert not allows(hosts, url)


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("files.example", "https://files.example/"),
        ("files.example", "https://files.example:8443/"),
        ("Files.EXAMPLE", "https://files.example/"),
        ("files.example:8443", "https://files.example:8443/"),
        ("files.example:443", "https://files.example/"),
        ("xn--bcher-kva.example", "https://b\u00fccher.example/"),
        ("my_gateway", "https://my_gateway/"),
        ("files.example:1", "https://files.example:1/"),
        ("files.example:65535", "https://files.example:65535/"),
        ("localhost", "http://localhost:1234/"),
        ("127.0.0.1:80", "http://127.0.0.1/"),
        ("10.0.0.1", "https://10.0.0.1/"),
        ("[::1]", "http://[::1]:8080/"),
        ("[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443/"),
    ],
)
def test_a_named_host_may_have_it(named: str, url: str) -> None:
    assert allows(AllowedHosts(API, (named,)), url)
    assert allows(AllowedHosts(API, [named]), f"{API}/")
    assert allows(AllowedHosts(None, named), url)


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("files.example:8443", "https://files.example/"),
        ("files.example", "https://x.files.example/"),
        ("files.example", "https://files.example.evil/"),
        ("files.example", "http://files.example/"),
        ("[2001:db8::1]", "https://[2001:db8::2]/"),
        ("127.0.0.1:8080", "http://127.0.0.1:8081/"),
    ],
)
def test_a_named_host_is_that_host_alone(named: str, url: str) -> None:
    assert not allows(AllowedHosts(API, (named,)), url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.eu.cloud.talend.com/",
        "https://api.us-west.cloud.talend.com/",
        "https://api.new1.cloud.talend.com/",
        "http://127.0.0.1:8080/",
        "http://127.9.9.9/",
        "http://localhost/",
        "https://localhost:8443/",
        "http://[::1]:8080/",
    ],
)
def test_without_a_region_each_api_of_talend_and_this_machine_may_have_it(url: str) -> None:
    assert allows(AllowedHosts(None), url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.eu.cloud.talend.com:8443/",
        "https://api..cloud.talend.com/",
        "https://api.-eu.cloud.talend.com/",
        "https://api.a.b.cloud.talend.com/",
        "https://apixeu.cloud.talend.com/",
        "https://tmc.eu.cloud.talend.com/",
        "https://api.eu.cloud.talend.com.evil.example/",
        "https://evil.example/api.eu.cloud.talend.com",
        "http://api.eu.cloud.talend.com/",
        "https://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://10.0.0.1/",
    ],
)
def test_without_a_region_nothing_else_may_have_it(url: str) -> None:
    hosts = AllowedHosts(None)
    parsed = httpx2.URL(url)

    assert not hosts.allows(parsed.scheme, parsed.raw_host.decode("ascii"), parsed.port)
    assert not hosts.allows(*address_of(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example\\@api.eu.cloud.talend.com/",
        "https://api.eu.cloud.talend.com:x/",
        "https://[api.eu.cloud.talend.com/",
        "",
    ],
)
def test_an_address_that_is_not_plain_may_not_have_it(url: str) -> None:
    assert address_of(url) == ("", "", None)
    assert not AllowedHosts(API).allows("", "", None)
    assert not AllowedHosts(None).allows("", "", None)


WRONG = [
    "",
    "https://files.example",
    "files.example/path",
    "*.example",
    ".example",
    "files.example.",
    "user@files.example",
    "files.example:",
    "files.example:0",
    "files.example:65536",
    "files.example:https",
    "files .example",
    "files.example\n",
    "a.example,b.example",
    "b\u00fccher.example",
    "\u212aafka.example",  # KELVIN SIGN, whose lower case is a k
    "files.example:\u0661",
    "::1",
    "[::1",
    "[:::]",
    "[1.2.3.4]",
    "[v1.example]",
    "[::1]x",
    "[::1%eth0]",
    "[::1%\x00]",
]


@pytest.mark.parametrize("wrong", [*WRONG, 8080, None, b"files.example"])
@every_kind
def test_what_is_no_host_is_refused_without_being_shown(
    wrong: object, kind: Callable[..., object], source: TokenSource
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(source, hosts=("files.example", wrong))

    assert str(caught.value).startswith("hosts[1] is not a")
    assert not wrong or str(wrong) not in caught.value.message
    assert "127.0.0.1:8080" in caught.value.hint


@pytest.mark.parametrize("wrong", [None, 8080])
def test_something_else_than_hosts_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"hosts\[0\] is not a string but (int|NoneType)"):
        AllowedHosts(API, wrong)


def test_the_hosts_may_come_from_a_generator() -> None:
    hosts = AllowedHosts(API, (name for name in ("a.example", "b.example")))

    assert allows(hosts, "https://a.example/")
    assert allows(hosts, "https://b.example/")


def test_a_host_of_any_length_is_named_shortly() -> None:
    with pytest.warns(TalendOAuthWarning) as said:
        AllowedHosts(API).explain("https", "x" * 5000, None)

    assert str(said[0].message).count("x") == 253


@every_library
def test_a_request_to_a_stranger_goes_without_the_token_and_one_warning_says_so(
    get: Get, source: TokenSource, network: Network, endpoint: Endpoint
) -> None:
    with pytest.warns(TalendOAuthWarning) as said:
        for path in ("a", "b?signature=x"):
            assert get(source, network, f"https://files.example/{path}") == 200

    assert len(said) == 1
    assert str(said[0].message) == (
        f"the token is not sent to files.example, only to {API}; if that host may have it, "
        "name it: hosts=('name',) or hosts=('name:port',)"
    )
    assert network.tokens == [None, None]
    assert endpoint.requests == 0


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("url", ["/account/me", "https:///account/me"])
def test_an_address_without_a_host_is_left_to_the_library(
    library: Any, url: str, source: TokenSource
) -> None:
    kind: Any = TalendAuth if library is httpx else Httpx2Auth
    with library.Client(auth=kind(source)) as client, pytest.raises(library.UnsupportedProtocol):
        client.get(url)  # no warning about a host named nothing


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_what_one_request_may_have_the_next_to_another_address_may_not(
    library: Any, source: TokenSource, network: Network
) -> None:
    kind: Any = TalendAuth if library is httpx else Httpx2Auth
    strangers = [url for url in STRANGERS if library.URL(url).scheme == "https"]
    with (
        library.Client(auth=kind(source), transport=network) as client,
        pytest.warns(TalendOAuthWarning),
    ):
        for url in strangers:
            client.get(API)
            client.get(url)

    assert network.tokens == ["token-1", None] * len(strangers)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_an_address_is_looked_at_once_in_a_row(
    library: Any, source: TokenSource, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = TalendAuth if library is httpx else Httpx2Auth
    with library.Client(auth=kind(source), transport=network) as client:
        client.get(API)
        monkeypatch.setattr(AllowedHosts, "allows", None)
        client.get(f"{API}/account/me")

    assert network.tokens == ["token-1", "token-1"]


@every_library
def test_plain_http_to_a_stranger_goes_without_the_token_too(
    get: Get, source: TokenSource, network: Network
) -> None:
    with pytest.warns(TalendOAuthWarning, match=r"not sent to 10\.0\.0\.1"):
        assert get(source, network, "http://10.0.0.1/") == 200

    assert network.sent == [("http://10.0.0.1/", None)]


@every_library
def test_a_strangers_401_costs_no_token_and_no_second_request(
    get: Get, source: TokenSource, network: Network, token: str, endpoint: Endpoint
) -> None:
    network.rejecting = {"files.example"}
    with pytest.warns(TalendOAuthWarning):
        assert get(source, network, "https://files.example/") == 401

    assert network.tokens == [None]
    assert source.token().value == token
    assert endpoint.requests == 1


@every_library
def test_a_header_of_the_users_own_stays_and_needs_no_warning(
    get: Get, source: TokenSource, network: Network
) -> None:
    for url in ("https://files.example/", f"http://{HOST}/"):
        assert get(source, network, url, headers={"Authorization": "Basic b3du"}) == 200

    assert network.tokens == ["Basic b3du"] * 2


@every_library
def test_a_named_host_gets_the_token(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    assert get(source, network, "https://files.example/", hosts=("files.example",)) == 200
    assert network.tokens == [token]


@every_library
@pytest.mark.parametrize(
    "target", ["https://files.example/x", "http://files.example/x", f"http://{HOST}/x"]
)
def test_a_redirect_to_a_stranger_who_answers_401_is_given_no_token(
    get: Get, target: str, source: TokenSource, network: Network, token: str, endpoint: Endpoint
) -> None:
    network.redirects = {f"{API}/moved": target}
    network.rejecting = {"files.example", HOST}
    assert get(source, network, f"{API}/moved") == 401

    assert network.sent == [(f"{API}/moved", f"Bearer {token}"), (target, None)]
    assert source.token().value == token
    assert endpoint.requests == 1


@every_library
def test_a_strangers_401_after_a_redirect_does_not_switch_the_replay_off(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.redirects = {f"{API}/moved": "https://files.example/x"}
    network.rejecting = {"files.example"}
    assert get(source, network, f"{API}/moved") == 401

    network.revoked = {token}
    assert get(source, network, f"{API}/account/me") == 200
    assert network.tokens[2:] == [token, "token-2"]


@every_library
@pytest.mark.usefixtures("token")
def test_a_replay_that_a_stranger_answers_with_401_does_not_switch_the_next_off(
    get: Get, source: TokenSource, network: Network, clock: FakeClock
) -> None:
    network.revoked = {"token-1"}
    network.rejecting = {"files.example"}
    answer = network.answer

    def once(url: str, headers: Any) -> tuple[int, dict[str, str]]:
        answered = answer(url, headers)
        network.redirects = {f"{API}/account/me": "https://files.example/x"}
        return answered

    network.answer = once  # type: ignore[method-assign]
    get(source, network, f"{API}/account/me")
    network.answer = answer  # type: ignore[method-assign]
    network.redirects, network.revoked = {}, {"token-2"}
    clock.advance(5)

    assert get(source, network, f"{API}/account/me") == 200
    assert network.tokens[-2:] == ["token-2", "token-3"]


@every_library
def test_what_a_stranger_redirects_to_the_api_has_no_token_and_discards_none(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.redirects = {"https://files.example/": f"{API}/account/me"}
    network.rejecting = {HOST}
    with pytest.warns(TalendOAuthWarning):
        assert get(source, network, "https://files.example/") == 401

    assert network.tokens == [None, None]
    assert source.token().value == token


@every_library
def test_a_token_that_a_client_carries_to_a_stranger_is_not_replaced_there(
    get: Get, source: TokenSource, network: Network, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in (httpx, httpx2):  # as libraries did, and users' sessions do
        monkeypatch.setattr(
            library._client,  # type: ignore[attr-defined]
            "_is_https_redirect",
            lambda *_: True,
        )
    monkeypatch.setattr(requests.Session, "should_strip_auth", lambda *_: False)
    network.redirects = {f"{API}/moved": "https://files.example/x"}
    network.rejecting = {"files.example"}

    assert get(source, network, f"{API}/moved") == 401
    assert network.tokens == [token, token]
    assert source.token().value == token


@every_library
def test_a_ready_token_without_a_region_goes_to_apis_of_talend_only(
    get: Get, network: Network
) -> None:
    source = TokenSource(access_token="ready-token")
    get(source, network, f"{API}/")
    get(source, network, "http://127.0.0.1:1/")
    with pytest.warns(TalendOAuthWarning, match="only to Talend's API hosts and this machine"):
        get(source, network, "https://files.example/")

    assert network.tokens == ["ready-token", "ready-token", None]


@every_library
@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/",
        "http://files.example:8080/",
        "http://one.example:8080/",
        f"http://{HOST}/",
    ],
)
def test_plain_http_to_a_host_that_may_have_the_token_is_refused(
    get: Get, url: str, source: TokenSource, network: Network
) -> None:
    with pytest.raises(
        ConfigurationError, match=r"goes to [a-z.]+ over http, where the token could be read"
    ) as caught:
        get(source, network, url, hosts=("files.example", "one.example:8080"))

    assert "Use https" in caught.value.hint
    assert not network.sent


@every_library
def test_plain_http_to_an_api_of_talend_is_refused(get: Get, network: Network) -> None:
    with pytest.raises(ConfigurationError, match="could be read"):
        get(TokenSource(access_token="ready"), network, f"http://{HOST}/")

    assert not network.sent


@every_library
@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.1:8080"])
def test_another_port_of_this_machine_is_a_stranger_and_no_error(
    get: Get, named: str, source: TokenSource, network: Network
) -> None:
    assert get(source, network, "http://127.0.0.1:8080/", hosts=(named,)) == 200
    with pytest.warns(TalendOAuthWarning, match=r"not sent to (127\.0\.0\.1|localhost)"):
        get(source, network, "http://localhost:8081/", hosts=(named,))
        get(source, network, "http://127.0.0.1:8081/", hosts=("127.0.0.1:8080",))

    assert network.tokens == ["token-1", None, None]


@every_library
def test_where_warnings_are_errors_a_request_to_a_stranger_is_not_sent(
    get: Get, source: TokenSource, network: Network
) -> None:
    with pytest.raises(ConfigurationError, match=r"The token is not sent to files\.example"):
        get(source, network, "https://files.example/")

    assert not network.sent
