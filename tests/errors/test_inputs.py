"""Everything a user can get wrong is refused or mended before a request, in these words."""
# ruff: noqa: E501 - the messages stand here as they are read

from __future__ import annotations

import base64
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
REGIONS = (
    "Use one of ap (Asia Pacific (AWS, Tokyo)), au (Australia (AWS, Sydney)), eu (Europe (AWS, "
    "Frankfurt)), us (United States (AWS, US East)), us-west (United States West (Azure))."
)
ALONE = "Give the id alone, as Talend Management Console shows it."
WORD = "A program wrote its missing value there: set the real one."
ONE_LINE = "Copy it again as one line; GNU base64 and some editors wrap long lines."
PLAIN_SECRET = "Give the plain secret; the header is made from it."
NO_USER = "Give the address alone; the client id and secret have settings of their own."

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"client_secret": ""},
        "client_secret is empty.",
        "Set it to the secret that was shown when the account was created.",
    ),
    (
        {"client_secret": " \n"},
        "client_secret is empty.",
        "Set it to the secret that was shown when the account was created.",
    ),
    (
        {"client_secret": "a b"},
        "client_secret has white space inside.",
        "Copy it again; it is one word.",
    ),
    (
        {"client_secret": "a\r\nb"},
        "client_secret has a control character inside, such as a line break.",
        ONE_LINE,
    ),
    (
        {"client_secret": "a\x00b"},
        "client_secret has a control character inside, such as a line break.",
        ONE_LINE,
    ),
    (
        {"client_secret": PAIR},
        "client_secret looks already encoded: it is the base64 of an id and a secret.",
        PLAIN_SECRET,
    ),
    (
        {"client_secret": f"Basic {PAIR}"},
        "client_secret begins with 'Basic '.",
        "Give the plain value; the header is made from it.",
    ),
    (
        {"client_secret": '"a-secret"'},
        "client_secret has quotes around it.",
        "Remove them; they are not part of the value.",
    ),
    ({"client_secret": "None"}, "client_secret is the word 'None'.", WORD),
    ({"client_secret": "null"}, "client_secret is the word 'null'.", WORD),
    (
        {"client_secret": "${TALEND_CLIENT_SECRET}"},
        "client_secret is a placeholder.",
        "Something that should have replaced it did not run.",
    ),
    (
        {"client_secret": "an-id"},
        "client_id and client_secret are the same.",
        "Set each to its own value; both are shown when the account is created.",
    ),
    (
        {"client_secret": b"a-secret"},
        "client_secret is a bytes, not a string or a function that returns one.",
        "Give the plain secret, or a function without arguments that looks it up.",
    ),
    (
        {"client_secret": lambda: None},
        "client_secret() did not return a string.",
        "Call the function by hand to see why; it has to return the secret as str.",
    ),
    (
        {"client_secret": None},
        "No client secret (set TALEND_CLIENT_SECRET or client_secret=).",
        "Both are shown once, when a service account is created in Talend Management Console.",
    ),
    ({"client_id": ""}, "client_id is empty.", "Set it to the service account's id."),
    (
        {"client_id": "an-id:a-secret"},
        "client_id contains ':', which HTTP Basic cannot carry in a user name (RFC 7617).",
        ALONE,
    ),
    (
        {"client_id": PAIR},
        "client_id looks already encoded: it is the base64 of an id and a secret.",
        ALONE,
    ),
    ({"client_id": "None"}, "client_id is the word 'None'.", WORD),
    (
        {"client_id": None},
        "No client id (set TALEND_CLIENT_ID or client_id=).",
        "Both are shown once, when a service account is created in Talend Management Console.",
    ),
    ({"client_id": 7}, "client_id is a int, not a string.", "Give client_id as str."),
    (
        {"region": None},
        "No region is set.",
        (
            "Set TALEND_REGION or region= to ap, au, eu, us or us-west; the URL of your portal names it "
            "(talend-oauth regions)."
        ),
    ),
    ({"region": "europe/1"}, "region is not the id of a Talend Cloud region.", REGIONS),
    ({"region": "e u"}, "region is 'e u', not the id of a Talend Cloud region.", REGIONS),
    (
        {"region": "de"},
        "region is 'de', Qlik's name; Talend calls the same place 'eu'.",
        "Set the region to 'eu'. All names: talend-oauth regions",
    ),
    (
        {"region": "JP"},
        "region is 'jp', Qlik's name; Talend calls the same place 'ap'.",
        "Set the region to 'ap'. All names: talend-oauth regions",
    ),
    (
        {"region": "https://api.eu.cloud.talend.com"},
        "region is an address, not the id of a region.",
        "Give the id alone, such as eu, or the address as TALEND_API_URL (api_url=).",
    ),
    (
        {"api_url": "https://api.us.cloud.talend.com"},
        (
            "region (https://api.eu.cloud.talend.com) and api_url (https://api.us.cloud.talend.com) "
            "disagree."
        ),
        "Set only one of them: the region, or the base URL of its API.",
    ),
    (
        {"region": None, "api_url": "http://api.eu.cloud.talend.com"},
        "api_url is http://api.eu.cloud.talend.com, over which the secret could be read.",
        "Use https; plain http is accepted only for this machine (127.0.0.1).",
    ),
    (
        {"region": None, "api_url": "https://tenant.eu.qlikcloud.com"},
        "api_url is an address of Qlik Cloud (tenant.eu.qlikcloud.com), not of Talend Cloud.",
        "Qlik's region 'eu' is Talend's 'ie': set TALEND_REGION to 'ie'.",
    ),
    (
        {"region": None, "api_url": "https://api.eu.cloud.talend.com/security/oauth/token"},
        "api_url has a path, a query or a fragment.",
        "Give the base of the API alone: https://api.eu.cloud.talend.com",
    ),
    (
        {"region": None, "api_url": "https://api.eu.cloud.talend.com?x=y"},
        "api_url has a path, a query or a fragment.",
        "Give the base of the API alone: https://api.eu.cloud.talend.com",
    ),
    (
        {"region": None, "api_url": "https://id:secret@api.eu.cloud.talend.com"},
        "api_url holds a user name or password.",
        NO_USER,
    ),
    (
        {"region": None, "api_url": "api.eu.cloud.talend.com"},
        "api_url is not a URL.",
        "It looks like https://api.eu.cloud.talend.com.",
    ),
    (
        {"client_secret": None, "client_secret_file": "a-secret"},
        "client_secret_file cannot be read: No such file or directory.",
        (
            "Give the path of a file that holds the secret and that this user may read, not the secret "
            "itself."
        ),
    ),
    (
        {"audience": "a b"},
        "audience has white space or a control character inside.",
        "Leave it out to use the base URL of the API.",
    ),
    (
        {"client_secert": "x"},
        "There is no setting client_secert.",
        (
            "The settings are client_id, client_secret, client_secret_file, region, api_url, audience, "
            "access_token, talend_version."
        ),
    ),
]


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
        (
            "client_secret has white space or a newline around it, which was removed (`echo` adds a "
            "newline: use `printf %s`)"
        ),
        "https://api.eu.cloud.talend.com",
    ),
    (
        {"region": "mars"},
        (
            "region is 'mars', which is not a known Talend Cloud region; using it all the same. "
            "Documented: ap, au, eu, us, us-west"
        ),
        "https://api.mars.cloud.talend.com",
    ),
    (
        {"region": None, "api_url": "https://tmc.us-west.cloud.talend.com/login?x"},
        (
            "api_url is the address of a portal (tmc.us-west.cloud.talend.com); using the API of its "
            "region, https://api.us-west.cloud.talend.com"
        ),
        "https://api.us-west.cloud.talend.com",
    ),
    (
        {"client_id": "x" * 43, "client_secret": "123e4567-e89b-12d3-a456-426614174000"},
        "the client id and client_secret look exchanged: the id is usually the UUID",
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

    assert [(it.category, str(it.message)) for it in warned] == [(TalendOAuthWarning, warning)]
    assert {found.api_url for found in settings} == {url}


@pytest.mark.filterwarnings("error")
def test_where_warnings_are_errors_it_is_an_error_of_ours() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**GOOD | {"region": "mars"})

    assert caught.value.message.startswith("Region is 'mars', which is not a known")
    assert caught.value.hint == "This is an error because warnings are errors."


