"""A TLS context is loaded once, again for other authorities, and never while a process forks."""

from __future__ import annotations

import os
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest

from talend_oauth._token_endpoint import connection
from talend_oauth._token_endpoint.connection import tls_context
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://api.eu.cloud.talend.com"
ALL = Path(certifi.where()).read_text(encoding="utf-8")
_END = "-----END CERTIFICATE-----\n"
ONE = ALL[: ALL.index(_END) + len(_END)]


def trusted(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    connection._verifying.cache_clear()
    yield
    connection._verifying.cache_clear()


@pytest.fixture
def authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "authorities.pem"
    file.write_text(ONE, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def test_it_is_made_once_and_verifies() -> None:
    context = tls_context(URL)
    assert tls_context(URL) is context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert trusted(context) > 50


def test_other_authorities_in_the_environment_are_taken(authorities: Path) -> None:
    assert trusted(tls_context(URL)) == 1
    assert tls_context(URL) is tls_context(URL)


def test_authorities_that_change_under_a_running_program_are_read_again(authorities: Path) -> None:
    first = tls_context(URL)
    authorities.write_text(ALL, encoding="utf-8")
    os.utime(authorities, (1, 1))
    assert trusted(tls_context(URL)) > trusted(first)


def test_without_tls_nobody_is_trusted() -> None:
    context = tls_context("http://127.0.0.1:8080")
    assert trusted(context) == 0
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_folder_of_authorities_is_taken_and_another_one_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", str(one))
    first = tls_context(URL)
    assert trusted(first) == 0
    assert tls_context(URL) is first
    monkeypatch.setenv("SSL_CERT_DIR", str(other))
    assert tls_context(URL) is not first


def test_a_changed_folder_of_authorities_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    first = tls_context(URL)
    os.utime(tmp_path, (1, 1))
    assert tls_context(URL) is not first


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("SSL_CERT_FILE", "nowhere/at.all", "No such file or directory"),
        ("SSL_CERT_FILE", ".", "Is a directory"),
        ("SSL_CERT_FILE", __file__, "NO_CERTIFICATE_OR_CRL_FOUND"),
        ("SSLKEYLOGFILE", "nowhere/at.all", "No such file or directory"),
        ("SSLKEYLOGFILE", ".", "Is a directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_the_variable_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        tls_context(URL)

    if os.name != "posix" and reason == "Is a directory":
        reason = "Permission denied"  # as Windows says it
    assert caught.value.message == f"The file that {variable} names cannot be used ({reason})."
    assert caught.value.hint == (
        "SSL_CERT_FILE names certificates in PEM form, SSLKEYLOGFILE a file to write to."
    )
    assert caught.value.__context__ is None


def test_a_path_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"SSL_CERT_FILE": "a\0b"}  # which the system's own environment cannot hold
    monkeypatch.setattr(os, "environ", environment)
    with pytest.raises(ConfigurationError, match=r"SSL_CERT_FILE names cannot be used \(no path\)"):
        tls_context(URL)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_waits_until_the_authorities_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loading, finish = threading.Event(), threading.Event()

    def slow() -> ssl.SSLContext:
        loading.set()
        assert finish.wait(10)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    monkeypatch.setattr(connection.httpx, "create_ssl_context", slow)
    thread = threading.Thread(target=tls_context, args=(URL,))
    thread.start()
    assert loading.wait(10)
    forked = threading.Event()

    def fork() -> None:
        child = os.fork()
        if child == 0:
            # The lock is free again, so that the child can load its own.
            is_free = connection._loading.acquire(blocking=False)
            os._exit(0 if is_free else 1)
        forked.set()
        statuses.append(os.waitpid(child, 0)[1])

    statuses: list[int] = []
    forking = threading.Thread(target=fork)
    forking.start()
    assert not forked.wait(0.05)
    finish.set()
    forking.join(10)
    thread.join(10)
    assert statuses == [0]
    assert connection._loading.acquire(blocking=False)  # and in the parent as well
    connection._loading.release()
