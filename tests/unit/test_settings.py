"""Who asks, where and for what: arguments, then the environment."""

from __future__ import annotations

import copy
import inspect
import pickle
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import Secret, Settings, TalendAuth, TalendOAuthWarning, TokenSource
from talend_oauth._settings.settings import settings_named
from talend_oauth._settings.sources import SecretFile, SecretValue, SecretVariable
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-secret-4711"
PAIR: dict[str, Any] = {"client_id": "an-id", "client_secret": CANARY}
EU = "https://api.eu.cloud.talend.com"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found = {
        "TALEND_CLIENT_ID": "id-of-environment",
        "TALEND_CLIENT_SECRET": "secret-of-environment",
        "TALEND_REGION": "us",
        "TALEND_AUDIENCE": "audience-of-environment",
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def test_the_environment_is_enough(variables: dict[str, str]) -> None:
    settings = Settings()

    assert settings.client_id == variables["TALEND_CLIENT_ID"]
    assert settings.secret is not None
    assert Secret(variables["TALEND_CLIENT_SECRET"]) == settings.secret.read()
    assert settings.api_url == "https://api.us.cloud.talend.com"
    assert settings.audience == variables["TALEND_AUDIENCE"]
    assert settings.talend_version == "2021-03"
    assert dict(settings.origins) == {
        "client_id": "TALEND_CLIENT_ID",
        "client_secret": "TALEND_CLIENT_SECRET",
        "region": "TALEND_REGION",
        "audience": "TALEND_AUDIENCE",
    }


@pytest.mark.usefixtures("variables")
def test_an_argument_outranks_the_environment() -> None:
    settings = Settings(**PAIR, api_url=EU, audience="an-audience", talend_version="2099-12")

    assert settings.client_id == "an-id"
    assert isinstance(settings.secret, SecretValue)
    assert settings.api_url == EU
    assert settings.audience == "an-audience"
    assert settings.talend_version == "2099-12"
    assert settings.origins["client_secret"] == "client_secret"


def test_the_audience_is_the_base_url_unless_given() -> None:
    assert Settings(**PAIR, region="eu").audience == EU


def test_a_region_and_the_url_that_it_means_do_not_contradict() -> None:
    assert Settings(**PAIR, region="eu", api_url=f"{EU}/").api_url == EU


@pytest.mark.usefixtures("variables")
def test_an_argument_of_one_kind_outranks_the_variable_of_the_other() -> None:
    assert Settings(api_url=EU).api_url == EU


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**PAIR, "region": "eu", "api_url": "https://api.us.cloud.talend.com"}, "disagree"),
        ({**PAIR, "region": "eu", "client_secret_file": "x"}, "are both given"),
        ({**PAIR}, "No region"),
        ({**PAIR, "region": "de"}, "Did you mean 'eu'"),
        ({**PAIR, "region": "eu/../us"}, "is not the id"),
        ({**PAIR, "api_url": "eu.cloud"}, "is not a URL"),
        ({**PAIR, "api_url": "https://me:pw@host"}, "user name or password"),
        ({**PAIR, "api_url": "http://host"}, "the secret could be read"),
        ({**PAIR, "api_url": f"{EU}/path"}, "has a path"),
        ({**PAIR, "region": 5}, "region must be a string, not int"),
        ({**PAIR, "region": "eu", "audience": " "}, "audience is empty"),
        ({**PAIR, "region": "eu", "audience": "a\nb"}, "control character"),
        ({**PAIR, "region": "eu", "talend_version": "latest"}, "YYYY-MM"),
        ({"client_id": "", "client_secret": "s", "region": "eu"}, "client_id is empty"),
        ({"client_id": "a:b", "client_secret": "s", "region": "eu"}, "contains ':'"),
        ({"client_id": "'ab'", "client_secret": "s", "region": "eu"}, "quotes"),
        ({"client_id": "a b", "client_secret": "s", "region": "eu"}, "white space"),
        ({"client_id": "a\udc80", "client_secret": "s", "region": "eu"}, "UTF-8"),
        (
            {"client_id": "a", "client_secret": 5, "region": "eu"},
            "function that returns one, not int",
        ),
    ],
)
def test_what_contradicts_or_cannot_be_right_is_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Settings(**options)

    assert caught.value.hint
    assert CANARY not in str(caught.value)


