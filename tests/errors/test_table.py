"""The ten commonest failures, and the words that help, each met at the sandbox."""

from __future__ import annotations

import base64
import pickle
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import pytest

from talend_oauth import Settings, TalendAuth, TokenSource, client
from talend_oauth._clock import SystemClock
from talend_oauth.errors import (
    ConfigurationError,
    InvalidCredentialsError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TalendOAuthError,
)
from talend_oauth.sandbox import Account, Sandbox

if TYPE_CHECKING:
    from .conftest import Fails


def test_1_a_newline_behind_the_secret_is_taken_away_with_a_warning(sandbox: Sandbox) -> None:
    source = TokenSource(
        client_id=sandbox.client_id,
        client_secret=lambda: f"{sandbox.client_secret}\n",
        api_url=sandbox.url,
        _clock=SystemClock(),
        _random=lambda: 0.0,
    )
    assert source._context.settings.secret is not None
    with pytest.warns(match="has white space or a newline around it, which was removed"):
        source._context.settings.secret.read(sandbox.client_id)

    assert source.token().value


def test_2_an_encoded_secret_is_noticed_before_a_request(fails: Fails, sandbox: Sandbox) -> None:
    before = sandbox.token_requests
    pair = base64.b64encode(f"{sandbox.client_id}:{sandbox.client_secret}".encode()).decode()

    assert "looks already encoded" in fails(client_secret=pair).message
    assert fails(client_secret=pair).hint.startswith("Give the value alone;")
    assert "begins with 'Basic' or 'Bearer'" in fails(client_secret=f"Basic {pair}").message
    assert sandbox.token_requests == before


def test_3_a_wrong_region_is_named_with_the_way_to_find_it(fails: Fails) -> None:
    error = fails(client_secret="of-another-region")

    assert type(error) is InvalidCredentialsError
    assert "rejected the client ID" in error.message
    assert "this region (see your portal's URL, or `talend-oauth regions`)" in error.hint


@pytest.mark.parametrize(
    ("region", "mix_up"),
    [
        ("eu", "Talend's 'eu' is Europe (AWS, Frankfurt); Qlik's 'eu' is Talend's 'ie', Ireland."),
        ("ap", "Talend's 'ap' is Asia Pacific (AWS, Tokyo); Qlik's 'ap' is Talend's 'au',"),
        ("us", ""),
    ],
)
def test_3_a_region_that_is_another_place_at_qlik_is_explained(region: str, mix_up: str) -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(401, json={}))
    source = TokenSource(
        client_id="an-id", client_secret="a-secret", region=region, _transport=refusing
    )
    with pytest.raises(InvalidCredentialsError) as caught:
        source.token()

    assert mix_up in caught.value.hint
    assert ("Qlik's" in caught.value.hint) == bool(mix_up)


@pytest.mark.parametrize("status", [401, 403])
def test_4_an_audience_that_disagrees_is_shown_beside_the_host(
    fails: Fails, sandbox: Sandbox, status: int
) -> None:
    sandbox.fail(status, times=None)
    error = fails(audience="https://api.us.cloud.talend.com")

    assert error.hint.startswith(
        f"The audience https://api.us.cloud.talend.com and the host {sandbox.url} differ. "
    )


def test_5_another_kind_of_credential_is_thought_of(fails: Fails) -> None:
    error = fails(client_id="a-person", client_secret="a-personal-access-token")

    assert "Personal access tokens and Qlik OAuth clients do not work here." in error.hint


def test_6_a_missing_permission_is_named_and_that_a_new_token_is_needed() -> None:
    with Sandbox(accounts=[Account(client_id="an-id", permissions=())]) as sandbox:
        source = TokenSource(
            client_id="an-id", client_secret=sandbox.client_secret, api_url=sandbox.url
        )
        with pytest.raises(PermissionDeniedError) as caught:
            source.token()

    error = caught.value
    assert error.message == (
        f"The service account 'an-id' may not get a token from {sandbox.url} (403)."
    )
    assert "TMC_SERVICE_ACCOUNT_MANAGEMENT" in error.hint
    assert "NEW token" in error.hint
    assert error.detail == (
        "Forbidden: the account lacks the permission TMC_SERVICE_ACCOUNT_MANAGEMENT"
    )


def test_7_an_address_off_the_allowlist_is_thought_of() -> None:
    with Sandbox(accounts=[Account(on_allowlist=False)]) as sandbox:
        source = TokenSource(
            client_id=sandbox.client_id, client_secret=sandbox.client_secret, api_url=sandbox.url
        )
        with pytest.raises(PermissionDeniedError) as caught:
            source.token()

    assert "Check the tenant's IP allowlist." in caught.value.hint


def test_7_a_page_in_place_of_an_answer_is_told_with_the_host(
    fails: Fails, sandbox: Sandbox
) -> None:
    sandbox.fail(403, times=None, body="<html>blocked</html>", content_type="text/html")
    error = fails()

    assert error.message == (
        f"{sandbox.url} denied the request (403 Forbidden, text/html). This is probably not Talend "
        "itself."
    )
    assert "a proxy or firewall in between, the tenant's IP allowlist" in error.hint


def test_8_a_token_that_died_is_renewed_and_the_request_sent_again(sandbox: Sandbox) -> None:
    source = TokenSource(
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        api_url=sandbox.url,
        _clock=SystemClock(),
    )
    sandbox.revoke(source.token().value)
    with client(source) as talend:
        assert talend.get("/account/me").json()["id"] == sandbox.client_id


def test_9_a_rate_limit_says_how_often_and_how_long_was_tried(
    fails: Fails, sandbox: Sandbox
) -> None:
    sandbox.fail(429, times=None)
    error = fails()

    assert type(error) is RateLimitedError
    assert error.message.startswith(
        f"Too many token requests to {sandbox.url} (429). Tried 3 times in "
    )
    assert "Reuse one TokenSource per process." in error.hint


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_10_a_server_that_is_down_says_what_was_tried(
    fails: Fails, sandbox: Sandbox, status: int
) -> None:
    sandbox.fail(status, times=None)
    error = fails()

    assert type(error) is ServerError
    name = HTTPStatus(status).phrase
    assert error.message.startswith(f"{sandbox.url} failed ({status} {name}). Tried 3 times in ")
    assert error.retryable


def test_every_error_survives_a_pickle_with_all_that_it_says(
    fails: Fails, sandbox: Sandbox
) -> None:
    sandbox.fail(403, times=None, headers={"retry-after": "5", "x-request-id": "r"})
    error = fails()
    error.add_note("a note")
    again: TalendOAuthError = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    copied = error.copy()
    assert vars(copied) == vars(error)
    copied.add_note("of another caller")
    assert error.__notes__ == ["a note"]


def test_settings_and_auth_refuse_before_anything_is_sent(sandbox: Sandbox) -> None:
    before = sandbox.token_requests
    for make in (Settings, TokenSource, TalendAuth):
        with pytest.raises(ConfigurationError):
            make(client_id="a:b", client_secret="c", api_url=sandbox.url)

    assert sandbox.token_requests == before
