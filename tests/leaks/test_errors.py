"""No error of any path shows a secret or a token, whatever the endpoint answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import warnings
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests
import trio

from talend_oauth import FileStore, Secret, Settings, TalendAuth, TokenSource, async_client, client
from talend_oauth._clock import SystemClock
from talend_oauth._token_endpoint.request import Exchange
from talend_oauth.cli import main
from talend_oauth.errors import TalendOAuthError
from talend_oauth.integrations.airflow import TalendAuth as AirflowAuth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

from ..conftest import LACKS
from .canary import CLIENT_ID, SECRET, WRONG_SECRET, Canary
from .failures import FAILURES, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

OTHER_PLACES = ("a closed port", "TLS to a server without", "a name without an address")
# Every failure through one path, and every path through one failure of each kind.
TYPICAL = ("401 that echoes", "500 that echoes", "a redirect", "no JSON", "a closed port")


def _source_of(settings: Settings, **more: Any) -> TokenSource:
    # A clock of its own, so that no other source has the same slot.
    return TokenSource(settings, _clock=SystemClock(), **more)


def _sync(settings: Settings) -> None:
    _source_of(settings).token()


def _asyncio(settings: Settings) -> None:
    asyncio.run(_await(_source_of(settings)))


def _trio(settings: Settings) -> None:
    if LACKS["wine"]:
        pytest.skip("wine: lacks what trio needs")
    trio.run(_await, _source_of(settings))


async def _await(source: TokenSource) -> None:
    await source.token_async()


def _again(settings: Settings) -> None:
    source = _source_of(settings)
    with contextlib.suppress(TalendOAuthError):
        source.token()
    source.token()


def _last_error(settings: Settings) -> None:
    source = _source_of(settings)
    with contextlib.suppress(TalendOAuthError):
        source.token()
    assert source.last_error is not None
    raise source.last_error


def _client(settings: Settings) -> None:
    with client(_source_of(settings)) as talend:
        talend.get("/account/me")


def _async_client(settings: Settings) -> None:
    async def ask() -> None:
        async with async_client(_source_of(settings)) as talend:
            await talend.get("/account/me")

    asyncio.run(ask())


def _own_client(settings: Settings) -> None:
    auth = TalendAuth(_source_of(settings))
    with httpx.Client(auth=auth, base_url=settings.api_url or "", trust_env=False) as talend:
        talend.get("/account/me")


def _requests(settings: Settings) -> None:
    requests.get(
        f"{settings.api_url}/account/me", auth=RequestsAuth(_source_of(settings)), timeout=5
    )


def _airflow(settings: Settings) -> None:
    assert settings.secret is not None
    requests.get(
        f"{settings.api_url}/account/me",
        auth=AirflowAuth(settings.client_id, settings.secret.read().reveal()),
        timeout=5,
    )


PATHS: dict[str, Callable[[Settings], None]] = {
    "token": _sync,
    "token_async of asyncio": _asyncio,
    "token_async of trio": _trio,
    "token, the second time": _again,
    "last_error": _last_error,
    "client": _client,
    "async_client": _async_client,
    "TalendAuth": _own_client,
    "requests": _requests,
    "Airflow": _airflow,
}


@pytest.fixture
def place(sandbox: Sandbox, failure: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the URL of something that fails like that."""
    if failure in FAILURES:
        sandbox.fail(times=None, **FAILURES[failure])
        yield sandbox.url
        return
    if failure == "a closed port":
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        return
    if failure == "TLS to a server without":
        yield sandbox.url.replace("http:", "https:")
        return

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # Not asyncio's: that of asyncio.run below asks for no name.
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(socket, "create_connection", unknown)
    yield "https://api.eu.cloud.talend.com"


@pytest.fixture
def failing_canary(canary: Canary) -> Canary:
    canary.add(TOKEN)
    return canary