NO_ID = "client ID (set TALEND_CLIENT_ID or client_id=)"
NO_SECRET = (
    "client secret (set TALEND_CLIENT_SECRET or TALEND_CLIENT_SECRET_FILE or client_secret=)"
)
ONLY_THEN = "Talend Management Console shows both, the secret only when the account is created."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, f"No {NO_ID} and no {NO_SECRET}."),
        ({"client_id": "a"}, f"No {NO_SECRET}."),
        ({"client_secret": "s"}, f"No {NO_ID}."),
    ],
)
def test_all_that_is_missing_is_listed_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(region="eu", **options)

    assert (caught.value.message, caught.value.hint) == (message, ONLY_THEN)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TALEND_CLIENT_SECERT", "TALEND_CLIENT_SECRET"),
        pytest.param(
            "talend_client_id",
            "TALEND_CLIENT_ID",
            marks=pytest.mark.posix("Windows takes both for the same"),
        ),
        ("TALEND_CLIENTID", "TALEND_CLIENT_ID"),
        ("TALEND_CLIENT_SECRET_FIL", "TALEND_CLIENT_SECRET"),
    ],
)
def test_a_variable_that_is_nearly_the_missing_one_is_pointed_out(
    name: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, CANARY)
    with pytest.raises(ConfigurationError) as caught:
        Settings(region="eu")

    assert caught.value.hint == f"{name} is set; did you mean {meant}? {ONLY_THEN}"


@pytest.mark.parametrize("name", ["TALENT_CLIENT_ID", "TALEND_OAUTH_STORE", "CLIENT_ID"])
def test_another_variable_is_not_pointed_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, CANARY)
    with pytest.raises(ConfigurationError) as caught:
        Settings(region="eu")

    assert caught.value.hint == ONLY_THEN


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("TALEND_OAUTH_STORE", ""),
        ("TALEND_REGON", "TALEND_REGON is set; did you mean TALEND_REGION? "),
        ("TALEND_URL", "TALEND_URL is set; did you mean TALEND_API_URL? "),
    ],
)
def test_a_missing_region_is_told_with_the_ids(
    name: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "eu")
    with pytest.raises(ConfigurationError) as caught:
        Settings(**PAIR)

    assert caught.value.message == "No region (set TALEND_REGION or region=)."
    assert caught.value.hint == (
        f"{sentence}The region is ap, au, eu, us or us-west: the URL of your portal names it. "
        "`talend-oauth regions` lists all; for any other set TALEND_API_URL."
    )


@pytest.mark.parametrize(
    ("options", "name", "meant"),
    [
        ({"client_secert": 1}, "client_secert", "client_secret"),
        ({"clientid": 1}, "clientid", "client_id"),
        ({"client_secret_fil": 1}, "client_secret_fil", "client_secret_file"),
        ({"version": 1}, "version", ""),
        ({"timeout": 60}, "timeout", ""),
        ({"zeta": 1, "alpha": 2}, "alpha", ""),
    ],
)
def test_an_unknown_setting_is_refused_with_the_one_that_is_meant(
    options: dict[str, Any], name: str, meant: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**PAIR, **options)

    assert caught.value.message == f"Unknown setting {name!r}."
    assert caught.value.hint == (f"Did you mean {meant!r}? " if meant else "") + (
        "The settings are client_id, client_secret, client_secret_file, region, api_url, "
        "audience, access_token, talend_version. A timeout is set on the client."
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("TALEND_CLIENT_SECRET", "TALEND_CLIENT_SECRET_FILE"), "are both given"),
        (("TALEND_API_URL", "TALEND_BASE_URL"), "are both set, and differ"),
    ],
)
def test_variables_that_contradict_each_other_are_refused(
    names: tuple[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_ID", "a")
    for number, name in enumerate(names):
        monkeypatch.setenv(name, f"https://host-{number}")
    monkeypatch.setenv("TALEND_AUDIENCE", "")

    with pytest.raises(ConfigurationError, match=message) as caught:
        Settings(region="eu") if "SECRET" in names[0] else Settings(**PAIR)
    assert caught.value.hint in ("Use one of them.", "Unset one of them.")


def test_a_setting_that_cannot_be_right_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**PAIR, region="eu", talend_version="latest")

    assert caught.value.message == "talend_version is not of the form YYYY-MM."
    assert caught.value.hint == "The current version is 2021-03."


def test_the_variable_of_a_secret_file_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o600)
    monkeypatch.setenv("TALEND_CLIENT_SECRET_FILE", str(file))

    settings = Settings(client_id="a", region="eu")

    assert isinstance(settings.secret, SecretFile)
    assert Secret(CANARY) == settings.secret.read()


