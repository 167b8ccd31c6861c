"""Everything a user can get wrong is refused or mended before a request, in these words."""
# ruff: noqa: E501 - the messages stand here as they are read

from __future__ import annotations

import asyncio
import base64
import os
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import Settings, TalendOAuthWarning, TokenSource
from talend_oauth.errors import ConfigurationError
from talend_oauth.sandbox import Account, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {"client_id": "an-id", "client_secret": "a-secret", "region": "eu"}
PAIR = base64.b64encode(b"an-id:a-secret").decode()
REGIONS = "The region is ap, au, eu, us or us-west: the URL of your portal names it. `talend-oauth regions` lists all; for any other set TALEND_API_URL."
PLAIN = "Give the value alone; the header is made from it."
VALUE = "Give the value alone, such as `jq -r .client_secret` prints."
COPY = "Copy it again as one line of plain text, or type it."
NOT_REPLACED = "is a placeholder or reference that nothing replaced."
NOT_RUN = "Give the value itself."
MASK = "is a mask, not the value behind it."
SHOWN = "Copy the value from where it can be shown."
EMPTY = "Set it to its value, or leave it out; a template may have left it empty."
NO_USER = "Give the URL alone; the client ID and secret have settings of their own."
EXAMPLE = "It looks like https://api.eu.cloud.talend.com; a region's id is TALEND_REGION."
ONLY_THEN = "Talend Management Console shows both, the secret only when the account is created."
SETTINGS = "The settings are client_id, client_secret, client_secret_file, region, api_url, audience, access_token, talend_version. A timeout is set on the client."
PATH = "Give the path of a file that this user may read, not the secret itself."

