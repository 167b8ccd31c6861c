"""No response: DNS, connection, TLS, proxy and time-out are told apart, on real sockets."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from talend_oauth._lifecycle import source
from talend_oauth.errors import ServerError, UnreachableError

from .servers import answering, dripping, listening, secured

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Fails

EU = "https://api.eu.cloud.talend.com"


def test_a_closed_port_is_named_with_what_was_tried(fails: Fails) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        error = fails(api_url=url)

    assert type(error) is UnreachableError
    assert error.message.startswith(
        f"{url} did not respond: no connection (connection refused). Tried 3 times in "
    )
    assert error.hint == "Check TALEND_API_URL, the network and HTTPS_PROXY."
    assert error.retryable


def test_a_name_that_dns_does_not_know_is_said_to_be_that(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = fails(api_url=EU)

    assert f"{EU} did not respond: DNS does not know its name." in error.message
    assert "this machine's DNS" in error.hint


def test_a_certificate_that_nobody_vouches_for_is_told(fails: Fails, tmp_path: Path) -> None:
    with listening(secured(tmp_path, "127.0.0.1", 30)) as port:
        error = fails(api_url=f"https://127.0.0.1:{port}")

    assert (
        "did not respond: its certificate is not trusted (self-signed certificate)" in error.message
    )
    assert "SSL_CERT_FILE" in error.hint


def test_the_authority_of_a_company_is_taken_from_the_environment(
    fails: Fails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(secured(tmp_path, "127.0.0.1", 30)) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        error = fails(api_url=f"https://127.0.0.1:{port}")

    assert type(error) is ServerError  # so TLS was done, and the server said 503


@pytest.mark.parametrize(
    ("host", "days", "says"),
    [
        ("api.eu.cloud.talend.com", 30, "certificate is not valid for '127.0.0.1'"),
        ("127.0.0.1", -3, "certificate has expired"),
    ],
)
def test_a_certificate_for_another_host_or_time_is_told(
    fails: Fails,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: int,
    says: str,
) -> None:
    with listening(secured(tmp_path, host, days)) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        error = fails(api_url=f"https://127.0.0.1:{port}")

    assert says in error.message


def test_a_server_without_tls_is_told(fails: Fails) -> None:
    with listening(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        error = fails(api_url=f"https://127.0.0.1:{port}")

    assert "did not respond: TLS failed (" in error.message
    assert "an https address" in error.hint


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses_is_named_without_its_password(
    fails: Fails, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with listening(answering(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:password@127.0.0.1:{port}")
        error = fails(api_url=EU)

    assert f"did not respond: the proxy 127.0.0.1:{port} refused ({status})" in error.message
    assert "HTTPS_PROXY" in error.hint
    assert "password@" not in str(error)


def test_a_proxy_that_is_not_there_is_told_from_the_server(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    error = fails(api_url=EU)

    assert "no connection to the proxy 127.0.0.1:1 (connection refused)" in error.message


def test_a_proxy_that_dns_does_not_know_is_told_from_the_server(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://no-such-proxy.invalid:3128")
    error = fails(api_url=EU)

    assert "DNS does not know the name of the proxy no-such-proxy.invalid:3128" in error.message


def test_a_proxy_setting_that_cannot_be_used_is_a_configuration_error(
    fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://user:password@127.0.0.1")
    error = fails(api_url=EU)

    assert error.message == "HTTPS_PROXY cannot be used: it is not a proxy's URL."
    assert "password@" not in str(error)


def test_a_certificate_file_that_is_none_is_a_configuration_error(
    fails: Fails, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    error = fails(api_url=EU)

    assert "cannot be used" in error.message


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "incomplete or not valid HTTP (RemoteProtocolError)"),
        (b"220 mail.example ESMTP\r\n", "incomplete or not valid HTTP (RemoteProtocolError)"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
            "incomplete or not valid HTTP (RemoteProtocolError)",
        ),
    ],
)
def test_what_is_no_http_is_told(fails: Fails, answer: bytes, says: str) -> None:
    with listening(answering(answer)) as port:
        error = fails(api_url=f"http://127.0.0.1:{port}")

    assert says in error.message


DRIPPING = {
    "headers": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "status line": (b"HTTP/1.1 ", b"x"),
    "interim responses": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "chunk extension": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("what", DRIPPING)
def test_a_server_that_drips_holds_nobody_and_no_connection_longer_than_the_deadline(
    fails: Fails, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(source, "DEADLINE", 0.3)
    hung_up = threading.Semaphore(0)
    with listening(dripping(*DRIPPING[what], hung_up)) as port:
        for _ in range(2):
            error = fails(api_url=f"http://127.0.0.1:{port}")
            assert type(error) is UnreachableError
            assert error.retryable
        # Both connections are closed, while the server would go on.
        assert hung_up.acquire(timeout=10)
        assert hung_up.acquire(timeout=10)
