"""The libraries that are measured, each made to do the same work: give a valid access token.

Each is used as its documentation shows, with its cache on. `make` returns a fresh one that holds
no token yet, as a function that gives the token; where that can be a method of the library, it
is, so that the call adds nothing.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .forms import TENANT

if TYPE_CHECKING:
    from .address import Address

Ask = Callable[[], object]
AskAsync = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Library:
    """One library.

    Attributes:
        name: Of its distribution.
        imports: The statement by which a program imports what it uses.
        make: Returns what to call for a token in a thread, and in a task or None if the library
            has nothing for tasks; both share their token where the library shares it.
        life: Seconds that a token lives whose renewal is watched.
        renews: The least and the largest age, in seconds, at which that token is renewed.
    """

    name: str
    imports: str
    make: Callable[[Address], tuple[Ask, AskAsync | None]]
    life: float
    renews: tuple[float, float]

    @property
    def version(self) -> str:
        """The installed version."""
        from importlib.metadata import version  # not for the programs whose start is measured

        return version(self.name)


_NUMBERS = itertools.count()


def _ours(address: Address) -> tuple[Ask, AskAsync | None]:
    from talend_oauth import TokenSource

    # Equal settings would share the token of the measurement before.
    audience = f"{address.url}/{next(_NUMBERS)}"
    source = TokenSource(**address.settings, audience=audience)  # type: ignore[arg-type]
    return source.token, source.token_async


def _msal(address: Address) -> tuple[Ask, AskAsync | None]:
    import msal

    app = msal.ConfidentialClientApplication(
        address.client_id,
        client_credential=address.client_secret,
        authority=f"{address.tls_url}/{TENANT}",
        instance_discovery=False,
    )
    return partial(app.acquire_token_for_client, [f"{address.url}/.default"]), None


def _azure_identity(address: Address) -> tuple[Ask, AskAsync | None]:
    from azure.identity import ClientSecretCredential

    credential = ClientSecretCredential(
        TENANT,
        address.client_id,
        address.client_secret,
        authority=address.tls_url,
        disable_instance_discovery=True,
    )
    return partial(credential.get_token, f"{address.url}/.default"), None


def _authlib(address: Address) -> tuple[Ask, AskAsync | None]:
    with warnings.catch_warnings(record=True):  # it would rather have httpx2
        from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client

    options: dict[str, Any] = {
        "client_id": address.client_id,
        "client_secret": address.client_secret,
        "token_endpoint": address.form_url,
        "grant_type": "client_credentials",
        "leeway": 60,
    }
    client, async_client = OAuth2Client(**options), AsyncOAuth2Client(**options)

    def ask() -> object:
        if client.token is None:
            client.fetch_token(address.form_url)
        client.ensure_active_token(client.token)
        return client.token["access_token"]

    async def ask_async() -> object:
        if async_client.token is None:
            await async_client.fetch_token(address.form_url)
        await async_client.ensure_active_token(async_client.token)
        return async_client.token["access_token"]

    return ask, ask_async


def _httpx_auth(address: Address) -> tuple[Ask, AskAsync | None]:
    from httpx_auth import OAuth2, OAuth2ClientCredentials

    auth = OAuth2ClientCredentials(address.form_url, address.client_id, address.client_secret)
    OAuth2.token_cache.clear()
    ask = partial(
        OAuth2.token_cache.get_token,
        auth.state,
        early_expiry=auth.early_expiry,
        on_missing_token=auth.request_new_token,
    )

    async def ask_async() -> object:
        return ask()  # which is what its auth does in an httpx.AsyncClient

    return ask, ask_async


def _auth0(address: Address) -> tuple[Ask, AskAsync | None]:
    from auth0.management.token_provider import AsyncTokenProvider, TokenProvider

    options = {
        "domain": address.tls_url.removeprefix("https://"),
        "client_id": address.client_id,
        "client_secret": address.client_secret,
        "audience": address.url,
    }
    return TokenProvider(**options).get_token, AsyncTokenProvider(**options).get_token


def _databricks(address: Address) -> tuple[Ask, AskAsync | None]:
    from databricks.sdk.oauth import ClientCredentials

    source = ClientCredentials(
        address.client_id,
        address.client_secret,
        address.form_url,
        use_header=True,
        disable_async=False,
    )
    return source.token, None


def _requests_oauth2client(address: Address) -> tuple[Ask, AskAsync | None]:
    from requests import Request
    from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth

    client = OAuth2Client(
        address.form_url, auth=(address.client_id, address.client_secret), testing=True
    )
    auth = OAuth2ClientCredentialsAuth(client)
    request = Request("GET", "https://api.invalid").prepare()
    # The auth object is all there is: it renews if it must, and sets the header of a request.
    return partial(auth, request), None


def _before_end(seconds: float) -> tuple[float, tuple[float, float]]:
    """Return `life` and `renews` for a library that renews so many seconds before the end."""
    return seconds + 2, (2, 2)


# At two thirds of the life, or up to a tenth of that earlier.
OURS = Library("talend-oauth", "from talend_oauth import TokenSource", _ours, 12, (7.2, 8))
OTHERS = (
    Library("msal", "import msal", _msal, *_before_end(300)),
    Library(
        "azure-identity",
        "from azure.identity import ClientSecretCredential",
        _azure_identity,
        *_before_end(300),
    ),
    Library(
        "Authlib",
        "import warnings; warnings.simplefilter('ignore'); "
        "from authlib.integrations.httpx_client import OAuth2Client",
        _authlib,
        *_before_end(60),
    ),
    Library(
        "httpx-auth",
        "from httpx_auth import OAuth2ClientCredentials",
        _httpx_auth,
        *_before_end(30),
    ),
    Library(
        "auth0-python",
        "from auth0.management.token_provider import TokenProvider",
        _auth0,
        *_before_end(10),
    ),
    # At half of the life; in its last 40 s a token counts as ended.
    Library(
        "databricks-sdk",
        "from databricks.sdk.oauth import ClientCredentials",
        _databricks,
        90,
        (45, 45),
    ),
    Library(
        "requests-oauth2client",
        "from requests_oauth2client import OAuth2ClientCredentialsAuth",
        _requests_oauth2client,
        *_before_end(20),
    ),
)
LIBRARIES = {library.name: library for library in (OURS, *OTHERS)}
