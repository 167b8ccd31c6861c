"""One token request, answered without a network: what is sent, kept, refused, and in what time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from talend_oauth import Secret, Settings, errors
from talend_oauth._token_endpoint import request as endpoint
from talend_oauth._token_endpoint.connection import tls_context
from talend_oauth._token_endpoint.request import Exchange
from talend_oauth._token_endpoint.responses import CHECK_URL, DETAIL_FIELDS
from talend_oauth._version import __version__

from .test_token import jwt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from talend_oauth import AccessToken

EU = "https://api.eu.cloud.talend.com"
SECRET = "cAnArY-of-the-secret"
ISSUED = {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 1200}
START = 1_800_000_000.0
UNSENDABLE = "returned a token that cannot stand in a header (RFC 6750, section 2.1)."


class Clocks:
    """Two clocks that a test sets apart."""

    def __init__(self) -> None:
        self.walls, self.monotonics = START, 50.0

    def wall(self) -> float:
        return self.walls

    def monotonic(self) -> float:
        return self.monotonics

    def sleep(self, seconds: float) -> None:
        self.walls += seconds
        self.monotonics += seconds


def ask(
    handle: Callable[[httpx.Request], httpx.Response] | httpx.Response,
    clock: Clocks | None = None,
    **options: Any,
) -> AccessToken:
    settings = Settings(client_id="an-id", client_secret=SECRET, **{"region": "eu", **options})
    handler = handle if callable(handle) else lambda _: handle
    transport = httpx.MockTransport(handler)
    outcome = Exchange(settings, Secret(SECRET), clock or Clocks(), 8.0).run(transport)
    if isinstance(outcome, errors.TalendOAuthError):
        raise outcome
    return outcome


def refusal(*arguments: Any, **options: Any) -> errors.TalendOAuthError:
    with pytest.raises(errors.TalendOAuthError) as caught:
        ask(*arguments, **options)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    return caught.value


def issued(**changes: Any) -> httpx.Response:
    headers = changes.pop("headers", {})
    return httpx.Response(200, json=ISSUED | changes, headers=headers)


def test_the_request_is_complete_and_asks_for_no_compression() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return issued()

    token = ask(answer, region="us", audience="an-audience", talend_version="2020-12")
    (request,) = sent

    assert (request.method, str(request.url)) == (
        "POST",
        "https://api.us.cloud.talend.com/security/oauth/token",
    )
    assert json.loads(request.content) == {
        "grant_type": "client_credentials",
        "audience": "an-audience",
    }
    assert request.headers["authorization"] == httpx.BasicAuth("an-id", SECRET)._auth_header
    assert request.headers["talend-version"] == "2020-12"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"] == f"talend-oauth/{__version__}"
    assert (token.value, token.expires_in, token.requested) == ("a.b.c", 1200.0, (START, 50.0))


@pytest.mark.parametrize(
    ("seconds", "limits"),
    [
        (20.0, {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 10.0}),
        (8.0, {"connect": 5.0, "read": 8.0, "write": 8.0, "pool": 8.0}),
        (2.0, {"connect": 2.0, "read": 2.0, "write": 2.0, "pool": 2.0}),
    ],
)
def test_each_step_is_limited_and_never_longer_than_what_is_left(
    seconds: float, limits: dict[str, float]
) -> None:
    seen: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return issued()

    settings = Settings(client_id="an-id", client_secret=SECRET, region="eu")
    transport = httpx.MockTransport(answer)
    Exchange(settings, Secret(SECRET), Clocks(), seconds).run(transport)
    assert seen == [limits]


def test_the_environments_proxy_does_not_take_the_place_of_a_transport(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert ask(issued()).value == "a.b.c"


class Stream(httpx.SyncByteStream):
    """A body in parts, which notes that it was closed."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts, self.closed = parts, 0

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        self.closed += 1


def parts_of(clock: Clocks, count: int, size: int, pause: float) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * size
        clock.sleep(pause)


@pytest.mark.parametrize(
    ("count", "size", "pause", "message"),
    [
        (64, 1024, 0.0, "responded with 200 OK, but its body is not a JSON object with a token."),
        (65, 1024, 0.0, "responded with 200 OK, but its body is larger than 64 KiB."),
        (1, 65_536, 0.0, "responded with 200 OK, but its body is not a JSON object with a token."),
        (1, 65_537, 0.0, "responded with 200 OK, but its body is larger than 64 KiB."),
        (9, 1, 1.0, "responded with 200 OK, but its body is not a JSON object with a token."),
        (10, 1, 1.0, "did not respond: no complete response in time (at most 8 s)."),
    ],
)
def test_a_body_is_read_up_to_64_kib_and_the_deadline_and_is_closed(
    count: int, size: int, pause: float, message: str
) -> None:
    clock = Clocks()
    stream = Stream(parts_of(clock, count, size, pause))
    error = refusal(httpx.Response(200, stream=stream), clock)

    assert error.message == f"{EU} {message}"
    assert stream.closed


