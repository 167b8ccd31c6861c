"""The tokens: what they claim, who signed them, how long they are good for."""

from collections.abc import Callable

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from talend_oauth.sandbox import Account, Sandbox

Ask = Callable[..., httpx.Response]


def who(client: httpx.Client, token: str) -> int:
    return client.get("/account/me", headers={"authorization": f"Bearer {token}"}).status_code


def test_a_token_is_signed_by_the_published_key_and_claims_what_talends_do(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    keys = KeySet.import_key_set(client.get("/.well-known/jwks.json").json())
    token = jwt.decode(ask().json()["access_token"], keys, algorithms=["RS256"])
    claims = token.claims
    assert token.header["kid"] == keys.keys[0].kid
    assert claims["iss"] == f"{sandbox.url}/"
    assert claims["sub"] == f"{sandbox.client_id}@clients"
    assert claims["aud"] == "https://api.eu.cloud.talend.com"
    assert claims["exp"] - claims["iat"] == 1800
    assert isinstance(claims["iat"], int)
    assert isinstance(claims["exp"], int)
    assert claims["jti"]
    assert claims["https://talend.cloud/tenantId"] == "sandbox-tenant"
    assert claims["https://talend.cloud/permissions"] == ["TMC_SERVICE_ACCOUNT_MANAGEMENT"]
    assert claims["https://talend.cloud/serviceAccountName"] == "sandbox service account"


def test_the_published_key_holds_no_private_part(client: httpx.Client) -> None:
    (key,) = client.get("/.well-known/jwks.json").json()["keys"]
    assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}


def test_every_sandbox_has_a_key_and_an_account_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()  # `_one_key`
    first, second = Sandbox(), Sandbox()
    assert first.tokens.jwks() != second.tokens.jwks()
    assert first.client_id != second.client_id
    assert first.client_secret != second.client_secret


def test_two_requests_get_two_tokens(ask: Ask) -> None:
    assert ask().json()["access_token"] != ask().json()["access_token"]


def test_a_token_is_good_until_its_life_is_over(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.settings.token_lifetime = 60
    token = ask().json()["access_token"]
    assert who(client, token) == 200
    sandbox.clock.advance(59)
    assert who(client, token) == 200
    sandbox.clock.advance(1.001)
    assert who(client, token) == 401


def test_a_life_may_be_a_fraction_and_is_rounded_down_in_the_answer(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.settings.token_lifetime = 2.75
    answer = ask().json()
    keys = KeySet.import_key_set(sandbox.tokens.jwks())
    claims = jwt.decode(answer["access_token"], keys, algorithms=["RS256"]).claims
    assert answer["expires_in"] == 2
    assert claims["exp"] - claims["iat"] == pytest.approx(2.75, abs=1e-3)


def test_a_revoked_token_is_good_for_nothing(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    token, other = ask().json()["access_token"], ask().json()["access_token"]
    assert sandbox.revoke(token)
    assert not sandbox.revoke(token)
    assert who(client, token) == 401
    assert who(client, other) == 200
    assert sandbox.tokens.revoke_all() == 1
    assert who(client, other) == 401


def test_a_token_of_another_server_is_good_for_nothing(client: httpx.Client) -> None:
    other = Sandbox()
    token, _ = other.tokens.issue(other.accounts[0], "x", "x")
    assert who(client, token) == 401


def test_the_same_token_is_given_again_only_while_it_lives(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.settings.same_token = True
    first = ask().json()
    sandbox.clock.advance(100)
    second = ask().json()
    assert second["access_token"] == first["access_token"]
    assert 1699 <= second["expires_in"] <= 1700
    another = ask(json={"grant_type": "client_credentials", "audience": "other"}).json()
    assert another["access_token"] != first["access_token"]
    sandbox.revoke(first["access_token"])
    third = ask().json()
    assert third["access_token"] != first["access_token"]
    sandbox.clock.advance(1801)
    assert ask().json()["access_token"] != third["access_token"]


def test_an_opaque_token_is_no_jwt_and_works_all_the_same(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.settings.opaque_tokens = True
    token = ask().json()["access_token"]
    assert "." not in token
    assert who(client, token) == 200


def test_permissions_are_those_at_the_time_of_issue() -> None:
    account = Account(permissions=("TMC_SERVICE_ACCOUNT_MANAGEMENT", "TMC_ROLE"))
    with Sandbox(accounts=[account]) as sandbox, httpx.Client(base_url=sandbox.url) as client:
        token, _ = sandbox.tokens.issue(account, "x", sandbox.issuer)
        answer = client.get("/account/me", headers={"authorization": f"Bearer {token}"}).json()
        assert answer["permissions"] == ["TMC_SERVICE_ACCOUNT_MANAGEMENT", "TMC_ROLE"]


def test_expired_tokens_are_forgotten_when_many_have_gathered(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talend_oauth.sandbox._tokens.PRUNE_ABOVE", 3)
    sandbox.settings.opaque_tokens = True
    for _ in range(3):
        sandbox.tokens.issue(sandbox.accounts[0], "x", "x")
    sandbox.clock.advance(2000)
    alive, _ = sandbox.tokens.issue(sandbox.accounts[0], "x", "x")
    assert sandbox.tokens.find(alive) is not None
    assert sandbox.tokens.revoke_all() == 1
