"""The token endpoint, held to the document; the client's hook judges every answer."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
import pytest

from talend_oauth.sandbox import Account, Sandbox

Ask = Callable[..., httpx.Response]
GOOD = {"grant_type": "client_credentials", "audience": "x"}
JSON = {"content-type": "application/json"}


def assert_error(response: httpx.Response, status: int) -> None:
    assert response.status_code == status
    body = response.json()
    assert body["status"] == status
    assert body["message"]
    assert body["requestId"]


def test_a_right_request_gets_a_token_that_no_cache_may_keep(ask: Ask) -> None:
    response = ask()
    assert response.status_code == 200
    assert response.json().keys() == {"access_token", "token_type", "expires_in"}
    assert response.json()["token_type"] == "Bearer"
    assert response.json()["expires_in"] == 1800
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("mode", "stated"), [("integer", 1800), ("string", "1800"), ("absent", None)]
)
def test_the_lifetime_is_stated_as_the_mode_says(
    ask: Ask, sandbox: Sandbox, mode: Any, stated: object
) -> None:
    sandbox.settings.expires_in = mode
    assert ask().json().get("expires_in") == stated


def test_both_versions_are_recorded_each_in_its_own_place(ask: Ask, sandbox: Sandbox) -> None:
    ask(params={"talendVersion": "2021-01"}, headers={"talend-version": "2021-03"})
    entry = sandbox.log[-1]
    assert entry.talend_version_query == "2021-01"
    assert entry.talend_version_header == "2021-03"


@pytest.mark.parametrize("pair", [("wrong", None), (None, "wrong"), ("", ""), ("ü", "€")])
def test_a_wrong_pair_is_refused_with_a_challenge(
    ask: Ask, sandbox: Sandbox, pair: tuple[str | None, str | None]
) -> None:
    client_id, client_secret = pair
    given = (
        sandbox.client_id if client_id is None else client_id,
        sandbox.client_secret if client_secret is None else client_secret,
    )
    response = ask(auth=httpx.BasicAuth(*given))
    assert_error(response, 401)
    assert response.json()["message"] == "Unauthorized"
    assert "detail" not in response.json()
    assert response.headers["www-authenticate"].startswith("Basic realm=")


def test_the_pair_without_the_scheme_word_is_refused(ask: Ask, sandbox: Sandbox) -> None:
    pair = base64.b64encode(f"{sandbox.client_id}:{sandbox.client_secret}".encode()).decode()
    assert_error(ask(auth=None, headers={"authorization": pair}), 401)
    assert ask(auth=None, headers={"authorization": f"bAsIc  {pair}"}).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YQ",
        "Basic YQ==",
        "Basic /w==",
        "Bearer x",
        "x" * 9000,
    ],
)
def test_a_header_that_is_no_basic_pair_is_refused(ask: Ask, value: str) -> None:
    assert_error(ask(auth=None, headers={"authorization": value}), 401)


def test_two_authorization_headers_are_refused(ask: Ask, sandbox: Sandbox) -> None:
    pair = base64.b64encode(f"{sandbox.client_id}:{sandbox.client_secret}".encode()).decode()
    headers = [("authorization", f"Basic {pair}"), ("authorization", f"Basic {pair}")]
    assert_error(ask(auth=None, headers=headers), 401)


def test_no_authorization_is_refused(ask: Ask) -> None:
    assert_error(ask(auth=None), 401)


@pytest.mark.parametrize(
    "account",
    [Account(permissions=("TMC_USER",)), Account(permissions=()), Account(on_allowlist=False)],
)
def test_an_account_without_permission_or_off_the_allowlist_is_forbidden(
    account: Account, judge: Callable[[httpx.Response], None]
) -> None:
    with Sandbox(accounts=[Account(), account]) as sandbox, httpx.Client() as client:
        url = f"{sandbox.url}/security/oauth/token"
        response = client.post(url, auth=(account.client_id, account.client_secret), json=GOOD)
        assert_error(response, 403)
        judge(response)
        wrong = client.post(url, auth=(account.client_id, "wrong"), json=GOOD)
        assert wrong.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "client_credentials",
        7,
        {"grant_type": "client_credentials"},
        {"audience": "x"},
        {**GOOD, "audience": ""},
        {**GOOD, "audience": None},
        {**GOOD, "audience": ["x"]},
        {**GOOD, "grant_type": "password"},
        {**GOOD, "grant_type": None},
        {**GOOD, "grant_type": ["client_credentials"]},
        {**GOOD, "grant_type": {}},
        {**GOOD, "scope": "all"},
    ],
)
def test_a_body_that_the_document_does_not_allow_is_a_bad_request(ask: Ask, body: object) -> None:
    assert_error(ask(json=body), 400)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{",
        b"grant_type=client_credentials",
        b'{"grant_type": "client_credentials", "audience": "\xff"}',
        b'\xef\xbb\xbf{"grant_type": "client_credentials", "audience": "x"}',
        '{"grant_type": "client_credentials", "audience": "x"}'.encode("utf-16"),
        b'{"grant_type": "client_credentials", "audience": "\\ud800"}',
        b'{"grant_type": "client_credentials", "audience": "x", "audience": "y"}',
        b'{"grant_type": "client_credentials", "audience": NaN}',
        b"[" * 60_000,
        b'{"audience": ' + b"1" * 10_000 + b"}",
        b'{"grant_type": "client_credentials", "audience": "' + b"x" * 70_000 + b'"}',
        b" " * 3_000_000,
    ],
)
def test_a_body_that_is_no_json_or_too_large_is_a_bad_request(ask: Ask, content: bytes) -> None:
    assert_error(ask(content=content, headers=JSON), 400)


@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_another_media_type_is_unsupported(ask: Ask, media_type: str | None) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    content = b'{"grant_type": "client_credentials", "audience": "x"}'
    assert_error(ask(content=content, headers=headers), 415)


def test_a_media_type_may_have_parameters_and_any_case(ask: Ask) -> None:
    content = b'{"grant_type": "client_credentials", "audience": "x"}'
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert ask(content=content, headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_another_method_is_not_allowed(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/security/oauth/token")
    assert_error(response, 405)
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/", "/security/oauth/token/", "/security/oauth", "/nowhere"])
def test_another_path_is_not_found(client: httpx.Client, path: str) -> None:
    assert_error(client.post(path, json=GOOD), 404)


FORM = {"content-type": "application/x-www-form-urlencoded"}


def _said(response: httpx.Response, status: int) -> str:
    assert_error(response, status)
    return str(response.json()["detail"])


def test_credentials_in_the_body_are_told_where_they_belong(ask: Ask, sandbox: Sandbox) -> None:
    own = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    form = ask(auth=None, content=urlencode({**GOOD, **own}).encode(), headers=FORM)
    as_json = ask(auth=None, json={**GOOD, **own})
    both = ask(json={**GOOD, **own})

    for response in (form, as_json):
        said = _said(response, 401)
        assert "credentials are in the body; send them by HTTP Basic" in said
    assert "belong in the Authorization header alone" in _said(both, 400)
    for response in (form, as_json, both):
        assert sandbox.client_secret not in response.text


def test_a_form_is_told_that_json_is_wanted(ask: Ask) -> None:
    said = _said(ask(content=urlencode(GOOD).encode(), headers=FORM), 415)
    assert said.startswith("the body is a form; it must be application/json: {")


def test_what_is_wrong_with_the_header_is_told(ask: Ask, sandbox: Sandbox) -> None:
    encoded = base64.b64encode(f"{sandbox.client_id}:{sandbox.client_secret}".encode()).decode()
    for value, said in (
        (None, "there is no Authorization header"),
        (encoded, 'the word "Basic" and a space are missing'),
        ("Bearer x", "a bearer token does not authenticate here"),
        ("Digest x", "the Authorization header has another form"),
        ("Basic !", "not base64 of client_id:client_secret"),
    ):
        headers = {} if value is None else {"authorization": value}
        assert said in _said(ask(auth=None, headers=headers), 401)


def test_percent_encoded_credentials_are_told_as_such() -> None:
    account = Account(client_id="a b", client_secret="s+/=%")
    with Sandbox(accounts=[account]) as sandbox, httpx.Client() as client:
        encoded = httpx.BasicAuth(quote_plus(account.client_id), quote_plus(account.client_secret))
        url = f"{sandbox.url}/security/oauth/token"
        assert "percent-encoded" in _said(client.post(url, auth=encoded, json=GOOD), 401)
        plain = (account.client_id, account.client_secret)
        assert client.post(url, auth=plain, json=GOOD).status_code == 200
