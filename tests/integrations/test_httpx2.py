"""The same object in clients of httpx and of httpx2, which each insist on their own base class."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING

import httpx
import httpx2
import pytest

from talend_oauth import TalendAuth, TokenSource
from talend_oauth.errors import NotReplayedError

if TYPE_CHECKING:
    from talend_oauth.sandbox import Sandbox


def test_one_object_serves_both_libraries_with_one_token(
    source: TokenSource, sandbox: Sandbox
) -> None:
    auth = TalendAuth(source)

    with httpx.Client(base_url=sandbox.url, auth=auth) as old:
        assert old.get("/account/me").status_code == 200
    with httpx2.Client(base_url=sandbox.url, auth=auth) as new:
        assert new.get("/account/me").status_code == 200
    assert sandbox.token_requests == 1


def test_a_refused_token_is_replaced_in_httpx2(source: TokenSource, sandbox: Sandbox) -> None:
    sandbox.revoke(source.token().value)

    with httpx2.Client(base_url=sandbox.url, auth=TalendAuth(source)) as client:
        answer = client.post("/processing/executions", json={"executable": "task"})

    assert answer.status_code == 201
    assert sandbox.token_requests == 2


def test_an_asynchronous_client_of_httpx2_works_too(source: TokenSource, sandbox: Sandbox) -> None:
    async def who() -> int:
        async with httpx2.AsyncClient(base_url=sandbox.url, auth=TalendAuth(source)) as client:
            return (await client.get("/account/me")).status_code

    sandbox.revoke(source.token().value)

    assert asyncio.run(who()) == 200


def test_a_stream_of_httpx2_is_not_replayed(source: TokenSource, sandbox: Sandbox) -> None:
    sandbox.revoke(source.token().value)

    with (
        httpx2.Client(base_url=sandbox.url, auth=TalendAuth(source)) as client,
        pytest.raises(NotReplayedError),
    ):
        client.post("/processing/executions", content=(part for part in [b"{}"]))


def test_it_pickles_as_itself(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    auth = TalendAuth()

    copied = pickle.loads(pickle.dumps(auth))

    assert isinstance(copied, httpx2.Auth)
    assert isinstance(copied, httpx.Auth)
    assert copied.source.token().value
