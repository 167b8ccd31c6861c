"""The token goes to the API's own hosts and to those that the user names, and to no other."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
import requests
from requests.adapters import BaseAdapter

import talend_oauth
from talend_oauth import TalendAuth, TalendOAuthWarning, TokenSource, _reporting
from talend_oauth._clock import now
from talend_oauth._lifecycle.source import internals
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations._hosts import AllowedHosts, address_of
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talend_oauth.sandbox import Sandbox

    Get = Callable[..., int]

API = "https://api.eu.cloud.talend.com"
Sent = list[tuple[str, str | None]]  # URL and Authorization header of each request


@pytest.fixture(autouse=True)
def _no_warning_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())


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


def test_an_answer_for_one_address_is_none_for_the_next() -> None:
    hosts = AllowedHosts(API)
    for url in STRANGERS:
        assert allows(hosts, f"{API}/")
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
    "::1",
    "[::1",
    "[:::]",
    "[1.2.3.4]",
]


@pytest.mark.parametrize("wrong", [*WRONG, 8080, None, b"files.example"])
@pytest.mark.parametrize("kind", [TalendAuth, RequestsAuth])
def test_what_is_no_host_is_refused_without_being_shown(
    wrong: object, kind: Callable[..., object], source: TokenSource
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(source, hosts=("files.example", wrong))

    assert str(caught.value).startswith("hosts[1] is not a")
    assert not wrong or str(wrong) not in caught.value.message
    assert "127.0.0.1:8080" in caught.value.hint


def test_something_else_than_hosts_is_refused(source: TokenSource) -> None:
    for wrong in (None, 8080):
        with pytest.raises(ConfigurationError, match=r"hosts\[0\] is not a string but "):
            TalendAuth(source, hosts=wrong)  # type: ignore[arg-type]


class Network(httpx.BaseTransport, httpx.AsyncBaseTransport, httpx2.BaseTransport, BaseAdapter):
    """Every host there is, for each library: notes what it is sent, and redirects as told."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Sent = []
        self.redirects: dict[str, str] = {}
        self.refused: set[str] = set()  # hosts that answer 401, whatever they are sent

    def answer(self, url: str, headers: Any) -> tuple[int, dict[str, str]]:
        self.sent.append((url, headers.get("Authorization")))
        if url in self.redirects:
            return 302, {"Location": self.redirects[url]}
        return 401 if httpx.URL(url).host in self.refused else 200, {}

    def handle_request(self, request: Any) -> Any:
        library = httpx if isinstance(request, httpx.Request) else httpx2
        status, headers = self.answer(str(request.url), request.headers)
        return library.Response(status, headers=headers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)  # type: ignore[no-any-return]

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        response = requests.Response()
        response.status_code, headers = self.answer(request.url or "", request.headers)
        response.headers.update(headers)
        response.url, response.request = request.url or "", request
        response._content = b""  # type: ignore[attr-defined]
        response.connection = self  # type: ignore[attr-defined]
        return response

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def network() -> Network:
    return Network()