# fmt: off
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"client_secret": ""}, "client_secret is empty.", EMPTY),
    ({"client_secret": " \n"}, "client_secret is empty.", EMPTY),
    ({"client_secret": "a b"}, "client_secret has white space or a control character inside.", COPY),
    ({"client_secret": "a\r\nb"}, "client_secret has white space or a control character inside.", COPY),
    ({"client_secret": "a\x00b"}, "client_secret has white space or a control character inside.", COPY),
    ({"client_secret": "a\u200bb"}, "client_secret has an invisible character inside (U+200B ZERO WIDTH SPACE).", COPY),
    ({"client_secret": "a\u2013b"}, "client_secret has a character that only looks like an ASCII one inside (U+2013 EN DASH).", COPY),
    ({"client_secret": "\udc80"}, "client_secret is not valid UTF-8.", "Save it as plain text in UTF-8."),
    ({"client_secret": "a" * 8193}, "client_secret has more than 8192 characters.", VALUE),
    ({"client_secret": PAIR}, "client_secret looks already encoded: it is the base64 of an ID and a secret.", PLAIN),
    ({"client_secret": f"Basic {PAIR}"}, "client_secret begins with 'Basic' or 'Bearer'.", PLAIN),
    ({"client_secret": '"a-secret"'}, "client_secret has quotes around it.", "Remove them; they are not part of the value."),
    ({"client_secret": "None"}, "client_secret is the word none, null or undefined.", EMPTY),
    ({"client_secret": "${TALEND_CLIENT_SECRET}"}, f"client_secret {NOT_REPLACED}", NOT_RUN),
    ({"client_secret": "op://vault/item/secret"}, f"client_secret {NOT_REPLACED}", NOT_RUN),
    ({"client_secret": "Secret(***)"}, f"client_secret {MASK}", SHOWN),
    ({"client_secret": "TALEND_CLIENT_SECRET=abc"}, "client_secret is a line of the form NAME=value, or JSON.", VALUE),
    ({"client_secret": '{"client_secret": "abc"}'}, "client_secret is a line of the form NAME=value, or JSON.", VALUE),
    ({"client_secret": "/run/secrets/talend"}, "client_secret is the path of a file.", "Give the path of a secret as TALEND_CLIENT_SECRET_FILE."),
    ({"client_secret": "an-id"}, "client_id and client_secret are the same.", "Set each to its own value; both are shown when the account is created."),
    ({"client_secret": lambda: "an-id"}, "client_secret() is the client ID.", "Set it to the secret that belongs to this ID."),
    ({"client_secret": b"a-secret"}, "client_secret must be a string or a function that returns one, not bytes.", "Give the plain secret, or a function without arguments that looks it up."),
    ({"client_secret": lambda: None}, "client_secret() returned NoneType, not a string.", "Call the function by hand to see why; it has to return the secret as str."),
    ({"client_secret": None}, "No client secret (set TALEND_CLIENT_SECRET or TALEND_CLIENT_SECRET_FILE or client_secret=).", ONLY_THEN),
    ({"client_id": ""}, "client_id is empty.", EMPTY),
    ({"client_id": "an-id:a-secret"}, "client_id contains ':', which HTTP Basic cannot carry in a user name (RFC 7617).", PLAIN),
    ({"client_id": PAIR}, "client_id looks already encoded: it is the base64 of an ID and a secret.", PLAIN),
    ({"client_id": "None"}, "client_id is the word none, null or undefined.", EMPTY),
    ({"client_id": "an\u2011id"}, "client_id has a character that only looks like an ASCII one inside (U+2011 NON-BREAKING HYPHEN).", COPY),
    ({"client_id": None}, "No client ID (set TALEND_CLIENT_ID or client_id=).", ONLY_THEN),
    ({"client_id": 7}, "client_id must be a string, not int.", "Give client_id as str."),
    ({"region": None}, "No region (set TALEND_REGION or region=).", REGIONS),
    ({"region": "Atlantis/1"}, "region is not the id of a Talend Cloud region.", REGIONS),
    ({"region": "e u"}, "region has white space or a control character inside.", REGIONS),
    ({"region": "null"}, "region is the word none, null or undefined.", REGIONS),
    ({"region": "$TALEND_REGION"}, f"region {NOT_REPLACED}", REGIONS),
    ({"region": "EU-west"}, "region is 'EU-west', not the id of a Talend Cloud region.", f"Did you mean 'eu', Europe (AWS, Frankfurt)? {REGIONS}"),
    ({"region": "https://tmc.eu.cloud.talend.com"}, "region is not the id of a Talend Cloud region.", f"Did you mean 'eu', Europe (AWS, Frankfurt)? {REGIONS}"),
    ({"region": "de"}, "region is 'de', not the id of a Talend Cloud region.", f"Did you mean 'eu', Europe (AWS, Frankfurt)? {REGIONS}"),
    ({"region": "JP"}, "region is 'JP', not the id of a Talend Cloud region.", f"Did you mean 'ap', Asia Pacific (AWS, Tokyo)? {REGIONS}"),
    ({"api_url": "https://api.us.cloud.talend.com"}, "region (https://api.eu.cloud.talend.com) and api_url (https://api.us.cloud.talend.com) disagree.", "Set only one of them: the region, or the base URL of its API."),
    ({"region": None, "api_url": "http://api.eu.cloud.talend.com"}, "api_url is http://api.eu.cloud.talend.com, over which the secret could be read.", "Use https; plain http is for 127.0.0.1. A sandbox's container must share its network."),
    ({"region": None, "api_url": "https://tenant.eu.qlikcloud.com"}, "api_url is a URL of Qlik Cloud (tenant.eu.qlikcloud.com), not of Talend Cloud.", "Set TALEND_REGION to 'ie', Talend's name of the same place."),
    ({"region": None, "api_url": "https://tenant.ca.qlikcloud.com"}, "api_url is a URL of Qlik Cloud (tenant.ca.qlikcloud.com), not of Talend Cloud.", REGIONS),
    ({"region": None, "api_url": "https://api.eu.cloud.talend.com/security/oauth/token"}, "api_url has a path, a query or a fragment.", "Give the base URL of the API alone: https://api.eu.cloud.talend.com"),
    ({"region": None, "api_url": "https://api.eu.cloud.talend.com?x=y"}, "api_url has a path, a query or a fragment.", "Give the base URL of the API alone: https://api.eu.cloud.talend.com"),
    ({"region": None, "api_url": "https://id:secret@api.eu.cloud.talend.com"}, "api_url holds a user name or password.", NO_USER),
    ({"region": None, "api_url": "api.eu.cloud.talend.com"}, "api_url is not a URL.", EXAMPLE),
    ({"region": None, "api_url": "https://999.999.999.999"}, "api_url has a host or port that cannot exist.", EXAMPLE),
    ({"region": None, "api_url": "https://${HOST}"}, f"api_url {NOT_REPLACED}", NOT_RUN),
    ({"client_secret": None, "client_secret_file": "a-secret"}, "client_secret_file cannot be read: No such file or directory.", PATH),
    ({"client_secret": None, "client_secret_file": "'/run/x'"}, "client_secret_file begins with a quote or a variable.", "Write the path out; only ~ is expanded."),
    ({"client_secret": None, "client_secret_file": b"x"}, "client_secret_file must be a string, not bytes.", "Give client_secret_file as str."),
    ({"client_secret_file": "x"}, "client_secret and client_secret_file are both given.", "Use one of them."),
    ({"audience": "a b"}, "audience has white space or a control character inside.", COPY),
    ({"audience": ""}, "audience is empty.", EMPTY),
    ({"audience": "https://me:pw@x"}, "audience holds a user name or password.", "Leave it out to use the base URL of the API."),
    ({"talend_version": "\uff12\uff10\uff12\uff11-\uff10\uff13"}, "talend_version is not of the form YYYY-MM.", "The current version is 2021-03."),
    ({"client_secert": "x"}, "Unknown setting 'client_secert'.", f"Did you mean 'client_secret'? {SETTINGS}"),
    ({"timeout": 5}, "Unknown setting 'timeout'.", SETTINGS),
    ({"access_token": "Bearer abc"}, "access_token begins with 'Basic' or 'Bearer'.", PLAIN),
    ({"access_token": "AccessToken(***, expires_in=1800)"}, f"access_token {MASK}", SHOWN),
]
# fmt: on


