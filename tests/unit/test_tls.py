"""TLS contexts are made once, and anew when other authorities are to be trusted."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import certifi
import pytest

from talend_oauth._token_endpoint.tls import tls_context

URL = "https://api.eu.cloud.talend.com"
ALL = Path(certifi.where()).read_text(encoding="utf-8")
_END = "-----END CERTIFICATE-----\n"
ONE = ALL[: ALL.index(_END) + len(_END)]


def trusted(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]


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
