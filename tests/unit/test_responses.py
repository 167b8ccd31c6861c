"""Every response without a usable token is an error that says what to do."""
# ruff: noqa: E501 - the messages stand here as they are read

from __future__ import annotations

from typing import Any

import pytest

from talend_oauth import Settings, errors
from talend_oauth._token_endpoint.responses import ResponseSummary, error_for

EU = "https://api.eu.cloud.talend.com"
IP_ALLOWLIST = "Check for a proxy or firewall in between, the tenant's IP allowlist, and the host."
CHECK_URL = (
    "Check that TALEND_API_URL is Talend's API. A proxy or a login page may respond in its place."
)
LATER = "Try again later. Talend's status page may report an outage."
AUDIENCE = f"Check the audience, which was {EU}."
BASE_URL = "Check TALEND_API_URL: it has to be the base URL of a region's API."
REDIRECTED = "Set TALEND_REGION or TALEND_API_URL to the API itself, not to a proxy or login page."
GRANT = (
    "Grant it Service Account - Manage (TMC_SERVICE_ACCOUNT_MANAGEMENT), then get a NEW token "
    "(`talend-oauth token --refresh`, `TokenSource.refresh()`): "
    "permissions are fixed when a token is issued. Check the tenant's IP allowlist."
)
STORE = "Reuse one TokenSource per process. Share tokens between processes with a store."
CREDENTIALS = (
    "Check both, and that the service account belongs to {region} (see your portal's URL, or "
    "`talend-oauth regions`).{qlik} Personal access tokens and Qlik OAuth clients do not work here."
)
QLIK_EU = " Talend's 'eu' is Europe (AWS, Frankfurt); Qlik's 'eu' is Talend's 'ie', Ireland."
IN_EU = CREDENTIALS.format(region="region 'eu'", qlik=QLIK_EU)
JSON = "application/json"


def settings(**options: Any) -> Settings:
    return Settings(client_id="an-id", client_secret="a-secret", **{"region": "eu", **options})


@pytest.mark.parametrize(
    ("response", "kind", "message", "hint"),
    [
        ({"status": 401}, errors.InvalidCredentialsError, f"{EU} rejected the client ID 'an-id' or its secret (401).", IN_EU),
        ({"status": 400, "fields": {"error": "invalid_client"}}, errors.InvalidCredentialsError, f"{EU} rejected the client ID 'an-id' or its secret (400).", IN_EU),
        ({"status": 403, "fields": {"error": "unauthorized_client"}}, errors.InvalidCredentialsError, f"{EU} rejected the client ID 'an-id' or its secret (403).", IN_EU),
        ({"status": 400, "fields": {"error": "invalid_scope"}}, errors.BadRequestError, f"{EU} rejected the request (400 Bad Request).", AUDIENCE),
        ({"status": 403, "media_type": JSON}, errors.PermissionDeniedError, f"The service account 'an-id' may not get a token from {EU} (403).", GRANT),
        ({"status": 403, "media_type": "application/problem+json"}, errors.PermissionDeniedError, f"The service account 'an-id' may not get a token from {EU} (403).", GRANT),
        ({"status": 403, "media_type": "text/html"}, errors.PermissionDeniedError, f"{EU} denied the request (403 Forbidden, text/html). This is probably not Talend itself.", IP_ALLOWLIST),
        ({"status": 403}, errors.PermissionDeniedError, f"{EU} denied the request (403 Forbidden). This is probably not Talend itself.", IP_ALLOWLIST),
        ({"status": 429}, errors.RateLimitedError, f"Too many token requests to {EU} (429).", STORE),
        ({"status": 400, "media_type": JSON}, errors.BadRequestError, f"{EU} rejected the request (400 Bad Request).", AUDIENCE),
        ({"status": 404}, errors.BadRequestError, f"{EU} rejected the request (404 Not Found).", BASE_URL),
        ({"status": 405}, errors.BadRequestError, f"{EU} rejected the request (405 Method Not Allowed).", BASE_URL),
        ({"status": 415, "media_type": "text/html"}, errors.BadRequestError, f"{EU} rejected the request (415 Unsupported Media Type, text/html).", AUDIENCE),
        ({"status": 499}, errors.BadRequestError, f"{EU} rejected the request (499).", AUDIENCE),
        ({"status": 500}, errors.ServerError, f"{EU} failed (500 Internal Server Error).", LATER),
        ({"status": 503, "media_type": "text/html"}, errors.ServerError, f"{EU} failed (503 Service Unavailable, text/html).", LATER),
        ({"status": 520}, errors.ServerError, f"{EU} failed (520).", LATER),
        ({"status": 999}, errors.ServerError, f"{EU} failed (999).", LATER),
        ({"status": 201}, errors.UnexpectedResponseError, f"{EU} responded with 201 Created instead of a token.", CHECK_URL),
        ({"status": 299, "media_type": "text/plain"}, errors.UnexpectedResponseError, f"{EU} responded with 299, text/plain instead of a token.", CHECK_URL),
        ({"status": 101}, errors.UnexpectedResponseError, f"{EU} responded with 101 Switching Protocols instead of a token.", CHECK_URL),
        ({"status": 300}, errors.UnexpectedResponseError, f"{EU} redirected the request (300) to the same host. The redirect was not followed, because the secret is for this host only.", REDIRECTED),
        ({"status": 302, "location": "https://login.example/x"}, errors.UnexpectedResponseError, f"{EU} redirected the request (302) to login.example. The redirect was not followed, because the secret is for this host only.", REDIRECTED),
        ({"status": 399}, errors.UnexpectedResponseError, f"{EU} redirected the request (399) to the same host. The redirect was not followed, because the secret is for this host only.", REDIRECTED),
    ],
)  # fmt: skip
def test_each_status_has_its_error_with_cause_and_next_step(
    response: dict[str, Any], kind: type[Exception], message: str, hint: str
) -> None:
    error = error_for(ResponseSummary(**response), settings())

    assert (type(error), error.message, error.hint) == (kind, message, hint)
    assert error.status == response["status"]
    assert (error.retry_after, error.request_id) == (None, None)