@pytest.mark.parametrize(("options", "message", "hint"), REFUSED, ids=lambda it: str(it)[:40])
def test_a_mistake_is_refused_before_a_request(
    options: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TokenSource(**GOOD | options).token()

    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert str(caught.value) == f"{message}\n{hint}"
    assert not caught.value.retryable


MENDED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"client_secret": "a-secret\r\n"},
        "client_secret has white space or a newline around it, which was removed",
        "https://api.eu.cloud.talend.com",
    ),
    ({"client_secret": "\ufeffa-secret"}, "", "https://api.eu.cloud.talend.com"),
    ({"client_id": "\ufeff an-id\r"}, "", "https://api.eu.cloud.talend.com"),
    (
        {"client_secret": "changeme"},
        "client_secret is 'changeme', which is probably not the real value",
        "https://api.eu.cloud.talend.com",
    ),
    (
        {"client_id": "n/a"},
        "client_id is 'n/a', which is probably not the real value",
        "https://api.eu.cloud.talend.com",
    ),
    ({"region": None, "api_url": " https://host/\r\n"}, "", "https://host"),
    (
        {"region": "mars"},
        "region is 'mars', not a known region of Talend Cloud; it is used all the same",
        "https://api.mars.cloud.talend.com",
    ),
    (
        {"region": None, "api_url": "https://tmc.us-west.cloud.talend.com/login?x"},
        (
            "api_url is the URL of a portal (tmc.us-west.cloud.talend.com); using the API of its "
            "region, https://api.us-west.cloud.talend.com"
        ),
        "https://api.us-west.cloud.talend.com",
    ),
    (
        {"client_id": "a" * 43, "client_secret": "123e4567-e89b-12d3-a456-426614174000"},
        "the client ID and client_secret look exchanged: the ID is usually the UUID",
        "https://api.eu.cloud.talend.com",
    ),
]


@pytest.mark.parametrize(("options", "warning", "url"), MENDED, ids=lambda it: str(it)[:40])
def test_a_mistake_that_can_be_mended_is_warned_of_once(
    options: dict[str, Any], warning: str, url: str
) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        settings = [Settings(**GOOD | options) for _ in range(2)]
        for found in settings:
            assert found.secret is not None
            found.secret.read(found.client_id)

    assert [(it.category, str(it.message)) for it in warned] == [
        (TalendOAuthWarning, text) for text in [warning] if text
    ]
    assert {found.api_url for found in settings} == {url}


@pytest.mark.filterwarnings("error")
def test_where_warnings_are_errors_it_is_an_error_of_ours() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**GOOD | {"region": "mars"})

    assert caught.value.message.startswith("Region is 'mars', not a known")
    assert caught.value.hint == "This is an error because warnings are errors."


