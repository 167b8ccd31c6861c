"""The log says what was asked, and no secret."""

import base64
from collections.abc import Callable

import httpx
import pytest

from talend_oauth.sandbox import Account, Fault, Sandbox
from talend_oauth.sandbox._authorization import parse_authorization
from talend_oauth.sandbox._log import LogEntry, RequestLog

Ask = Callable[..., httpx.Response]


def everything_shown(sandbox: Sandbox) -> str:
    shown = [repr(sandbox), repr(sandbox.accounts), repr(sandbox.log), repr(vars(sandbox))]
    shown += [str(entry.as_json()) for entry in sandbox.log]
    return "\n".join(shown)


def test_an_entry_says_who_asked_for_what_and_what_came_of_it(ask: Ask, sandbox: Sandbox) -> None:
    ask(headers={"X-Trace": "1"}, params={"talendVersion": "2021-03", "other": "value"})
    (entry,) = sandbox.log
    assert entry.time == pytest.approx(sandbox.clock(), abs=60)
    assert (entry.method, entry.path, entry.status) == ("POST", "/security/oauth/token", 200)
    assert (entry.scheme, entry.client_id) == ("Basic", sandbox.client_id)
    assert (entry.grant_type, entry.audience) == (
        "client_credentials",
        "https://api.eu.cloud.talend.com",
    )
    assert entry.query == (("talendVersion", "2021-03"), ("other", "***"))
    assert {"authorization", "x-trace"} <= set(entry.header_names)
    assert not entry.fault


def test_the_account_of_a_bearer_is_named(
    client: httpx.Client, sandbox: Sandbox, bearer: dict[str, str]
) -> None:
    client.get("/account/me", headers=bearer)
    assert (sandbox.log[-1].scheme, sandbox.log[-1].client_id) == ("Bearer", sandbox.client_id)


def test_no_secret_shows_wherever_a_client_puts_it(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    secret = sandbox.client_secret
    pair = base64.b64encode(f"{sandbox.client_id}:{secret}".encode()).decode()
    token = ask().json()["access_token"]
    foreign = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
    sandbox.settings.opaque_tokens = True
    opaque = ask().json()["access_token"]
    for canary in (secret, pair, token, foreign, opaque):
        ask(json={"grant_type": canary, "audience": f"x{canary}"})
        ask(headers={"talend-version": canary, canary.rstrip("="): "x"})
        ask(params={"talendVersion": canary, "access_token": canary})
        ask(auth=(canary, sandbox.client_id))
        ask(auth=(sandbox.client_id, canary))
        ask(auth=None, headers={"authorization": canary})
        ask(auth=None, headers={"authorization": f"Bearer {canary}"})
        client.get(f"/account/{canary}")
    shown = everything_shown(sandbox).lower()
    for canary in (secret, pair, token, foreign, opaque):
        assert canary.lower() not in shown
        assert base64.b64encode(canary.encode()).decode().lower() not in shown


def test_a_pair_that_is_unknown_here_may_be_a_real_one_and_does_not_show(
    ask: Ask, sandbox: Sandbox
) -> None:
    ask(auth=("canary-id", "canary-secret"), json={"audience": "canary-secret"})
    assert "canary" not in everything_shown(sandbox)
    assert sandbox.log[-1].client_id == "***"


def test_no_repr_holds_a_secret() -> None:
    secret = "canary-secret"
    account = Account(client_id="app", client_secret=secret)
    value = base64.b64encode(b"app:canary-secret")
    given = parse_authorization([b"Basic " + value])
    assert given.client_secret == secret
    for shown in (account, given, parse_authorization([b"Bearer " + value]), Fault(body=secret)):
        assert secret not in repr(shown)
        assert value.decode() not in repr(shown)


def test_a_long_text_is_cut(ask: Ask, sandbox: Sandbox) -> None:
    ask(json={"grant_type": "client_credentials", "audience": "x" * 10_000})
    assert len(sandbox.log[-1].audience or "") == 200


def test_a_long_log_keeps_the_newest_entries(ask: Ask, sandbox: Sandbox) -> None:
    sandbox.requests = RequestLog(limit=10)
    for number in range(11):
        ask(json={"grant_type": "client_credentials", "audience": str(number)})
    assert [entry.audience for entry in sandbox.log] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("x eyJa.b-_.c, y", "x ***, y"),
        ("token_eyJa.b.", "***"),
        ("a.eyJb.c.d", "a.***"),
        ("eyJa.b", "eyJa.b"),
        ("no.such.thing", "no.such.thing"),
        ("eyJ" * 20_000, "eyJ" * 66 + "ey"),  # the work grows with the length, not its square
    ],
    ids=lambda text: text[:20],
)
def test_a_token_is_masked_as_a_word(path: str, shown: str) -> None:
    entry = LogEntry(time=0.0, method="POST", path=path)
    assert entry.masked([]).path == shown
