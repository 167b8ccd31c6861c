"""Prism as a server that this project did not write, and as a witness between both sides."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import pytest
import yaml

from talend_oauth import TokenSource
from talend_oauth._commands._console import exit_status
from talend_oauth.errors import TalendOAuthError
from talend_oauth.sandbox import Account, Sandbox

from .programs import DOCUMENT, prism

TOKEN_PATH = "/security/oauth/token"
GOOD = {"grant_type": "client_credentials", "audience": "https://api.eu.cloud.talend.com"}


def token_command(url: str, client_id: str, secret: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALEND_")}
    settings = {
        "TALEND_CLIENT_ID": client_id,
        "TALEND_CLIENT_SECRET": secret,
        "TALEND_API_URL": url,
        "TALEND_OAUTH_STORE": "off",
    }
    return subprocess.run(
        [sys.executable, "-m", "talend_oauth", "token"],
        env=kept | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_the_example_token_of_a_mock_made_of_the_document_alone() -> None:
    issued = yaml.safe_load(DOCUMENT.read_text())["components"]["responses"]["TokenIssued"]
    example = issued["content"]["application/json"]["examples"]["issued"]["value"]["access_token"]

    with prism("mock", str(DOCUMENT)) as url:
        done = token_command(url, "any-id", "any-secret")
        without_credentials = httpx.post(f"{url}{TOKEN_PATH}", json=GOOD)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{example}\n", "")
    assert without_credentials.status_code == 401


class Preferring(httpx.HTTPTransport):
    """Asks the mock for a status, as its manual says to (RFC 7240)."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["prefer"] = f"code={self.status}"
        return super().handle_request(request)


@pytest.mark.parametrize("status", [403, 415])
def test_a_rejection_by_the_mock_is_an_error_with_its_status_and_the_exit_status_3(
    status: int,
) -> None:
    with prism("mock", str(DOCUMENT)) as url:
        source = TokenSource(
            client_id="any-id",
            client_secret="any-secret",
            api_url=url,
            _transport=Preferring(status),
        )
        with pytest.raises(TalendOAuthError) as caught:
            source.token()

    assert (caught.value.status, exit_status(caught.value)) == (status, 3)


def test_nothing_in_an_exchange_of_command_and_sandbox_violates_the_document() -> None:
    off = Account(on_allowlist=False)
    with (
        Sandbox(accounts=[Account(), off]) as sandbox,
        prism("proxy", str(DOCUMENT), sandbox.url, "--errors") as url,
    ):
        for mode in ("integer", "string", "absent"):
            sandbox.settings.expires_in = mode
            done = token_command(url, sandbox.client_id, sandbox.client_secret)
            assert (done.returncode, done.stdout.count(".")) == (0, 2), done.stderr
        wrong = token_command(url, sandbox.client_id, "wrong")
        forbidden = token_command(url, off.client_id, off.client_secret)

        assert (wrong.returncode, forbidden.returncode) == (3, 3)
        assert [entry.status for entry in sandbox.log] == [200, 200, 200, 401, 403]


def test_the_proxy_reports_a_violation_on_either_side() -> None:
    with (
        Sandbox() as sandbox,
        prism("proxy", str(DOCUMENT), sandbox.url, "--errors") as url,
        httpx.Client(base_url=url, auth=(sandbox.client_id, sandbox.client_secret)) as client,
    ):
        sandbox.fail(merge={"token_type": None})

        assert "VIOLATIONS" in client.post(TOKEN_PATH, json=GOOD).text
        wrong = client.post(TOKEN_PATH, json={"grant_type": "password", "audience": "x"})
        assert "prism/errors" in wrong.text