@pytest.mark.parametrize("secret", ["gehe\u00efm\u20ac", "\u7b80\u5355", "a:b:c"])
def test_a_secret_outside_ascii_is_sent_as_utf_8(secret: str) -> None:
    with Sandbox(accounts=[Account(client_id="an-id", client_secret=secret)]) as sandbox:
        source = TokenSource(client_id="an-id", client_secret=secret, api_url=sandbox.url)

        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            assert source.token().value
    doubt = "client_secret has a character outside ASCII, which is rare: check how it was copied"
    assert [str(it.message) for it in warned] == [doubt] * (not secret.isascii())


@pytest.mark.parametrize(
    ("mode", "content", "message"),
    [
        pytest.param(
            *(0o644, "a-secret", "can be read by every user: chmod 600"),
            marks=pytest.mark.posix("Windows has no modes of files"),
        ),
        (0o600, "a-secret \n", "has white space or a newline around it"),
        (0o600, "a-secret\n\n", "has white space or a newline around it"),
    ],
)
def test_a_secret_file_is_warned_of_and_used(
    tmp_path: Path, mode: int, content: str, message: str
) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    file.chmod(mode)
    settings = Settings(client_id="an-id", client_secret_file=file, region="eu")
    assert settings.secret is not None
    with pytest.warns(TalendOAuthWarning, match=message):
        assert settings.secret.read().reveal() == "a-secret"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "absent", "No such file or directory"),
        (tmp_path, "Is a directory" if os.name == "posix" else "Permission denied"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            TokenSource(client_id="an-id", client_secret_file=path, region="eu").token()
        assert caught.value.message == f"client_secret_file ({path}) cannot be read: {reason}."


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"TALEND_REGION": "de"}, "TALEND_REGION is 'de', not the id"),
        ({"TALEND_CLIENT_SECRET": "'x'"}, "TALEND_CLIENT_SECRET has quotes around it."),
        ({"TALEND_REGION": "europe\r"}, "TALEND_REGION is 'europe', not the id"),
        ({"TALEND_AUDIENCE": "$AUDIENCE"}, "TALEND_AUDIENCE is a placeholder"),
        (
            {"TALEND_CLIENT_SECRET": "", "TALEND_CLIENT_SECRET_FILE": "$HOME/secret"},
            "TALEND_CLIENT_SECRET_FILE begins with a quote or a variable.",
        ),
        ({"TALEND_API_URL": "nowhere", "TALEND_REGION": ""}, "TALEND_API_URL is not a URL."),
        (
            {"TALEND_CLIENT_SECRET_FILE": "x"},
            "TALEND_CLIENT_SECRET and TALEND_CLIENT_SECRET_FILE are both given.",
        ),
        (
            {"TALEND_API_URL": "https://a.example", "TALEND_BASE_URL": "https://b.example"},
            "TALEND_API_URL and TALEND_BASE_URL are both set, and differ.",
        ),
    ],
)
def test_a_message_names_the_variable_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str
) -> None:
    good = {"TALEND_CLIENT_ID": "an-id", "TALEND_CLIENT_SECRET": "x", "TALEND_REGION": "eu"}
    for name, value in (good | variables).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        TokenSource().token()

    assert caught.value.message.startswith(message)


@pytest.mark.posix("Windows has no files that are pipes")
def test_a_secret_from_a_pipe_serves_every_fetch(sandbox: Sandbox) -> None:
    reader, writer = os.pipe()
    os.write(writer, sandbox.client_secret.encode())
    os.close(writer)
    source = TokenSource(
        client_id=sandbox.client_id,
        client_secret_file=f"/dev/fd/{reader}",
        api_url=sandbox.url,
    )
    before = sandbox.token_requests
    first = source.token()
    source.discard(first)

    assert source.token().value != first.value
    assert sandbox.token_requests == before + 2
    os.close(reader)


@pytest.mark.posix("Windows has no files that are pipes")
def test_an_event_loop_goes_on_while_a_pipe_says_nothing(sandbox: Sandbox) -> None:
    reader, writer = os.pipe()
    source = TokenSource(
        client_id=sandbox.client_id,
        client_secret_file=f"/dev/fd/{reader}",
        api_url=sandbox.url,
        audience="of-a-pipe",
    )

    def write() -> None:
        os.write(writer, sandbox.client_secret.encode())
        os.close(writer)

    rescue = threading.Timer(30, write)
    rescue.daemon = True
    rescue.start()

    async def run() -> str:
        task = asyncio.ensure_future(source.token_async())
        await asyncio.sleep(0)  # the task has begun
        rescue.cancel()
        write()
        return (await task).value

    assert asyncio.run(run())
    os.close(reader)