@pytest.mark.parametrize("encoding", ["gzip", " GZIP ", "br", "identity, gzip"])
def test_a_compressed_body_is_not_read(encoding: str) -> None:
    def never() -> Iterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    stream = Stream(never())
    headers = {"content-encoding": encoding}
    error = refusal(httpx.Response(200, headers=headers, stream=stream))

    assert error.message == (
        f"{EU} responded with 200 OK, but its body is compressed, which was not asked for."
    )
    assert stream.closed


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_body_that_is_said_to_be_plain_is_read(encoding: str) -> None:
    content = httpx.ByteStream(json.dumps(ISSUED).encode())
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    assert ask(httpx.Response(200, headers=headers, stream=content)).value == "a.b.c"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"token_type": "MAC"}, "returned a token whose token_type is not Bearer."),
        ({"token_type": None}, "returned a token whose token_type is not Bearer."),
        ({"token_type": ["Bearer"]}, "returned a token whose token_type is not Bearer."),
        ({"token_type": SECRET}, "returned a token whose token_type is not Bearer."),
        ({"access_token": 7}, UNSENDABLE),
        ({"access_token": "a b"}, UNSENDABLE),
        ({"access_token": None}, UNSENDABLE),
        ({"expires_in": 0}, "returned a token that had already expired (lifetime 0 s)."),
        ({"expires_in": "-5"}, "returned a token that had already expired (lifetime -5 s)."),
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_used_is_an_error(changes: dict[str, Any], message: str) -> None:
    error = refusal(issued(**changes, headers={"x-request-id": "r-1"}))

    assert type(error) is errors.UnexpectedResponseError
    assert error.message == f"{EU} {message}"
    assert (error.status, error.request_id, error.retryable) == (200, "r-1", False)
    expired = "Check for a slow proxy or network, and for a cache in between."
    assert error.hint == (expired if "expired" in message else CHECK_URL)


@pytest.mark.parametrize("seconds", [0.5, 1, "1.0", 2])
def test_a_short_lifetime_is_a_lifetime(seconds: float | str) -> None:
    assert ask(issued(expires_in=seconds)).expires_in == float(seconds)


@pytest.mark.parametrize("token_type", ["bearer", "BEARER"])
def test_the_type_of_a_token_is_read_without_case(token_type: str) -> None:
    assert ask(issued(token_type=token_type)).value == "a.b.c"


def test_a_token_that_is_not_new_is_valid_for_what_is_left_of_it() -> None:
    claims = {"iat": START - 1700, "exp": START + 100}
    assert ask(issued(access_token=jwt(claims))).expires_in == 100.0


def test_the_lifetime_in_a_token_outranks_a_longer_expires_in() -> None:
    claims = {"iat": START, "exp": START + 600}
    assert ask(issued(access_token=jwt(claims))).expires_in == 600.0
    assert ask(issued(access_token=jwt(claims), expires_in=60)).expires_in == 60.0


def test_a_token_that_seems_old_because_the_clock_was_set_is_worth_another_try() -> None:
    clock = Clocks()
    clock.monotonics = 5000.0

    def issue(_: httpx.Request) -> httpx.Response:
        clock.walls += 1200
        clock.monotonics += 1
        return issued()

    error = refusal(issue, clock)

    assert isinstance(error, errors.UnavailableError)
    assert "the clock was set" in error.message
    assert error.hint == "Try again."


def test_the_servers_date_tells_that_a_token_has_expired() -> None:
    claims = {"iat": START - 1900, "exp": START - 100}
    date = {"date": "Fri, 15 Jan 2027 08:00:00 GMT"}  # START
    behind = Clocks()
    behind.walls -= 86400.0

    assert ask(issued(access_token=jwt(claims)), behind).expires_in == 1200.0
    error = refusal(issued(access_token=jwt(claims), headers=date), behind)
    assert "had already expired (lifetime -100 s)" in error.message


@pytest.mark.parametrize("date", ["Fri, 15 Jan 2027 08:00:00 GMT", None])
def test_a_wait_until_a_date_is_counted_by_the_servers_clock(date: str | None) -> None:
    clock = Clocks()
    clock.walls -= 600.0
    headers = {"retry-after": "Fri, 15 Jan 2027 08:00:10 GMT"} | ({"date": date} if date else {})
    error = refusal(httpx.Response(503, headers=headers), clock)

    assert error.retry_after == (10.0 if date else 610.0)


