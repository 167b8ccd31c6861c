"""decode, regions, cache, spec."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from cryptography.fernet import Fernet

from talend_oauth._commands.decode import expiry_words

if TYPE_CHECKING:
    from talend_oauth.sandbox import Sandbox

    from .conftest import Run

DOCUMENTS = Path(__file__).parents[2] / "openapi"


def test_decode_shows_header_and_claims_of_a_piped_token(run: Run, sandbox: Sandbox) -> None:
    token = run("token").stdout
    for text in (token, f"Authorization: Bearer {token}"):
        done = run("decode", input=text)
        decoded = json.loads(done.stdout)
        assert decoded["header"]["alg"] == "RS256"
        assert decoded["claims"]["sub"] == f"{sandbox.client_id}@clients"
        assert done.stderr == "talend-oauth: unverified; expires in 30 min\n"
        assert run("decode", "--json", input=text).stdout == done.stdout


def test_decode_reads_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(run("token").stdout)

    assert "claims" in json.loads(run("decode", str(tmp_path / "token")).stdout)
    for path in (tmp_path / "absent", tmp_path, "a\x01"):
        assert run("decode", str(path)).returncode == 2


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "....", "\x00", "e30.e30.e30"])
def test_decode_refuses_what_is_no_jwt(run: Run, text: str) -> None:
    done = run("decode", input=text)

    assert (done.returncode, done.stdout) == (2, "")
    assert "This is not a JWT" in done.stderr


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        (60, "expires in 60 s"),
        (119.6, "expires in 120 s"),
        (120, "expires in 2 min"),
        (3600, "expires in 1 h"),
        (5430, "expires in 1 h 30 min"),
        (2 * 86400 + 3 * 3600 + 60, "expires in 2 d 3 h"),
        (1e12, "expires in 36500 d"),
        (-30, "expired 30 s ago"),
        (-600, "expired 10 min ago"),
    ],
)
def test_when_a_token_expires_is_said_in_words(expires: float, words: str) -> None:
    now = time.time()

    assert expiry_words({"exp": now + expires}, now) == words


@pytest.mark.parametrize("claims", [{}, {"exp": "soon"}, {"exp": True}])
def test_a_token_that_does_not_say_when_it_expires_is_told(claims: dict[str, object]) -> None:
    assert expiry_words(claims, 0) == "it does not say when it expires"


def test_regions_lists_talends_names_beside_qliks(call: Run) -> None:
    rows = {row["region"]: row for row in json.loads(call("regions", "--json").stdout)}
    table = call("regions").stdout

    assert {name: rows[name]["qlik"] for name in ("ap", "au", "eu", "ie")} == {
        "ap": "jp",
        "au": "ap",
        "eu": "de",
        "ie": "eu",
    }
    assert rows["eu"] == {
        "region": "eu",
        "qlik": "de",
        "place": "Europe (AWS, Frankfurt)",
        "source": "documented",
        "api_url": "https://api.eu.cloud.talend.com",
    }
    assert all(row["place"] in table for row in rows.values())


def test_the_cache_is_shown_and_emptied(run: Run, environment: dict[str, str]) -> None:
    folder = environment["TALEND_OAUTH_STORE"]
    first = run("token").stdout

    assert run("cache", "path").stdout == f"{folder}\n"
    done = run("cache", "clear")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr == f"talend-oauth: 1 removed from {folder}\n"
    assert run("token").stdout != first


@pytest.mark.parametrize("action", ["path", "clear"])
def test_a_store_that_is_switched_off_has_no_folder(call: Run, action: str) -> None:
    done = call("cache", action, env={"TALEND_OAUTH_STORE": "OFF"})

    assert (done.returncode, done.stdout) == (2, "")
    assert "switched off" in done.stderr


def test_a_redis_that_the_variable_names_is_the_store_and_no_folder(run: Run) -> None:
    env = {"TALEND_OAUTH_STORE": "redis://:a-password@127.0.0.1:1/0"}
    token, path = run("token", env=env), run("cache", "path", env=env)

    assert (token.returncode, token.stdout.count(".")) == (0, 2)
    assert "warning: the token store RedisStore failed" in token.stderr
    assert (path.returncode, path.stdout) == (2, "")
    assert "TALEND_OAUTH_STORE is a Redis" in path.stderr
    assert "a-password" not in token.stderr + path.stderr


def test_stored_tokens_are_encrypted_with_the_key_of_the_variable(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    before = sandbox.token_requests
    folder = tmp_path / "tokens"
    key = {"TALEND_OAUTH_STORE_KEY": Fernet.generate_key().decode()}
    first = run("token", env=key)

    assert run("token", env=key).stdout == first.stdout
    assert sandbox.token_requests == before + 1
    (file,) = folder.glob("*.json")
    assert b"access_token" not in file.read_bytes()
    other = run("token", env={"TALEND_OAUTH_STORE_KEY": Fernet.generate_key().decode()})
    assert other.returncode == 0
    assert other.stdout != first.stdout
    assert other.stderr.count("warning: a record in the FileStore was not encrypted") == 1
    assert run("cache", "path", env=key).stdout == f"{folder}\n"
    wrong = run("token", env={"TALEND_OAUTH_STORE_KEY": "not-a-key"})
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "TALEND_OAUTH_STORE_KEY is not a key of Fernet" in wrong.stderr
    assert "not-a-key" not in wrong.stderr
    names = (sys.executable, "-c", "import os; print(*os.environ)")
    seen = run("exec", "--", *names, env=key).stdout
    assert "TALEND_ACCESS_TOKEN" in seen
    assert "TALEND_OAUTH_STORE_KEY" not in seen


def test_a_folder_that_cannot_be_emptied_is_told(call: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    done = call("cache", "clear", env={"TALEND_OAUTH_STORE": str(tmp_path)})

    assert done.returncode == 2
    reason = "Is a directory." if os.name == "posix" else "Access"  # as the system says it
    assert f"{tmp_path} cannot be emptied: {reason}" in done.stderr


@pytest.mark.posix("Windows asks the system for the folder")
@pytest.mark.parametrize("home", [None, "", "relative"])
def test_a_user_without_a_home_folder_gets_tokens_that_are_not_stored(
    run: Run, home: str | None, tmp_path: Path
) -> None:
    code = (
        "import pwd, sys; from talend_oauth.cli import main\n"
        "def unknown(uid): raise KeyError(uid)\n"
        "pwd.getpwuid = unknown; sys.argv = sys.argv[1:]; main()"
    )
    command = [sys.executable, "-c", code, "talend-oauth"]
    env = {"TALEND_OAUTH_STORE": None, "HOME": home, "XDG_CACHE_HOME": None}
    token = run("token", command=command, env=env, cwd=tmp_path)
    path = run("cache", "path", command=command, env=env, cwd=tmp_path)

    assert (token.returncode, token.stdout.count(".")) == (0, 2)
    assert token.stderr.startswith("talend-oauth: warning: the token store FileStore failed")
    assert (path.returncode, path.stdout) == (2, "")
    assert "no home folder" in path.stderr
    assert list(tmp_path.iterdir()) == []


def test_spec_prints_the_documents(call: Run) -> None:
    document = (DOCUMENTS / "talend-oauth.yaml").read_text()
    derived = (DOCUMENTS / "talend-oauth-3.0.json").read_text()

    assert call("spec").stdout == document
    assert json.loads(call("spec", "--json").stdout) == yaml.safe_load(document)
    assert call("spec", "--openapi", "3.0", "--json").stdout == derived
    assert yaml.safe_load(call("spec", "--openapi", "3.0").stdout) == json.loads(derived)


def test_without_pyyaml_the_document_is_not_converted(
    call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    done = call("spec", "--json")

    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install pyyaml" in done.stderr
    assert call("spec").returncode == 0


def test_documents_that_are_not_installed_are_told(
    call: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from talend_oauth._commands import spec

    monkeypatch.setattr(spec, "files", lambda package: tmp_path / "src" / package)
    done = call("spec")

    assert (done.returncode, done.stdout) == (2, "")
    assert "not where they were installed" in done.stderr