@pytest.mark.parametrize(
    ("path", "failure"),
    [("token", failure) for failure in (*FAILURES, *OTHER_PLACES)]
    + [(path, failure) for path in PATHS if path != "token" for failure in TYPICAL],
)
def test_an_error_of_the_endpoint_shows_nothing(
    path: str, place: str, failing_canary: Canary
) -> None:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=place)
    with pytest.raises(TalendOAuthError) as caught:
        PATHS[path](settings)

    failing_canary.check_error(path, caught.value)
    failing_canary.check_error(f"{path}, again", caught.value.copy())
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("failure", TYPICAL)
@pytest.mark.parametrize("command", ["token", "whoami"])
def test_a_command_that_fails_shows_nothing(
    command: str,
    place: str,
    failing_canary: Canary,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("TALEND_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("TALEND_API_URL", place)

    assert main([command, "--no-store"]) in (3, 4)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("talend-oauth: ")
    failing_canary.check("stderr", err)


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_secret_shows_nothing(path: str, sandbox: Sandbox, canary: Canary) -> None:
    settings = Settings(client_id=CLIENT_ID, client_secret=WRONG_SECRET, api_url=sandbox.url)
    with pytest.raises(TalendOAuthError) as caught:
        PATHS[path](settings)

    canary.check_error(path, caught.value)


def test_an_api_that_refuses_a_streamed_request_shows_nothing(
    sandbox: Sandbox, canary: Canary
) -> None:
    source = _source_of(Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url))
    canary.add(source.token().value)
    sandbox.revoke(source.token().value)
    with client(source) as talend, pytest.raises(TalendOAuthError) as caught:
        talend.post("/processing/executions", content=iter([b"{}"]))

    canary.check_error("NotReplayedError", caught.value)


def test_an_api_that_refuses_a_streamed_request_of_requests_shows_nothing(
    sandbox: Sandbox, canary: Canary
) -> None:
    source = _source_of(Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url))
    canary.add(source.token().value)
    sandbox.revoke(source.token().value)
    with pytest.raises(TalendOAuthError) as caught:
        requests.post(
            f"{sandbox.url}/processing/executions",
            data=iter([b"{}"]),
            auth=RequestsAuth(source),
            timeout=5,
        )

    canary.check_error("NotReplayedError", caught.value)


def test_a_request_in_the_clear_shows_nothing(sandbox: Sandbox, canary: Canary) -> None:
    source = _source_of(Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url))
    canary.add(source.token().value)
    with (
        httpx.Client(auth=TalendAuth(source, hosts=("talend.example",))) as talend,
        pytest.raises(TalendOAuthError, match="where the token could be read") as caught,
    ):
        talend.get("http://talend.example/account/me")

    canary.check_error("http", caught.value)


class BrokenStore(FileStore):
    """A store whose every method fails with the record in its frames and its message."""

    def save(self, key: str, record: str, seconds: float) -> None:
        raise OSError(f"{key} {record} {seconds}")


def test_a_store_that_fails_shows_nothing(sandbox: Sandbox, canary: Canary, tmp_path: Path) -> None:
    sandbox.fail(times=None, merge={"access_token": TOKEN})
    canary.add(TOKEN)
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)

    assert _source_of(settings, store=BrokenStore(tmp_path)).token().value == TOKEN


def test_a_store_that_fails_where_warnings_are_errors_shows_nothing_and_costs_nothing(
    sandbox: Sandbox, canary: Canary, tmp_path: Path
) -> None:
    sandbox.fail(times=None, merge={"access_token": TOKEN})
    canary.add(TOKEN)
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = _source_of(settings, store=BrokenStore(tmp_path))
        assert source.token().value == TOKEN


@pytest.mark.parametrize("failure", TYPICAL)
def test_the_endpoint_itself_returns_an_error_that_nothing_hangs_on(
    place: str, failing_canary: Canary
) -> None:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=place)
    error = Exchange(settings, Secret(SECRET), SystemClock(), 5.0).run()

    assert isinstance(error, TalendOAuthError)
    failing_canary.check_error("Exchange", error)
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_bug_of_ours_shows_nothing(
    sandbox: Sandbox, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    from talend_oauth._lifecycle import fetch as _fetch

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(_fetch.Exchange, "run", fail)
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    with pytest.raises(TalendOAuthError, match="RuntimeError") as caught:
        _source_of(settings).token()

    canary.check_error("a bug", caught.value)