def with_httpx(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    hosts = options.pop("hosts", ())
    with httpx.Client(
        auth=TalendAuth(source, hosts=hosts), transport=network, follow_redirects=True
    ) as client:
        return client.get(url, **options).status_code


def with_async_httpx(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    hosts = options.pop("hosts", ())

    async def run() -> int:
        async with httpx.AsyncClient(
            auth=TalendAuth(source, hosts=hosts), transport=network, follow_redirects=True
        ) as client:
            return (await client.get(url, **options)).status_code

    return asyncio.run(run())


def with_httpx2(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    auth: Any = TalendAuth(source, hosts=options.pop("hosts", ()))
    with httpx2.Client(auth=auth, transport=network, follow_redirects=True) as client:
        return client.get(url, **options).status_code


def with_requests(source: TokenSource, network: Network, url: str, **options: Any) -> int:
    with requests.Session() as session:
        session.auth = RequestsAuth(source, hosts=options.pop("hosts", ()))
        session.mount("http://", network)
        session.mount("https://", network)
        return session.get(url, timeout=10, **options).status_code


LIBRARIES = [with_httpx, with_async_httpx, with_httpx2, with_requests]
every_library = pytest.mark.parametrize("get", LIBRARIES)


@pytest.fixture
def token(source: TokenSource) -> str:
    return source.token().authorization


@pytest.fixture
def api(sandbox: Sandbox) -> str:
    return sandbox.url


@every_library
def test_a_request_to_a_stranger_goes_without_the_token_and_one_warning_says_so(
    get: Get, source: TokenSource, network: Network, sandbox: Sandbox
) -> None:
    with pytest.warns(TalendOAuthWarning, match="not sent to files.example, only to http") as said:
        for path in ("a", "b?signature=x"):
            assert get(source, network, f"https://files.example/{path}") == 200

    assert "hosts=(" in str(said[0].message)
    assert len(said) == 1
    assert [header for _, header in network.sent] == [None, None]
    assert sandbox.token_requests == 0


@every_library
def test_plain_http_to_a_stranger_goes_without_the_token_too(
    get: Get, source: TokenSource, network: Network
) -> None:
    with pytest.warns(TalendOAuthWarning, match="not sent to 10.0.0.1"):
        assert get(source, network, "http://10.0.0.1/") == 200

    assert network.sent == [("http://10.0.0.1/", None)]


@every_library
def test_a_strangers_401_costs_no_token_and_no_second_request(
    get: Get, source: TokenSource, network: Network, token: str, sandbox: Sandbox
) -> None:
    network.refused = {"files.example"}
    with pytest.warns(TalendOAuthWarning):
        assert get(source, network, "https://files.example/") == 401

    assert len(network.sent) == 1
    assert source.token().authorization == token
    assert sandbox.token_requests == 1


@every_library
def test_a_header_of_the_users_own_stays_and_needs_no_warning(
    get: Get, source: TokenSource, network: Network
) -> None:
    own = {"Authorization": "Basic b3du"}
    assert get(source, network, "https://files.example/", headers=own) == 200
    assert network.sent == [("https://files.example/", "Basic b3du")]


@every_library
def test_a_named_host_gets_the_token(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    assert get(source, network, "https://files.example/", hosts=("files.example",)) == 200
    assert network.sent == [("https://files.example/", token)]


REDIRECTS = ["https://files.example/x", "http://files.example/x", "http://127.0.0.1:1/x"]


@every_library
@pytest.mark.parametrize("target", REDIRECTS)
def test_a_redirect_to_a_stranger_who_answers_401_is_given_no_token(
    get: Get,
    target: str,
    source: TokenSource,
    network: Network,
    token: str,
    api: str,
    sandbox: Sandbox,
) -> None:
    network.redirects = {f"{api}/moved": target}
    network.refused = {"files.example", "127.0.0.1"}
    assert get(source, network, f"{api}/moved") == 401

    assert network.sent == [(f"{api}/moved", token), (target, None)]
    assert source.token().authorization == token
    assert sandbox.token_requests == 1


@every_library
def test_a_redirect_down_to_plain_http_is_given_no_token(
    get: Get, source: TokenSource, network: Network, token: str
) -> None:
    network.redirects = {"https://files.example/moved": "http://files.example/x"}
    network.refused = {"files.example"}
    status = get(source, network, "https://files.example/moved", hosts=("files.example",))

    assert status == 401
    assert network.sent == [
        ("https://files.example/moved", token),
        ("http://files.example/x", None),
    ]


@every_library
def test_a_strangers_401_does_not_switch_the_replay_off(
    get: Get, source: TokenSource, network: Network, token: str, api: str
) -> None:
    network.redirects = {f"{api}/moved": "https://files.example/x"}
    network.refused = {"files.example"}
    get(source, network, f"{api}/moved")

    assert not internals(source).cached.is_unhelpful(now(internals(source).clock))
    network.refused = {"127.0.0.1"}
    assert get(source, network, f"{api}/account/me") == 401
    first, second = network.sent[-2:]
    assert first == (f"{api}/account/me", token)
    assert second[1] not in (token, None)


@every_library
@pytest.mark.usefixtures("token")
def test_after_a_redirect_within_the_api_only_the_refused_request_is_sent_again(
    get: Get, source: TokenSource, network: Network, api: str, sandbox: Sandbox
) -> None:
    network.redirects = {f"{api}/moved": f"{api}/account/me"}
    network.refused = {"127.0.0.1"}
    assert get(source, network, f"{api}/moved") == 401

    assert [url.removeprefix(api) for url, _ in network.sent] == [
        "/moved",
        "/account/me",
        "/account/me",
    ]
    assert network.sent[2][1] != network.sent[1][1]
    assert sandbox.token_requests == 2


@every_library
@pytest.mark.usefixtures("token")
def test_a_replay_that_is_redirected_to_a_stranger_does_not_count_as_refused(
    get: Get, source: TokenSource, network: Network, api: str
) -> None:
    answer = network.answer
    network.refused = {"127.0.0.1", "files.example"}

    def once(url: str, headers: Any) -> tuple[int, dict[str, str]]:
        answered = answer(url, headers)
        network.redirects = {f"{api}/account/me": "https://files.example/x"}
        return answered

    network.answer = once  # type: ignore[method-assign]
    status = get(source, network, f"{api}/account/me")

    assert status in (302, 401)  # requests follows no redirect of a replay
    assert network.sent[2:] in ([], [("https://files.example/x", None)])
    assert not internals(source).cached.is_unhelpful(now(internals(source).clock))


@every_library
def test_an_own_header_that_the_api_refuses_after_a_redirect_discards_nothing(
    get: Get, source: TokenSource, network: Network, token: str, api: str
) -> None:
    network.redirects = {"https://files.example/": f"{api}/account/me"}
    network.refused = {"127.0.0.1"}
    with pytest.warns(TalendOAuthWarning):
        assert get(source, network, "https://files.example/") == 401

    assert len(network.sent) == 2
    assert source.token().authorization == token


@every_library
def test_a_ready_token_without_a_region_goes_to_apis_of_talend_only(
    get: Get, network: Network
) -> None:
    source = TokenSource(access_token="ready-token")
    get(source, network, "https://api.eu.cloud.talend.com/")
    get(source, network, "http://127.0.0.1:1/")
    with pytest.warns(TalendOAuthWarning, match="only to Talend's API hosts and this machine"):
        get(source, network, "https://files.example/")

    assert [header for _, header in network.sent] == [
        "Bearer ready-token",
        "Bearer ready-token",
        None,
    ]


@every_library
@pytest.mark.parametrize("url", ["http://files.example/", "http://files.example:8080/"])
def test_plain_http_to_a_host_that_may_have_the_token_is_refused(
    get: Get, url: str, source: TokenSource, network: Network
) -> None:
    with pytest.raises(
        ConfigurationError, match=r"files\.example over http, where the token could"
    ):
        get(source, network, url, hosts=("files.example",))

    assert not network.sent


@every_library
def test_plain_http_to_an_api_of_talend_is_refused(get: Get, network: Network) -> None:
    with pytest.raises(ConfigurationError, match="Use https"):
        get(TokenSource(access_token="ready"), network, "http://api.eu.cloud.talend.com/")

    assert not network.sent


@every_library
def test_where_warnings_are_errors_a_request_to_a_stranger_is_not_sent(
    get: Get, source: TokenSource, network: Network
) -> None:
    with pytest.raises(ConfigurationError, match=r"The token is not sent to files\.example"):
        get(source, network, "https://files.example/")

    assert not network.sent


def test_a_ready_client_sends_its_token_to_its_base_url_and_to_named_hosts_only(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, network: Network
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    for make in (talend_oauth.client, talend_oauth.async_client):
        auth = make(hosts=("files.example",)).auth
        assert isinstance(auth, TalendAuth)
        with httpx.Client(auth=auth, base_url=sandbox.url, transport=network) as client:
            client.get("/account/me")
            client.get("https://files.example/")
            with pytest.warns(TalendOAuthWarning, match="other.example"):
                client.get("https://other.example/")
        assert [header is not None for _, header in network.sent] == [True, True, False]
        network.sent.clear()
        _reporting._already_warned.clear()


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))]
)
def test_a_copy_has_the_same_hosts(
    clone: Callable[[Any], Any], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    for auth in (TalendAuth(hosts=("files.example",)), RequestsAuth(hosts=("files.example",))):
        hosts = clone(auth)._hosts

        assert allows(hosts, "https://files.example/")
        assert allows(hosts, f"{sandbox.url}/")
        assert not allows(hosts, "https://other.example/")


def test_the_hosts_may_come_from_a_generator(source: TokenSource) -> None:
    def hosts() -> Iterator[str]:
        yield "a.example"
        yield "b.example"

    auth = TalendAuth(source, hosts=hosts())

    assert allows(auth._hosts, "https://b.example/")
