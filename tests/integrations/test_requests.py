"""`requests` with our authentication, against the sandbox on a real port."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from talend_oauth.errors import ConfigurationError, NotReplayedError
from talend_oauth.integrations.requests import TalendAuth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talend_oauth import TokenSource
    from talend_oauth.sandbox import Sandbox


@pytest.fixture
def session(sandbox_source: TokenSource) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = TalendAuth(sandbox_source)
        session.trust_env = False
        yield session


def who(session: requests.Session, sandbox: Sandbox) -> requests.Response:
    return session.get(f"{sandbox.url}/account/me", timeout=10)


def test_requests_share_one_token(session: requests.Session, sandbox: Sandbox) -> None:
    answers = [who(session, sandbox) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert sandbox.token_requests == 1


def test_a_refused_token_is_replaced_and_the_request_sent_again(
    session: requests.Session, sandbox_source: TokenSource, sandbox: Sandbox
) -> None:
    sandbox.revoke(sandbox_source.token().value)

    answer = who(session, sandbox)

    assert answer.status_code == 200
    assert [earlier.status_code for earlier in answer.history] == [401]
    assert sandbox.token_requests == 2


def test_a_body_of_bytes_and_a_file_are_sent_again_whole(
    session: requests.Session, sandbox_source: TokenSource, sandbox: Sandbox
) -> None:
    for body in (b'{"executable": "task"}', io.BytesIO(b'{"executable": "task"}')):
        sandbox.revoke(sandbox_source.token().value)

        answer = session.post(
            f"{sandbox.url}/processing/executions",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=10,
        )

        assert answer.status_code == 201


def test_a_streamed_body_is_not_sent_again_and_the_next_request_gets_a_new_token(
    session: requests.Session, sandbox_source: TokenSource, sandbox: Sandbox
) -> None:
    sandbox.revoke(sandbox_source.token().value)

    with pytest.raises(NotReplayedError, match="Send the request again"):
        session.post(
            f"{sandbox.url}/processing/executions",
            data=(part for part in [b'{"executable": ', b'"task"}']),
            timeout=10,
        )

    assert who(session, sandbox).status_code == 200
    assert sandbox.token_requests == 2


def test_twenty_refusals_at_once_cost_one_token_request(
    sandbox_source: TokenSource, sandbox: Sandbox
) -> None:
    sandbox.revoke(sandbox_source.token().value)

    def call(_: int) -> int:
        return requests.get(
            f"{sandbox.url}/account/me", auth=TalendAuth(sandbox_source), timeout=10
        ).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(call, range(20)))

    assert statuses == [200] * 20
    assert sandbox.token_requests == 2


def test_a_brand_new_token_that_is_refused_is_not_replaced(
    session: requests.Session, sandbox: Sandbox
) -> None:
    sandbox.fail(status=401, path="/account/me", times=None)

    assert who(session, sandbox).status_code == 401
    assert sandbox.token_requests == 1


def test_the_answer_of_the_api_stands_when_no_new_token_can_be_had(
    session: requests.Session, sandbox_source: TokenSource, sandbox: Sandbox
) -> None:
    sandbox.revoke(sandbox_source.token().value)
    sandbox.fail(status=403, times=None)

    assert who(session, sandbox).status_code == 401


def test_a_token_is_not_sent_over_plain_http_to_another_machine(
    session: requests.Session, sandbox_source: TokenSource
) -> None:
    session.auth = TalendAuth(sandbox_source, hosts=("api.example",))
    with pytest.raises(ConfigurationError, match="plain http is accepted only for this machine"):
        session.get("http://api.example/account/me", timeout=10)