@pytest.mark.parametrize("status", [401, 403])
def test_an_audience_that_differs_is_the_first_suspect(status: int) -> None:
    audience = "https://api.us.cloud.talend.com"
    response = ResponseSummary(status=status, media_type=JSON)
    hint = IN_EU if status == 401 else GRANT

    differing = error_for(response, settings(audience=audience))
    assert differing.hint == f"The audience {audience} and the host {EU} differ. {hint}"
    assert error_for(response, settings(audience=f"{EU}/")).hint == hint


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ({"region": "us-west"}, "region 'us-west'"),
        ({"region": None, "api_url": "http://127.0.0.1:8080"}, "this region"),
        ({"region": None, "api_url": "https://api.eu.cloud.talend.com.example"}, "this region"),
    ],
)
def test_the_region_is_named_where_it_is_known(place: dict[str, Any], named: str) -> None:
    error = error_for(ResponseSummary(status=401), settings(**place))

    assert error.hint == CREDENTIALS.format(region=named, qlik="")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://login.example/x?y", "login.example"),
        ("HTTPS://login.example?y", "login.example"),
        ("custom+1.0-x://login.example#y", "login.example"),
        ("//login.example:8443/x", "login.example:8443"),
        ("https://user:password@login.example", "login.example"),
        ("//", "the same host"),
        ("1x://login.example", "the same host"),
        ("/elsewhere", "the same host"),
        ("x//login.example", "the same host"),
        ("", "the same host"),
    ],
)
def test_a_redirect_is_told_with_its_host_alone(location: str, target: str) -> None:
    error = error_for(ResponseSummary(status=307, location=location), settings())

    assert f"redirected the request (307) to {target}. The" in error.message


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"message": "Bad"}, "Bad"),
        ({"detail": "no", "title": "Bad"}, "Bad: no"),
        ({"error_description": "e", "detail": "d", "message": "c", "title": "b", "error": "a"}, "a: b: c: d: e"),
        ({"message": "same", "detail": "same"}, "same"),
        ({"message": "", "detail": "d"}, "d"),
        ({"unknown": "u"}, None),
        ({"message": "x" * 150, "detail": "y" * 150}, "x" * 150 + ": " + "y" * 48 + "..."),
        ({}, None),
    ],
)  # fmt: skip
def test_what_the_server_says_is_kept_in_order_once_and_short(
    fields: dict[str, str], detail: str | None
) -> None:
    assert error_for(ResponseSummary(status=400, fields=fields), settings()).detail == detail


def test_the_wait_and_the_identifier_are_kept() -> None:
    response = ResponseSummary(status=503, retry_after=7.0, request_id="header")
    error = error_for(response, settings())
    assert (error.retry_after, error.request_id) == (7.0, "header")

    response = ResponseSummary(status=503, request_id="header", fields={"requestId": "body"})
    assert error_for(response, settings()).request_id == "body"


def test_a_200_without_a_usable_token_is_told_as_it_was() -> None:
    response = ResponseSummary(status=200, media_type="text/html", request_id="r-1")
    error = error_for(response, settings(), f"responded with {response}, but no")

    assert type(error) is errors.UnexpectedResponseError
    assert error.message == f"{EU} responded with 200 OK, text/html, but no."
    assert (error.hint, error.status, error.request_id) == (CHECK_URL, 200, "r-1")
    assert error_for(ResponseSummary(status=200), settings(), "x").request_id is None
    assert error_for(response, settings(), "x", "Do this.").hint == "Do this."