@pytest.mark.parametrize(
    "value",
    ["9999" * 10 + " h 1994 //", "Sun, 06 Nov 2994 08:49:37 XYZ", "Sun " * 15_000, "9" * 60_000],
    ids=lambda value: value[:20],
)
def test_a_header_that_no_parser_likes_is_only_not_understood(value: str) -> None:
    headers = {"retry-after": value, "date": value}
    assert type(refusal(httpx.Response(503, headers=headers))) is errors.ServerError
    assert ask(issued(headers=headers)).expires_in == 1200.0


def test_every_text_from_the_server_is_masked_and_short() -> None:
    headers = {
        "x-request-id": SECRET,
        "location": f"https://{SECRET}.example/",
        "content-type": f"application/{SECRET}",
    }
    said = dict.fromkeys(DETAIL_FIELDS, f"{SECRET} " + "x" * 60_000)
    for status in (200, 302, 400, 401, 403, 500):
        content = json.dumps(said) if status != 200 else "[]"
        error = refusal(httpx.Response(status, headers=headers, content=content))
        assert SECRET.lower() not in f"{error} {vars(error)}".lower()
        assert error.request_id == "***"
    for header in ("x-request-id", "location", "content-type"):
        error = refusal(httpx.Response(302, headers={header: "x" * 60_000}))
        assert len(str(error)) < 1_000


def test_what_the_server_says_is_kept_for_the_user() -> None:
    said = {"error": "a", "title": "b", "message": "c", "detail": "d", "error_description": "e"}
    error = refusal(httpx.Response(400, json=said | {"requestId": "r-2", "status": 400}))

    assert (error.detail, error.request_id) == ("a: b: c: d: e", "r-2")


@pytest.mark.parametrize("said", [{"message": 7}, {"message": None}, {"message": {"a": "b"}}])
def test_what_is_no_text_is_not_kept(said: dict[str, Any]) -> None:
    assert refusal(httpx.Response(400, json=said)).detail is None


def test_a_list_of_pairs_is_no_error_body() -> None:
    assert refusal(httpx.Response(400, json=[["message", "m"]])).detail is None


@pytest.mark.parametrize("raised", [httpx.ReadError("x"), ConnectionResetError(), OSError(5, "x")])
def test_a_failure_below_http_is_no_response(raised: Exception) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise raised

    assert type(refusal(fail)) is errors.UnreachableError


@pytest.mark.parametrize("location", ["https://[", "//x:y", "http://\x7f", "x" * 99_999])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_no_url_is_a_redirect(status: int, location: str) -> None:
    error = refusal(httpx.Response(status, headers={"location": location}))

    assert error.message.startswith(f"{EU} redirected the request ({status}) to ")
    assert error.status == status


