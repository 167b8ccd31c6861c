"""One logger, silent unless the application listens; one line an event; a hook for metrics."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from talend_oauth import FileStore, TokenSource
from talend_oauth._lifecycle.registry import REGISTRY
from talend_oauth.errors import TalendOAuthError

from ..clocks import FakeClock

if TYPE_CHECKING:
    from pathlib import Path

    from talend_oauth import Event
    from talend_oauth.sandbox import Sandbox


class Told:
    """The events of a source, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        """Return what happened."""
        return [event.name for event in self.events]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source(sandbox: Sandbox, told: Told, clock: FakeClock) -> TokenSource:
    return TokenSource(
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        api_url=sandbox.url,
        on_event=told,
        _clock=clock,
        _random=lambda: 0.5,
    )


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and text of our records, with every number cut to #."""
    return [
        (record.levelname, re.sub(r"\d+\.\d+|\b\d+\b", "#", record.getMessage()))
        for record in caplog.records
        if record.name == "talend_oauth"
    ]


def test_nothing_is_printed_unless_the_application_listens(sandbox: Sandbox) -> None:
    code = (
        "import talend_oauth, logging, sys\n"
        f"s = talend_oauth.TokenSource(client_id={sandbox.client_id!r}, client_secret='wrong', "
        f"api_url={sandbox.url!r})\n"
        "try: s.token()\n"
        "except talend_oauth.TalendOAuthError: pass\n"
        "logger = logging.getLogger('talend_oauth')\n"
        "print([type(h).__name__ for h in logger.handlers], logger.level, logger.propagate)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "['NullHandler'] 0 True\n"
    assert done.stderr == ""


def test_a_first_token_and_a_renewal_are_one_line_each(
    source: TokenSource, told: Told, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "talend_oauth")
    source.token()
    clock.advance(1790)
    source.token()

    assert told.names == ["fetched", "refreshed"]
    who = f"client_id={source._context.settings.client_id}"
    assert [text for _, text in lines(caplog)] == [
        re.sub(r"\d+\.\d+|\b\d+\b", "#", f"{name}: {who} lifetime=1 seconds=1 tries=1")
        for name in told.names
    ]
    assert told.events[0].fields["lifetime"] == 1800.0
    assert told.events[0].fields["tries"] == 1


def test_an_old_token_that_is_served_is_a_warning_with_what_is_left(
    source: TokenSource,
    told: Told,
    clock: FakeClock,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source.token()
    sandbox.fail(500, times=None)
    clock.advance(1790)
    caplog.set_level(logging.INFO, "talend_oauth")
    source.token()

    assert told.names == ["fetched", "retrying", "retrying", "stale"]
    assert [level for level, _ in lines(caplog)] == ["INFO", "INFO", "WARNING"]
    served = told.events[-1].fields
    assert served["error"] == "ServerError"
    assert 0 < float(served["left"]) <= 10
    waited = told.events[1].fields
    assert (waited["tries"], waited["error"]) == (1, "ServerError")
    assert float(waited["seconds"]) > 0


def test_a_refusal_is_a_warning_with_its_status(
    sandbox: Sandbox, told: Told, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    source = TokenSource(
        client_id=sandbox.client_id,
        client_secret="wrong",
        api_url=sandbox.url,
        on_event=told,
        _clock=clock,
    )
    caplog.set_level(logging.INFO, "talend_oauth")
    for _ in range(2):
        with pytest.raises(TalendOAuthError):
            source.token()

    assert told.names == ["refused", "failed"]  # the second call asked nobody
    assert told.events[0].fields == {"status": 401, "error": "InvalidCredentialsError"}
    assert {level for level, _ in lines(caplog)} == {"WARNING"}


def test_a_token_of_the_store_is_told_with_what_is_left(
    sandbox: Sandbox, told: Told, clock: FakeClock, tmp_path: Path
) -> None:
    for _ in range(2):
        REGISTRY._kept.clear()  # as in another process
        TokenSource(
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
            api_url=sandbox.url,
            store=FileStore(tmp_path),
            on_event=told,
            _clock=clock,
        ).token()

    assert told.names == ["fetched", "loaded"]
    assert 1790 < float(told.events[1].fields["left"]) <= 1800


def test_a_cached_token_says_nothing(source: TokenSource, told: Told) -> None:
    for _ in range(100):
        source.token()

    assert told.names == ["fetched"]


def test_a_listener_that_raises_costs_no_token(
    sandbox: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def listen(event: Event) -> None:
        raise KeyError(event.name)

    source = TokenSource(
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        api_url=sandbox.url,
        on_event=listen,
        _clock=clock,
    )

    assert source.token().value
    assert ("WARNING", "the event listener raised KeyError") in lines(caplog)
