"""The wrapper sends what is documented, and makes a token or a typed error of a response.

`_token_endpoint/request.py` is the only file of the wrapper that imports the generated client, and
closes what that client leaves open.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import AccessToken, errors
from talend_oauth._settings.secrets import Secret
from talend_oauth._token_endpoint import request as _endpoint

from .wire import BASIC, SECRET
from .wrapper import URL, Clock, ask, refusal, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import Contract, Operation
    from .wire import Recorder

ISSUED = {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 1200}


@pytest.fixture
def create_token(contract: Contract) -> Operation:
    """Return the operation that the wrapper calls."""
    return next(it for it in contract.operations if it.name == "createToken")


@pytest.mark.parametrize("audience", [None, "https://api.us.cloud.talend.com"])
def test_the_wrappers_request_on_the_wire_is_one_that_the_document_describes(
    contract: Contract, create_token: Operation, recorder: Recorder, audience: str | None
) -> None:
    recorder.answer = ISSUED
    asked = settings(recorder.url, audience=audience, talend_version="2020-12")
    token = _endpoint.Exchange(asked, Secret(SECRET), Clock(), 8.0).run()
    assert isinstance(token, AccessToken)
    sent = recorder.only()
    sent.judged(contract)
    assert (sent.method, sent.path, sent.query) == ("POST", create_token.path, [])
    assert sent.header("authorization") == BASIC
    assert sent.header("talend-version") == "2020-12"
    assert json.loads(sent.body) == {
        "grant_type": "client_credentials",
        "audience": audience or recorder.url,
    }
    assert token.value == ISSUED["access_token"]


def test_every_documented_token_is_understood(contract: Contract, create_token: Operation) -> None:
    lifetimes = {}
    for key, example in contract.examples(create_token.responses[200]).items():
        token = ask(httpx.Response(200, json=example))
        assert token.value == example["access_token"], key
        lifetimes[key] = token.expires_in
    assert lifetimes == {"issued": 1800.0, "lifetimeAsText": 3600.0, "lifetimeAbsent": 1800.0}


@pytest.mark.parametrize("expires_in", [1200, "1200"])
def test_the_lifetime_is_read_as_a_number_and_as_text(expires_in: object) -> None:
    assert ask(httpx.Response(200, json=ISSUED | {"expires_in": expires_in})).expires_in == 1200.0


def test_every_status_but_200_is_the_error_of_its_kind_whatever_body_comes(
    contract: Contract, create_token: Operation
) -> None:
    kinds = {
        401: errors.InvalidCredentialsError,
        403: errors.PermissionDeniedError,
        429: errors.RateLimitedError,
    }
    by_class = {
        2: errors.UnexpectedResponseError,
        3: errors.UnexpectedResponseError,
        4: errors.BadRequestError,
        5: errors.ServerError,
    }
    for status in range(201, 600):
        answers = [httpx.Response(status, html="<p>no</p>"), httpx.Response(status, json=ISSUED)]
        if status in create_token.responses:
            examples = contract.examples(create_token.responses[status])
            answers += [httpx.Response(status, json=example) for example in examples.values()]
        for answer in answers:
            error = refusal(answer)
            assert type(error) is kinds.get(status, by_class[status // 100]), status
            assert error.status == status


def test_every_text_of_a_documented_error_body_reaches_the_user(contract: Contract) -> None:
    for name, schema in contract.schemas["ErrorBody"]["properties"].items():
        if contract.plain(schema)["type"] == "string":
            error = refusal(httpx.Response(400, json={name: "canary"}))
            assert "canary" in (error.detail or "") + (error.request_id or ""), name


def test_the_time_that_the_server_asks_to_wait_is_kept() -> None:
    answer = httpx.Response(503, headers={"Retry-After": "7"}, json={})
    assert refusal(answer).retry_after == 7.0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'[["access_token","a"],["token_type","Bearer"]]',
        b'{"access_token": "a.b.c"}',
        b'{"token_type": "Bearer"}',
        b'{"access_token": "a.b.c", "token_type": "Basic"}',
        b'{"access_token": "a.b.c", "token_type": 1}',
        b'{"access_token": "a\\nb", "token_type": "Bearer"}',
        b'{"access_token": "", "token_type": "Bearer"}',
        b'{"access_token": 1, "token_type": "Bearer"}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
    ids=lambda it: it[:30].decode("latin-1"),
)
def test_a_200_without_a_usable_token_is_an_unexpected_answer(content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    error = refusal(httpx.Response(200, headers=headers, content=content))
    assert type(error) is errors.UnexpectedResponseError
    assert re.search(r"responded with 200 OK, but|returned a token", error.message)


@pytest.mark.parametrize(
    "media_type",
    [
        *("", "application/json; charset=utf-8", "application/jwt+json", "text/plain", "text/json"),
        *("application/octet-stream", "application/xml", "nonsense"),
    ],
)
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b" \r\n\t", b"\xef\xbb\xbf\n"])
def test_a_token_is_taken_whatever_media_type_it_claims_short_of_html(
    media_type: str, before: bytes
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    content = before + json.dumps(ISSUED).encode()
    assert ask(httpx.Response(200, headers=headers, content=content)).value == "a.b.c"


@pytest.mark.parametrize("media_type", ["text/html", "TEXT/HTML; x=y", "application/xhtml+xml"])
def test_a_token_in_a_page_is_an_unexpected_response(media_type: str) -> None:
    headers = {"Content-Type": media_type}
    answer = httpx.Response(200, headers=headers, content=json.dumps(ISSUED))
    shown = media_type.partition(";")[0].lower()
    assert refusal(answer).message == (
        f"{URL} responded with 200 OK, {shown}, but its body is not a JSON object with a token."
    )


def test_a_body_beyond_64_kib_is_refused_and_read_no_further() -> None:
    read = 0

    def megabyte() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1024):
            read += 1024
            yield b" " * 1024

    answer = httpx.Response(200, headers={"Content-Type": "application/json"}, content=megabyte())
    assert "larger than 64 KiB" in refusal(answer).message
    assert read <= 66 * 1024


def test_a_compressed_body_is_refused_unread() -> None:
    def never() -> Iterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = httpx.Response(200, headers=headers, content=never())
    assert "compressed" in refusal(answer).message


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    clock = Clock()

    def slow() -> Iterator[bytes]:
        for part in (b'{"access_token": "a.b.c",', b'"token_type": "Bearer"}'):
            clock.sleep(5.0)
            yield part

    answer = httpx.Response(200, headers={"Content-Type": "application/json"}, content=slow())
    with pytest.raises(errors.UnreachableError):
        ask(answer, clock)


def test_every_request_has_its_time_limits_and_none_is_longer_than_what_is_left() -> None:
    seen: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen.update(request.extensions["timeout"])
        return httpx.Response(200, json=ISSUED)

    ask(answer)
    assert seen == {"connect": 5.0, "read": 8.0, "write": 8.0, "pool": 8.0}


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"Location": "https://example.test/"})

    with pytest.raises(errors.UnexpectedResponseError, match="redirect"):
        ask(answer)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ProxyError]
)
def test_a_failure_below_http_is_an_error_of_the_wrapper_that_keeps_no_request(
    error: type[httpx.RequestError],
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    with pytest.raises(errors.UnreachableError) as caught:
        ask(fail)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
