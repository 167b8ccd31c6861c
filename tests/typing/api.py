"""Never run, only type-checked: what users write, and the types they may rely on."""

from collections.abc import Callable
from typing import assert_type

import httpx
import httpx2
import requests

import talend_oauth
from talend_oauth import (
    AccessToken,
    EncryptedStore,
    Event,
    FileStore,
    RedisStore,
    Secret,
    Settings,
    TalendAuth,
    TokenSource,
    TokenStore,
)
from talend_oauth.errors import InvalidCredentialsError, TalendOAuthError
from talend_oauth.integrations.httpx2 import TalendAuth as Httpx2Auth
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth


def settings() -> None:
    assert_type(Settings(), Settings)
    Settings(client_id="id", client_secret="secret", region="eu")
    Settings(client_id="id", client_secret=lambda: "secret", api_url="https://api.example")
    Settings(client_secret_file="file", audience="https://api.example", talend_version="2021-03")
    assert_type(Settings().api_url, str | None)
    Settings(client_id=1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    Settings(secret="x")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def tokens(source: TokenSource) -> None:
    token = source.token()
    assert_type(token, AccessToken)
    assert_type(token.value, str)
    assert_type(token.expires_in, float)
    assert_type(token.expires_at, float)
    assert_type(token.authorization, str)
    plain: Callable[[], str] = source
    assert_type(plain(), str)
    assert_type(source.last_error, TalendOAuthError | None)


async def tokens_async(source: TokenSource) -> None:
    assert_type(await source.token_async(), AccessToken)


def clients(source: TokenSource) -> None:
    httpx.Client(auth=TalendAuth())
    httpx.AsyncClient(auth=TalendAuth(source))
    TalendAuth(Settings())
    TalendAuth(client_id="id", client_secret="secret", region="eu")
    assert_type(talend_oauth.client(), httpx.Client)
    assert_type(talend_oauth.async_client(source), httpx.AsyncClient)
    talend_oauth.client(hosts=("gateway.example.com",), region="eu")
    talend_oauth.async_client(store=FileStore(), on_event=print)
    TalendAuth(Settings(), store=RedisStore("redis://localhost"), on_event=lambda event: event.name)
    TalendAuth("secret")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    TalendAuth(secret="x")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    RequestsAuth(hosts=["gateway.example.com:8443"], store=FileStore())
    httpx2.Client(auth=Httpx2Auth(source))
    httpx2.AsyncClient(auth=Httpx2Auth(region="eu", on_event=print))
    requests.get("https://api.example", auth=RequestsAuth(source), timeout=10)


class OwnStore:
    """A store of a user: nothing to inherit from."""

    def load(self, key: str) -> str | None:
        return key

    def save(self, key: str, record: str, seconds: float) -> None: ...

    def lock(self, key: str, seconds: float) -> str:  # which is no context
        return f"{key} {seconds}"


def stores() -> None:
    TokenSource(store=FileStore())
    TokenSource(store=RedisStore("redis://localhost"))
    store: TokenStore = FileStore("/folder")
    store = EncryptedStore(store, b"a key")
    store = EncryptedStore(store, Secret("a key"))
    TokenSource(store=store)
    TokenSource(store=OwnStore())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def events() -> None:
    def listen(event: Event) -> None:
        assert_type(event.name, str)  # type: ignore[assert-type] # pyright: ignore[reportAssertTypeFailure]

    TokenSource(on_event=listen)


def errors() -> None:
    try:
        TokenSource().token()
    except InvalidCredentialsError as error:
        assert_type(error.status, int | None)
        assert_type(error.retryable, bool)
        assert_type(error.hint, str)