@pytest.mark.parametrize("secret", ["gehe\u00efm\u20ac", "\u7b80\u5355", "a:b:c"])
def test_a_secret_outside_ascii_is_sent_as_utf_8(secret: str) -> None:
    with Sandbox(accounts=[Account(client_id="an-id", client_secret=secret)]) as sandbox:
        source = TokenSource(client_id="an-id", client_secret=secret, api_url=sandbox.url)

        assert source.token().value


@pytest.mark.parametrize(
    ("mode", "content", "message"),
    [
        (0o644, "a-secret", "can be read by every user: chmod 600"),
        (0o600, "a-secret\n", "has white space or a newline around it"),
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
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            TokenSource(client_id="an-id", client_secret_file=path, region="eu").token()
        assert caught.value.message == f"client_secret_file ({path}) cannot be read: {reason}."


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"TALEND_REGION": "de"}, "TALEND_REGION is 'de', Qlik's name"),
        ({"TALEND_CLIENT_SECRET": "'x'"}, "TALEND_CLIENT_SECRET has quotes around it."),
        ({"TALEND_API_URL": "nowhere", "TALEND_REGION": ""}, "TALEND_API_URL is not a URL."),
        (
            {"TALEND_CLIENT_SECRET_FILE": "x"},
            "TALEND_CLIENT_SECRET and TALEND_CLIENT_SECRET_FILE are both set.",
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
