"""Nothing that a client sends brings the sandbox down, and every answer is a documented one."""

import base64
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talend_oauth.sandbox import Sandbox, create_app
from talend_oauth.sandbox._authorization import parse_authorization

Ask = Callable[..., httpx.Response]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {},
        optional={
            "grant_type": st.just("client_credentials") | JSON_VALUES,
            "audience": st.text() | JSON_VALUES,
            "more": JSON_VALUES,
        },
    ).map(lambda value: json.dumps(value).encode()),
)
# What a client can be made to send: visible characters, spaces and bytes outside ASCII.
HEADER_BYTES = st.lists(st.integers(0x20, 0xFF).filter(lambda byte: byte != 0x7F), max_size=60).map(
    lambda value: bytes(value).strip()
)
REUSE_THE_SANDBOX = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@REUSE_THE_SANDBOX
@given(body=BODIES)
def test_any_body_is_answered_as_documented(ask: Ask, body: bytes) -> None:
    response = ask(content=body, headers={"content-type": "application/json"})
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        asked = json.loads(body)
        assert asked.keys() == {"grant_type", "audience"}
        assert asked["grant_type"] == "client_credentials"


@REUSE_THE_SANDBOX
@given(value=HEADER_BYTES, encode=st.booleans())
def test_any_authorization_is_refused_as_documented(ask: Ask, value: bytes, encode: bool) -> None:
    sent = b"Basic " + (base64.b64encode(value) if encode else value)
    assert ask(auth=None, headers={b"authorization": sent.strip()}).status_code == 401


@REUSE_THE_SANDBOX
@given(media_type=HEADER_BYTES, query=st.binary(max_size=40), version=HEADER_BYTES)
def test_any_header_and_query_is_answered_as_documented(
    ask: Ask, media_type: bytes, query: bytes, version: bytes
) -> None:
    response = ask(
        content=b"{}",
        params=query.decode("latin-1"),
        headers={b"content-type": media_type.strip(), b"talend-version": version.strip()},
    )
    assert response.status_code in (400, 415)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_any_header_can_be_taken_apart(values: list[bytes]) -> None:
    found = parse_authorization(values)
    assert found.scheme in (None, "Basic", "Bearer")


@pytest.mark.parametrize(
    "sent",
    [
        b"\0\1\2\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /security/oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /security/oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nshort",
        b"POST /%ff%00%2e HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /_sandbox/faults HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nshort",
    ],
)
def test_a_broken_connection_leaves_the_server_whole(
    sandbox: Sandbox, ask: Ask, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port or 0), 5) as raw:
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass
    assert ask().status_code == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_client_that_leaves_before_its_body_is_complete_leaves_no_entry() -> None:
    async def run() -> None:
        app = create_app()
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/security/oauth/token",
            "headers": [],
            "query_string": b"",
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            raise AssertionError(message)

        await app(scope, receive, send)
        assert app.state.log == []
        assert app.state.token_requests == 0

    import asyncio

    asyncio.run(run())
