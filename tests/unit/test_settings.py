"""Who asks, where and for what: arguments, then the environment."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from talend_oauth import Secret, Settings, TalendAuth, TokenSource
from talend_oauth._settings.settings import settings_named
from talend_oauth._settings.sources import SecretFile, SecretValue, SecretVariable
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

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
    settings = Settings.from_env()

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
        ({**PAIR, "region": "de"}, "Talend calls the same place 'eu'"),
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


def test_all_that_is_missing_is_listed_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"No client ID .* and no client secret"):
        Settings(region="eu")
    with pytest.raises(ConfigurationError, match="No client secret"):
        Settings(client_id="a", region="eu")
    with pytest.raises(ConfigurationError, match="No client ID"):
        Settings(client_secret="s", region="eu")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("TALEND_CLIENT_SECRET", "TALEND_CLIENT_SECRET_FILE"), "are both set"),
        (("TALEND_API_URL", "TALEND_BASE_URL"), "are both set, and differ"),
    ],
)
def test_variables_that_contradict_each_other_are_refused(
    names: tuple[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_ID", "a")
    for number, name in enumerate(names):
        monkeypatch.setenv(name, f"https://host-{number}")

    with pytest.raises(ConfigurationError, match=message):
        Settings(region="eu") if "SECRET" in names[0] else Settings(**PAIR)


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


@pytest.mark.parametrize("name", ["TALEND_ACCESS_TOKEN", "TALEND_API_TOKEN"])
def test_a_ready_token_comes_from_the_environment_when_there_is_no_pair(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"{CANARY}\n")

    with pytest.warns(match="white space or a newline"):
        settings = Settings()

    assert settings.access_token == Secret(CANARY)
    assert settings.api_url is None
    assert settings.audience == ""
    assert repr(settings) == "Settings(access_token=***, api_url=None)"


def test_a_ready_token_as_an_argument_outranks_a_pair() -> None:
    settings = Settings(**PAIR, access_token=CANARY, region="eu")

    assert settings.access_token == Secret(CANARY)
    assert settings.secret is None


@pytest.mark.usefixtures("variables")
def test_a_pair_outranks_a_ready_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALEND_ACCESS_TOKEN", CANARY)

    assert Settings().access_token is None


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
    with pytest.raises(ConfigurationError, match="A TokenSource and region are both given"):
        TalendAuth(TokenSource(settings), region="eu")


NAMES = {"client_id": "--client-id", "region": "--region", "client_secret": "--client-secret-file"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": "de"}, "--region is 'de', Qlik's name"),
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
