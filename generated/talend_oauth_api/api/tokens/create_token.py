from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_body import ErrorBody
from ...models.token_request import TokenRequest
from ...models.token_response import TokenResponse
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: TokenRequest,
    talend_version_query: str | Unset = UNSET,
    talend_version_header: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(talend_version_header, Unset):
        headers["talend-version"] = talend_version_header

    params: dict[str, Any] = {}

    params["talendVersion"] = talend_version_query

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/security/oauth/token",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorBody | TokenResponse | None:
    if response.status_code == 200:
        response_200 = TokenResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorBody.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorBody.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorBody.from_dict(response.json())

        return response_403

    if response.status_code == 415:
        response_415 = ErrorBody.from_dict(response.json())

        return response_415

    if response.status_code == 500:
        response_500 = ErrorBody.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorBody | TokenResponse]:
    parsed = _parse_response(client=client, response=response)
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=parsed,
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: TokenRequest,
    talend_version_query: str | Unset = UNSET,
    talend_version_header: str | Unset = UNSET,
) -> Response[ErrorBody | TokenResponse]:
    """Create an access token for a service account

     Authenticates the service account with HTTP Basic and answers with an access token
    for the API named by `audience`. Keep the token and send it with every API call until
    it nears its end; asking for a new one per call is slower and invites rate limits.

    Documented permission: Service Account - Manage (`TMC_SERVICE_ACCOUNT_MANAGEMENT`).
    The permissions of a token are fixed when it is issued: after a grant, get a new one.

    The API version may be given in the query or in a header. Without one, or with one
    that Talend does not know, the oldest supported version answers, silently.

    Args:
        talend_version_query (str | Unset): Version of the Talend API as a query parameter,
            written `YYYY-MM`.
        talend_version_header (str | Unset): Version of the Talend API as a header, written `YYYY-
            MM`.
        body (TokenRequest): What to issue a token for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | TokenResponse]
    """

    kwargs = _get_kwargs(
        body=body,
        talend_version_query=talend_version_query,
        talend_version_header=talend_version_header,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: TokenRequest,
    talend_version_query: str | Unset = UNSET,
    talend_version_header: str | Unset = UNSET,
) -> ErrorBody | TokenResponse | None:
    """Create an access token for a service account

     Authenticates the service account with HTTP Basic and answers with an access token
    for the API named by `audience`. Keep the token and send it with every API call until
    it nears its end; asking for a new one per call is slower and invites rate limits.

    Documented permission: Service Account - Manage (`TMC_SERVICE_ACCOUNT_MANAGEMENT`).
    The permissions of a token are fixed when it is issued: after a grant, get a new one.

    The API version may be given in the query or in a header. Without one, or with one
    that Talend does not know, the oldest supported version answers, silently.

    Args:
        talend_version_query (str | Unset): Version of the Talend API as a query parameter,
            written `YYYY-MM`.
        talend_version_header (str | Unset): Version of the Talend API as a header, written `YYYY-
            MM`.
        body (TokenRequest): What to issue a token for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | TokenResponse
    """

    return sync_detailed(
        client=client,
        body=body,
        talend_version_query=talend_version_query,
        talend_version_header=talend_version_header,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: TokenRequest,
    talend_version_query: str | Unset = UNSET,
    talend_version_header: str | Unset = UNSET,
) -> Response[ErrorBody | TokenResponse]:
    """Create an access token for a service account

     Authenticates the service account with HTTP Basic and answers with an access token
    for the API named by `audience`. Keep the token and send it with every API call until
    it nears its end; asking for a new one per call is slower and invites rate limits.

    Documented permission: Service Account - Manage (`TMC_SERVICE_ACCOUNT_MANAGEMENT`).
    The permissions of a token are fixed when it is issued: after a grant, get a new one.

    The API version may be given in the query or in a header. Without one, or with one
    that Talend does not know, the oldest supported version answers, silently.

    Args:
        talend_version_query (str | Unset): Version of the Talend API as a query parameter,
            written `YYYY-MM`.
        talend_version_header (str | Unset): Version of the Talend API as a header, written `YYYY-
            MM`.
        body (TokenRequest): What to issue a token for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorBody | TokenResponse]
    """

    kwargs = _get_kwargs(
        body=body,
        talend_version_query=talend_version_query,
        talend_version_header=talend_version_header,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: TokenRequest,
    talend_version_query: str | Unset = UNSET,
    talend_version_header: str | Unset = UNSET,
) -> ErrorBody | TokenResponse | None:
    """Create an access token for a service account

     Authenticates the service account with HTTP Basic and answers with an access token
    for the API named by `audience`. Keep the token and send it with every API call until
    it nears its end; asking for a new one per call is slower and invites rate limits.

    Documented permission: Service Account - Manage (`TMC_SERVICE_ACCOUNT_MANAGEMENT`).
    The permissions of a token are fixed when it is issued: after a grant, get a new one.

    The API version may be given in the query or in a header. Without one, or with one
    that Talend does not know, the oldest supported version answers, silently.

    Args:
        talend_version_query (str | Unset): Version of the Talend API as a query parameter,
            written `YYYY-MM`.
        talend_version_header (str | Unset): Version of the Talend API as a header, written `YYYY-
            MM`.
        body (TokenRequest): What to issue a token for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorBody | TokenResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            talend_version_query=talend_version_query,
            talend_version_header=talend_version_header,
        )
    ).parsed
