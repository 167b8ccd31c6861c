"""A secret given in a wrong place or form is in no message, local, warning or log."""

from __future__ import annotations

import base64
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from talend_oauth import Settings, TalendAuth, TokenSource, async_client, client
from talend_oauth.cli import main
from talend_oauth.errors import ConfigurationError
from talend_oauth.integrations.requests import TalendAuth as RequestsAuth

from .canary import CLIENT_ID, PASSWORD, PLAIN, SECRET, Canary

if TYPE_CHECKING:
    from collections.abc import Callable

_PAIR = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
GOOD: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": SECRET, "region": "eu"}
UUID = "123e4567-e89b-12d3-a456-426614174000"
LONG = "cAnArY_sEcReT-0123456789012345678901234567Zq"


def _raise_with_secret() -> str:
    raise LookupError(SECRET)


MISTAKES: dict[str, dict[str, Any]] = {
    "bytes": {"client_secret": SECRET.encode()},
    "a list": {"client_secret": [SECRET]},
    "a tuple": {"client_secret": (SECRET,)},
    "a dictionary": {"client_secret": {"value": SECRET}},
    "a function that fails": {"client_secret": _raise_with_secret},
    "a function that returns bytes": {"client_secret": SECRET.encode},
    "quotes": {"client_secret": f"'{SECRET}'"},
    "a line break": {"client_secret": f"{SECRET[:9]}\n{SECRET[9:]}"},
    "a space": {"client_secret": f"{SECRET} {SECRET}"},
    "a word before it": {"client_secret": f"Basic {_PAIR}"},
    "an encoded pair": {"client_secret": _PAIR},
    "a lone surrogate": {"client_secret": f"{SECRET}\udc80"},
    "a placeholder": {"client_secret": f"${{{SECRET}}}"},
    "a reference": {"client_secret": f"op://{SECRET}"},
    "a mask with a part": {"client_secret": f"{SECRET}***"},
    "a line of a file": {"client_secret": f"CLIENT_SECRET={SECRET}"},
    "JSON": {"client_secret": f'{{"client_secret": "{SECRET}"}}'},
    "a path as the secret": {"client_secret": f"/run/{SECRET}"},
    "an invisible character": {"client_secret": f"{SECRET[:9]}\u200b{SECRET[9:]}"},
    "a character that looks like another": {"client_secret": f"{SECRET}\u2013"},
    "a secret that is too long": {"client_secret": SECRET * 400},
    "the secret as the id too": {"client_id": SECRET, "client_secret": SECRET},
    "the pair as the id": {"client_id": f"{CLIENT_ID}:{SECRET}"},
    "the encoded pair as the id": {"client_id": _PAIR},
    "an id that is no string": {"client_id": SECRET.encode()},
    "an id with a space": {"client_id": f"{CLIENT_ID} {SECRET}"},
    "a misspelt argument": {"client_secert": SECRET},
    "a region": {"region": SECRET},
    "a region without odd characters": {"region": PLAIN},
    "nearly a region": {"region": f"eu-{SECRET}"},
    "nearly a region without odd characters": {"region": f"eu-{PLAIN}"},
    "a host that cannot exist": {"region": None, "api_url": f"https://a..b/{SECRET}"},
    "a region of a portal": {"region": None, "api_url": f"https://eu-{PLAIN}.cloud.talend.com"},
    "plain http": {"region": None, "api_url": "http://talend.example"},
    "a region that is no string": {"region": [SECRET]},
    "a URL": {"region": None, "api_url": SECRET},
    "a URL with a password": {
        "region": None,
        "api_url": f"https://id:{PASSWORD}@api.eu.cloud.talend.com",
    },
    "a URL with a quoted password": {
        "region": None,
        "api_url": f"https://id:{quote(PASSWORD, safe='')}@api.eu.cloud.talend.com",
    },
    "a URL with a password that has a slash": {
        "region": None,
        "api_url": f"https://id:{SECRET}@api.eu.cloud.talend.com",
    },
    "a URL with a query": {
        "region": None,
        "api_url": f"https://api.eu.cloud.talend.com?secret={SECRET}",
    },
    "an audience": {"audience": f"https://id:{PASSWORD}@api.eu.cloud.talend.com"},
    "an audience with a space": {"audience": f"{SECRET} {SECRET}"},
    "a version": {"talend_version": SECRET},
    "the file": {"client_secret": None, "client_secret_file": SECRET},
    "a file that is no path": {"client_secret": None, "client_secret_file": SECRET.encode()},
    "a path": {"client_secret": None, "client_secret_file": Path(SECRET)},
    "a path in quotes": {"client_secret": None, "client_secret_file": f"'{SECRET}'"},
    "a path with a NUL": {"client_secret": None, "client_secret_file": f"{SECRET}\0"},
    "two places": {"client_secret_file": SECRET},
    "a token with a space": {"access_token": f"Bearer {SECRET}"},
    "a token that is no string": {"access_token": SECRET.encode()},
    "a token that no header carries": {"access_token": f"{SECRET}\u20ac"},
}