def test_a_redirect_is_told_with_its_host() -> None:
    error = refusal(httpx.Response(302, headers={"location": "https://login.example/x"}))

    assert error.message.startswith(f"{EU} redirected the request (302) to login.example. ")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, errors.UnreachableError),
        (299, errors.UnreachableError),
        (300, errors.UnexpectedResponseError),
        (399, errors.UnexpectedResponseError),
        (400, errors.UnreachableError),
        (500, errors.UnreachableError),
    ],
)
def test_a_body_that_breaks_off_matters_unless_it_is_of_a_redirect(
    status: int, kind: type[Exception]
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"{"
        raise httpx.ReadError("broken")

    assert type(refusal(httpx.Response(status, stream=Stream(broken())))) is kind


def test_a_socks_proxy_without_its_package_is_told_with_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    settings = Settings(client_id="an-id", client_secret=SECRET, region="eu")
    with pytest.raises(errors.ConfigurationError) as caught:
        Exchange(settings, Secret(SECRET), Clocks(), 8.0).run()

    assert caught.value.message == (
        "ALL_PROXY cannot be used: for SOCKS, httpx[socks] has to be installed."
    )
    assert caught.value.hint.startswith("Set ALL_PROXY to a URL such as http://host:3128.")


class Network(httpcore.NetworkBackend):
    """Connections on which a server sends the same bytes without end, a second apart."""

    def __init__(self, clock: Clocks, first: bytes, more: bytes, pause: float) -> None:
        self.clock, self.more, self.pause = clock, more, pause
        self.sent = [first]
        self.reads: list[float | None] = []
        self.contexts: list[ssl.SSLContext] = []
        self.hosts: list[str] = []
        self.closed = 0

    def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        network = self
        network.hosts.append(host)

        class Connection(httpcore.NetworkStream):
            def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
                del max_bytes
                network.reads.append(timeout)
                assert len(network.reads) < 5_000, "it is read without end"
                network.clock.sleep(network.pause)
                return network.sent.pop() if network.sent else network.more

            def write(self, buffer: bytes, timeout: float | None = None) -> None:
                del buffer, timeout

            def close(self) -> None:
                network.closed += 1

            def start_tls(
                self, ssl_context: ssl.SSLContext, *_: Any, **__: Any
            ) -> httpcore.NetworkStream:
                network.contexts.append(ssl_context)
                return Connection()

            def get_extra_info(self, info: str) -> Any:
                del info

        return Connection()


OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"
ENDLESS = {
    "a status line": (b"HTTP/1.1 200 ", b"x"),
    "headers": (OK, b"x: y\r\n"),
    "one header": (OK + b"X-Slow: ", b"x"),
    "interim responses": (b"HTTP/1.1 102 Processing\r\n\r\n",) * 2,
    "a chunk's extension": (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "chunks": (OK + JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n"),
    "a body": (OK + JSON + b"\r\n", b" "),
}


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Callable[..., errors.TalendOAuthError]:
    """Ask over a connection that is not one."""

    def over(network: Network, url: str = EU) -> errors.TalendOAuthError:
        made = httpcore.ConnectionPool.__init__

        def with_network(self: Any, *arguments: Any, **options: Any) -> None:
            made(self, *arguments, **{**options, "network_backend": network})

        monkeypatch.setattr(httpcore.ConnectionPool, "__init__", with_network)
        settings = Settings(client_id="an-id", client_secret=SECRET, api_url=url)
        error = Exchange(settings, Secret(SECRET), network.clock, 8.0).run()
        assert isinstance(error, errors.TalendOAuthError)
        return error

    return over


@pytest.mark.parametrize("what", ENDLESS)
@pytest.mark.parametrize("url", [EU, "http://127.0.0.1:8080"])
def test_a_server_that_drips_is_left_at_the_deadline(
    over: Callable[..., errors.TalendOAuthError], what: str, url: str
) -> None:
    network = Network(Clocks(), *ENDLESS[what], pause=1.0)
    error = over(network, url)

    assert error.message == (f"{url} did not respond: no complete response in time (at most 8 s).")
    assert network.reads == [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    assert network.closed


@pytest.mark.parametrize("what", ["a status line", "interim responses", "a chunk's extension"])
def test_a_server_that_floods_is_left_after_512_kib(
    over: Callable[..., errors.TalendOAuthError], what: str
) -> None:
    first, more = ENDLESS[what]
    network = Network(Clocks(), first, more * 1024, pause=0.0)
    error = over(network)

    assert error.message.startswith(
        f"{EU} did not respond: the response was incomplete or not valid HTTP ("
    )
    assert len(network.reads) <= 514
    assert network.closed


@pytest.mark.parametrize(("first", "reads"), [(1024, 513), (1025, 512)])
def test_the_limit_of_512_kib_is_one_of_bytes(
    over: Callable[..., errors.TalendOAuthError], first: int, reads: int
) -> None:
    def interim(size: int) -> bytes:
        return b"HTTP/1.1 102 P\r\nX: ".ljust(size - 4, b"x") + b"\r\n\r\n"

    network = Network(Clocks(), interim(first), interim(1024), pause=0.0)
    over(network)

    assert len(network.reads) == reads


def test_a_proxy_that_drips_is_left_at_the_deadline(
    over: Callable[..., errors.TalendOAuthError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    network = Network(Clocks(), b"HTTP/1.1 200 ", b"x", pause=1.0)

    assert "no complete response in time" in over(network).message
    assert len(network.reads) == 8


def test_a_server_that_drips_behind_a_proxy_is_left_at_the_deadline(
    over: Callable[..., errors.TalendOAuthError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    network = Network(Clocks(), b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause=1.0)

    assert "no complete response in time" in over(network).message
    assert len(network.reads) == 8


def test_a_connection_trusts_whom_the_environment_says(
    over: Callable[..., errors.TalendOAuthError],
) -> None:
    network = Network(Clocks(), b"junk", b"", pause=1.0)
    over(network)

    assert network.contexts == [tls_context(EU)]


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("10.0.0.0/8,[::1],fe80::/10", "10.1.2.3"),
        ("[::1]:80, *.corp.example:*, 10.1.2.0/24", "10.1.2.3"),
        ("[::1]", "proxy.example"),
    ],
)
def test_what_no_proxy_says_decides_to_whom_is_connected(
    over: Callable[..., errors.TalendOAuthError],
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: str,
    host: str,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    network = Network(Clocks(), b"junk", b"", pause=1.0)
    error = over(network, "https://10.1.2.3")

    assert network.hosts == [host]
    assert "incomplete or not valid HTTP" in error.message


def test_a_read_waits_no_longer_than_httpx_would(
    over: Callable[..., errors.TalendOAuthError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "READ_TIMEOUT", 3.0)
    network = Network(Clocks(), b"HTTP/1.1 ", b"x", pause=1.0)
    over(network)

    assert network.reads == [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.0]
