"""A sandbox with a marked secret, and a search over all that is said while a test runs."""

from __future__ import annotations

import logging
import os
import warnings
from typing import TYPE_CHECKING

import pytest

from talend_oauth import _policy, _reporting
from talend_oauth._lifecycle.registry import REGISTRY
from talend_oauth.sandbox import Account, Sandbox

from .canary import CLIENT_ID, PASSWORD, PLAIN, SECRET, WRONG_SECRET, Canary

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TALEND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TALEND_OAUTH_STORE", "off")  # of this user
    monkeypatch.setattr(_reporting, "_already_warned", set[str]())
    REGISTRY._kept.clear()
    REGISTRY._by_key.clear()
    monkeypatch.setattr(_policy, "_FIRST_STEP", 0.0)  # retries do not wait


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(accounts=[Account(client_id=CLIENT_ID, client_secret=SECRET)]) as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Iterator[Sandbox]:
    yield server
    server.faults.clear()


@pytest.fixture
def canary() -> Canary:
    return Canary(SECRET, WRONG_SECRET, PASSWORD, PLAIN)


@pytest.fixture(autouse=True)
def _nothing_said(
    canary: Canary, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Search every log record at DEBUG (ours, httpx, httpcore), every warning, stdout, stderr."""
    caplog.set_level(logging.DEBUG)
    for name in ("talend_oauth", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
    for record in caplog.get_records("call"):
        # httpcore shows the headers of an answer at DEBUG: what a server puts there is its own.
        if record.name.startswith("httpcore") and "receive_response_headers" in record.msg:
            continue
        canary.check(f"log of {record.name}", record.getMessage())
        canary.check(f"log of {record.name}", repr(record.args))
    for warning in warned:
        canary.check(
            "a warning",
            warnings.formatwarning(
                warning.message, warning.category, warning.filename, warning.lineno
            ),
        )
        canary.check_object("a warning", warning.message)
    out, err = capfd.readouterr()
    canary.check("stdout", out)
    canary.check("stderr", err)