def _read(**options: Any) -> None:
    settings = Settings(**options)
    if settings.secret is not None:
        settings.secret.read(settings.client_id)
    TokenSource(settings).token()


MAKERS: dict[str, Callable[..., Any]] = {
    "Settings": lambda **options: TokenSource(Settings(**options)).token(),
    "SecretSource.read": _read,
    "TokenSource": lambda **options: TokenSource(**options).token(),
    "TalendAuth": lambda **options: TalendAuth(**options).source.token(),
    "TalendAuth of requests": lambda **options: RequestsAuth(**options).source.token(),
    "client": lambda **options: client(**options).get("/account/me"),
    "async_client": lambda **options: async_client(**options).auth.source.token(),  # type: ignore[union-attr]
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("maker", MAKERS)
def test_a_mistake_in_the_arguments_shows_nothing(maker: str, mistake: str, canary: Canary) -> None:
    with pytest.raises(ConfigurationError) as caught:
        MAKERS[maker](**GOOD | MISTAKES[mistake])

    canary.check_error(mistake, caught.value)
    assert len(str(caught.value).splitlines()) <= 3


CONTENTS: dict[str, bytes] = {
    "no UTF-8": b"\xff" + SECRET.encode(),
    "half a UTF-16": b"\xff\xfe" + SECRET.encode() + b"x",
    "too large": SECRET.encode() * 400,
    "a line": f"TALEND_CLIENT_SECRET={SECRET}\nTALEND_REGION=eu\n".encode(),
    "JSON": f'{{"client_secret": "{SECRET}"}}'.encode(),
    "two lines": f"{SECRET}\n{SECRET}\n".encode(),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_wrong_with_a_file_shows_nothing_of_it(
    content: str, canary: Canary, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(CONTENTS[content])
    file.chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        _read(client_id=CLIENT_ID, client_secret_file=file, region="eu")

    canary.check_error(content, caught.value)


@pytest.mark.posix("Windows has no files that are pipes")
def test_what_a_pipe_held_is_shown_nowhere(canary: Canary) -> None:
    reader, writer = os.pipe()
    os.write(writer, SECRET.encode())
    os.close(writer)
    settings = Settings(client_id=CLIENT_ID, client_secret_file=f"/dev/fd/{reader}", region="eu")
    assert settings.secret is not None
    settings.secret.read(CLIENT_ID)
    os.close(reader)

    canary.check_object("settings", settings)
    canary.check_object("source", settings.secret)
    canary.check("pickle", pickle.dumps(settings))


@pytest.mark.parametrize("maker", [Settings, TokenSource])
def test_a_secret_without_a_name_is_refused_and_shown_nowhere(maker: Any, canary: Canary) -> None:
    with pytest.raises((TypeError, ConfigurationError)) as caught:
        maker(SECRET)

    canary.check_error("positional", caught.value)


VARIABLES: dict[str, dict[str, str]] = {
    "a misspelt name": {"TALEND_CLIENT_SECRET": "", "TALEND_CLIENT_SECERT": SECRET},
    "quotes": {"TALEND_CLIENT_SECRET": f"'{SECRET}'"},
    "an encoded pair": {"TALEND_CLIENT_SECRET": _PAIR},
    "the pair as the id": {"TALEND_CLIENT_ID": f"{CLIENT_ID}:{SECRET}"},
    "a URL with a password": {"TALEND_API_URL": f"https://id:{PASSWORD}@api.eu.cloud.talend.com"},
    "URLs that differ": {
        "TALEND_API_URL": f"https://id:{PASSWORD}@api.eu.cloud.talend.com",
        "TALEND_BASE_URL": "https://api.us.cloud.talend.com",
    },
    "the file": {"TALEND_CLIENT_SECRET": "", "TALEND_CLIENT_SECRET_FILE": SECRET},
    "two places": {"TALEND_CLIENT_SECRET_FILE": SECRET},
    "the region": {"TALEND_REGION": SECRET},
    "the audience": {"TALEND_AUDIENCE": f"x@{SECRET}"},
}


@pytest.mark.parametrize("mistake", VARIABLES)
def test_a_mistake_in_the_environment_shows_nothing(
    mistake: str,
    canary: Canary,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    good = {"TALEND_CLIENT_ID": CLIENT_ID, "TALEND_CLIENT_SECRET": SECRET, "TALEND_REGION": "eu"}
    for name, value in (good | VARIABLES[mistake]).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        TokenSource().token()
    canary.check_error(mistake, caught.value)

    assert main(["token", "--no-store"]) == 2
    canary.check("stderr", "".join(capfd.readouterr()))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--client-secret", SECRET],
        [f"--client-secret={SECRET}"],
        ["--secret", SECRET],
        [f"--password={SECRET}"],
        ["-p", SECRET],
        [SECRET],
        ["--client-secret-file", SECRET],
        ["--client-id", f"{CLIENT_ID}:{SECRET}"],
        ["--api-url", f"https://id:{PASSWORD}@api.eu.cloud.talend.com"],
        ["--region", SECRET],
        ["--format", SECRET],
        [f"--no-store={SECRET}"],
    ],
    ids=lambda arguments: arguments[0].replace(SECRET, "SECRET"),
)
def test_a_mistake_on_the_command_line_is_not_repeated_on_the_screen(
    arguments: list[str],
    canary: Canary,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TALEND_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("TALEND_REGION", "eu")
    monkeypatch.setenv("TALEND_OAUTH_STORE", "off")
    try:
        status: object = main(["token", *arguments])
    except SystemExit as end:
        status = end.code
    out, err = capfd.readouterr()

    assert (status, out) == (2, "")
    canary.check("stderr", err)


def test_a_command_named_like_a_secret_is_not_repeated(
    canary: Canary, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([SECRET]) == 2
    canary.check("stderr", capfd.readouterr().err)


def test_who_exchanges_id_and_secret_reads_the_secret_nowhere(canary: Canary) -> None:
    canary.add(LONG)
    source = TokenSource(client_id=LONG, client_secret=UUID, api_url="http://127.0.0.1:1")
    with pytest.raises(Exception, match="did not respond") as caught:
        source.token()

    canary.check_error("exchanged", caught.value)
    canary.check_object("source", source)
    assert "cAnA***" in repr(source)


def test_a_secret_that_is_read_later_and_is_the_id_too_is_shown_nowhere(canary: Canary) -> None:
    canary.add(LONG)
    source = TokenSource(client_id=LONG, client_secret=lambda: LONG, api_url="http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="is the client ID") as caught:
        source.token()

    canary.check_error("the same", caught.value)
    canary.check_object("source", source)


def test_a_secret_file_that_leads_somewhere_is_named(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    with pytest.raises(ConfigurationError) as caught:
        TokenSource(client_id=CLIENT_ID, client_secret_file=absent, region="eu").token()

    assert os.fspath(absent) in caught.value.message