def test_variables_that_agree_are_one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_API_URL", f" {EU}/")
    monkeypatch.setenv("TALEND_BASE_URL", EU)

    assert Settings(**PAIR).api_url == EU
    assert Settings(**PAIR).origins["api_url"] == "TALEND_API_URL"


@pytest.mark.parametrize("make", [Settings, lambda **options: settings_named(options, {})])
def test_an_error_of_settings_has_no_frame_that_knows_the_values(
    make: Callable[..., Settings],
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(**PAIR, region=CANARY)

    ours = [
        frame
        for frame, _ in traceback.walk_tb(caught.value.__traceback__)
        if "_settings" in Path(frame.f_code.co_filename).parts
    ]
    assert len(ours) > 2
    assert CANARY not in repr([frame.f_locals for frame in ours])


def test_settings_show_neither_secret_nor_token() -> None:
    assert repr(Settings(**PAIR, region="eu")) == (
        f"Settings(client_id='an-id', client_secret=***, api_url={EU!r}, audience={EU!r})"
    )


def test_a_secret_without_a_name_is_not_shown() -> None:
    with pytest.raises(TypeError) as caught:
        Settings(CANARY)  # type: ignore[misc]

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("name", ["TALEND_ACCESS_TOKEN", "TALEND_API_TOKEN"])
def test_a_static_token_comes_from_the_environment_without_credentials(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"{CANARY}\n")

    with pytest.warns(match="white space or a newline"):
        settings = Settings()

    assert settings.access_token == Secret(CANARY)
    assert settings.api_url is None
    assert settings.audience == ""
    assert repr(settings) == "Settings(access_token=***, api_url=None, audience='')"


def test_a_static_token_as_an_argument_outranks_credentials() -> None:
    settings = Settings(**PAIR, access_token=CANARY, region="eu")

    assert settings.access_token == Secret(CANARY)
    assert settings.secret is None


@pytest.mark.usefixtures("variables")
def test_credentials_outrank_a_static_token_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TALEND_ACCESS_TOKEN", CANARY)

    assert Settings().access_token is None


@pytest.mark.parametrize("name", ["client_id", "client_secret", "client_secret_file"])
@pytest.mark.parametrize("is_argument", [True, False])
def test_half_of_the_credentials_outrank_it_too(
    name: str, is_argument: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_ACCESS_TOKEN", CANARY)
    if not is_argument:
        monkeypatch.setenv(f"TALEND_{name.upper()}", "a")
    options: dict[str, Any] = {name: "a"} if is_argument else {}
    with pytest.raises(ConfigurationError, match="No client"):
        Settings(region="eu", **options)


def test_a_static_token_takes_a_region_an_audience_and_a_version() -> None:
    settings = Settings(access_token=CANARY, region="eu", talend_version="2099-12")

    assert (settings.api_url, settings.audience) == (EU, EU)
    assert (settings.client_id, settings.talend_version) == ("", "2099-12")
    assert dict(settings.origins) == {
        "region": "region",
        "access_token": "access_token",
        "talend_version": "talend_version",
    }
    assert Settings(access_token=CANARY, audience="x").audience == "x"


@pytest.mark.parametrize("token", ["Bearer abc", "", "${X}", "AccessToken(***, expires_in=9)"])
def test_what_cannot_be_a_static_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="access_token "):
        Settings(access_token=token)


def test_settings_with_a_secret_file_pickle(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o600)
    settings = Settings(client_id="a", region="eu", client_secret_file=file)
    again = pickle.loads(pickle.dumps(settings))

    assert settings.origins["client_secret"] == "client_secret_file"
    assert set(settings.origins) == {"client_id", "client_secret", "region"}
    assert isinstance(again.secret, SecretFile)
    assert again.secret.origin == f"client_secret_file ({file})"
    assert again.secret.read() == Secret(CANARY)
    assert again.__getstate__() | {"secret": None} == settings.__getstate__() | {"secret": None}


def test_a_path_may_have_white_space_around_it(tmp_path: Path) -> None:
    settings = Settings(client_id="a", region="eu", client_secret_file=f" {tmp_path}/x\r\n")
    assert settings.secret is not None

    assert settings.secret.origin == f"client_secret_file ({tmp_path}/x)"


def test_the_id_and_a_secret_that_is_at_hand_must_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_CLIENT_SECRET", "an-id ")
    with pytest.raises(ConfigurationError) as caught:
        Settings(client_id="an-id", region="eu")

    assert caught.value.message == "client_id and TALEND_CLIENT_SECRET are the same."
    assert caught.value.hint == (
        "Set each to its own value; both are shown when the account is created."
    )
    assert Settings(client_id="an-id", client_secret=lambda: "an-id", region="eu").secret


def test_an_unlikely_id_is_warned_of() -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        Settings(client_id="todo", client_secret="s", region="eu")

    assert [str(it.message) for it in warned] == [
        "client_id is 'todo', which is probably not the real value"
    ]


def test_settings_are_frozen_and_show_no_secret() -> None:
    settings = Settings(**PAIR, region="eu")

    with pytest.raises(AttributeError, match="frozen"):
        settings.client_id = "b"
    with pytest.raises(AttributeError, match="frozen"):
        del settings.client_id
    assert CANARY not in repr(settings)
    assert CANARY not in repr(settings.secret)
    assert copy.copy(settings).__getstate__() == settings.__getstate__()
    assert settings is copy.deepcopy(settings)


@pytest.mark.usefixtures("variables")
def test_settings_of_the_environment_pickle_without_the_secret() -> None:
    settings = Settings()
    pickled = pickle.dumps(settings)
    again = pickle.loads(pickled)

    assert b"secret-of-environment" not in pickled
    assert isinstance(again.secret, SecretVariable)
    assert again.__getstate__() | {"secret": None} == settings.__getstate__() | {"secret": None}


def test_a_literal_secret_refuses_to_pickle_and_says_what_to_do() -> None:
    settings = Settings(**PAIR, region="eu")

    for value in (settings, TokenSource(settings), TalendAuth(settings)):
        with pytest.raises(TypeError, match="name a variable or a file") as caught:
            pickle.dumps(value)
        assert CANARY not in str(caught.value)


def test_settings_and_options_are_not_mixed() -> None:
    settings = Settings(**PAIR, region="eu")

    with pytest.raises(ConfigurationError, match="Settings and region are both given"):
        TokenSource(settings, region="eu")
    with pytest.raises(ConfigurationError, match="TokenSource and region are both given"):
        TalendAuth(TokenSource(settings), region="eu")


NAMES = {"client_id": "--client-id", "region": "--region", "client_secret": "--client-secret-file"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": "de"}, "--region is 'de', not the id"),
        ({"client_id": "a:b"}, "--client-id contains ':'"),
        ({"client_id": 5}, "--client-id must be a string, not int"),
        ({"client_id": None}, "set TALEND_CLIENT_ID or --client-id"),
        ({"client_secret": None}, "or --client-secret-file"),
        ({"region": None}, r"No region \(set TALEND_REGION or --region\)"),
    ],
)
def test_a_message_calls_an_argument_what_the_user_calls_it(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        settings_named({**PAIR, "region": "eu", **options}, NAMES)

    assert "region=" not in str(caught.value)
    assert settings_named({**PAIR, "region": "eu"}, NAMES).origins["region"] == "--region"


def test_clock_random_numbers_and_transport_are_no_public_arguments() -> None:
    public = [name for name in inspect.signature(TokenSource).parameters if name[0] != "_"]
    assert public == ["settings", "store", "on_event", "options"]
    for private in ("clock", "random", "transport"):
        with pytest.raises(ConfigurationError, match=f"Unknown setting '{private}'"):
            TokenSource(**PAIR, region="eu", **{private: None})  # type: ignore[arg-type]
