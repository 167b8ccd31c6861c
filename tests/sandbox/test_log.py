"""The log says what was asked, and no secret."""

import base64
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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


@pytest.mark.parametrize("word", ["eyJ", "eyJ.", ".", "sandbox-", "eyJ.a.b"])
def test_a_long_word_is_masked_in_time_that_grows_with_its_length(word: str) -> None:
    # Were any character looked at for each of the others, this would take an hour.
    entry = LogEntry(time=0, method="POST", path="/", audience=word * (2_000_000 // len(word)))
    assert len(entry.masked(["secret"]).audience or "") <= 200


@pytest.mark.parametrize("prefix", ["", "x", "_", "-", "access-token."])
def test_a_token_is_masked_whatever_stands_before_it(prefix: str) -> None:
    entry = LogEntry(time=0, method="GET", path=f"/{prefix}eyJhbGci.eyJzdWIi.c2ln/end")
    assert entry.masked(["secret"]).path == "/***/end"


def test_credentials_without_the_padding_of_base64_are_masked(ask: Ask, sandbox: Sandbox) -> None:
    account = sandbox.accounts[0]
    encoded = base64.b64encode(f"{account.client_id}:{account.client_secret}".encode()).decode()
    ask(json={"grant_type": "client_credentials", "audience": encoded.rstrip("=")})
    assert sandbox.log[-1].audience == "***"


def test_whoever_watches_gets_a_line_for_each_request(
    ask: Ask, client: httpx.Client, sandbox: Sandbox
) -> None:
    lines: list[str] = []
    sandbox.watch = lines.append
    token = ask().json()["access_token"]
    sandbox.fail(500, delay=0.001)
    ask()
    client.get(f"/{token}")
    client.get("/_sandbox/health")

    assert [re.sub(r"\d\.\d{3} s(?! \(scripted\)$)", "T s", line) for line in lines] == [
        "200 POST /security/oauth/token T s",
        "wait POST /security/oauth/token 0.001 s (scripted)",
        "500 POST /security/oauth/token T s (scripted: status 500, delay 0.001)",
        "404 GET /*** T s",
    ]


def test_whoever_watches_is_told_that_a_request_is_held(ask: Ask, sandbox: Sandbox) -> None:
    lines: list[str] = []
    sandbox.watch = lines.append
    sandbox.hold()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask)
        sandbox.wait_for_requests(1)
        assert lines == ["held POST /security/oauth/token until POST /_sandbox/release"]
        sandbox.release()
        answer.result()
    assert len(lines) == 2
    assert sandbox.log[-1].seconds > 0
