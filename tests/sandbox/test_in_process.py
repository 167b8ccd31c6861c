"""The application without a port, through httpx's own ASGI transport."""

import asyncio
import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from talend_oauth.sandbox import Account, Sandbox, create_app

GOOD = {"grant_type": "client_credentials", "audience": "x"}


def test_the_application_serves_within_the_process() -> None:
    async def run() -> None:
        app = create_app(
            token_lifetime=60, accounts=[Account(client_id="app", client_secret="secret")]
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://talend") as client:
            answer = await client.post("/security/oauth/token", auth=("app", "secret"), json=GOOD)
            assert answer.json()["expires_in"] == 60
            bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
            assert (await client.get("/account/me", headers=bearer)).json()["id"] == "app"
            app.state.fail(503)
            answer = await client.post("/security/oauth/token", auth=("app", "secret"), json=GOOD)
            assert answer.status_code == 503
            assert app.state.token_requests == 2

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["reset", "truncate"])
def test_the_end_of_a_connection_is_an_error_where_there_is_none(fault: str) -> None:
    async def run() -> None:
        app = create_app()
        app.state.fail(**{fault: True})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            with pytest.raises(ConnectionResetError):
                await client.post("http://talend/security/oauth/token")

    asyncio.run(run())


def test_settings_and_accounts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="token_lifetime"):
        create_app(token_lifetime=-1)
    with pytest.raises(TypeError, match="life"):
        create_app(life=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="same client_id"):
        create_app(accounts=[Account(client_id="a"), Account(client_id="a")])


def test_a_layer_inside_that_reads_the_body_does_not_hang_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bytes] = []
    inner = Starlette.__call__

    # As Sentry's integration and other middleware do.
    async def layer(self: Starlette, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        seen.append(message["body"])
        assert not message["more_body"]
        await inner(self, scope, receive, send)

    monkeypatch.setattr(Starlette, "__call__", layer)

    with Sandbox() as sandbox:
        answer = httpx.post(
            f"{sandbox.url}/security/oauth/token",
            auth=(sandbox.client_id, sandbox.client_secret),
            json=GOOD,
        )
    assert answer.status_code == 200
    assert json.loads(seen[0]) == GOOD
