"""Prism as a server that this project did not write, and as a judge between both sides."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import yaml

from talend_oauth.sandbox import Account, Sandbox

from .proof import DOCUMENT, Proof, Unexpected, require
from .servers import prism

TOKEN_PATH = "/security/oauth/token"  # noqa: S105 - a path
GOOD = {"grant_type": "client_credentials", "audience": "https://api.eu.cloud.talend.com"}


def example_token() -> str:
    """Return the access token of the document's first example."""
    response = yaml.safe_load(DOCUMENT.read_text())["components"]["responses"]["TokenIssued"]
    examples = response["content"]["application/json"]["examples"]
    token: str = examples["issued"]["value"]["access_token"]
    return token


def command_token(url: str, client_id: str, client_secret: str) -> subprocess.CompletedProcess[str]:
    """Run `talend-oauth token` against a server."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("TALEND_")}
    return subprocess.run(
        [sys.executable, "-m", "talend_oauth", "token"],
        env={
            **others,
            "TALEND_CLIENT_ID": client_id,
            "TALEND_CLIENT_SECRET": client_secret,
            "TALEND_API_URL": url,
            "TALEND_OAUTH_STORE": "off",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def mock_proof() -> Proof:
    """Show that the command gets its token from a mock made of the document alone."""

    def run() -> str:
        with prism("mock", str(DOCUMENT)) as url:
            done = command_token(url, "any-id", "any-secret")
            require(done.returncode == 0, f"exit {done.returncode}: {done.stderr.strip()}")
            require(done.stdout == f"{example_token()}\n", f"printed {done.stdout!r}")
            refused = httpx.post(f"{url}{TOKEN_PATH}", json=GOOD)
            require(refused.status_code == 401, f"without a pair: {refused.status_code}")
        return "the example token, a newline and nothing else"

    return Proof("Prism mock", "talend-oauth token", run)


def mock_status_proof(status: int, code: int) -> Proof:
    """Show what the library makes of a refusal by the mock.

    Args:
        status: The status that the mock is asked for.
        code: The exit code that belongs to it.
    """

    def run() -> str:
        from talend_oauth import TokenSource
        from talend_oauth._commands._console import exit_status
        from talend_oauth.errors import TalendOAuthError

        with prism("mock", str(DOCUMENT)) as url:
            source = TokenSource(
                client_id="any-id",
                client_secret="any-secret",  # noqa: S106 - the mock takes any
                api_url=url,
                transport=_Preferring(status),
            )
            try:
                source.token()
            except TalendOAuthError as error:
                exit_code = exit_status(error)
                seen = f"{type(error).__name__}, status {error.status}, exit {exit_code}"
                require((error.status, exit_code) == (status, code), seen)
                return seen
        raise Unexpected("a token")

    return Proof("Prism mock", f"a {status} is a typed error", run)


class _Preferring(httpx.HTTPTransport):
    """Asks the mock for a status, as its manual says to (RFC 7240)."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self._status = status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["prefer"] = f"code={self._status}"
        return super().handle_request(request)


def proxy_proof() -> Proof:
    """Show that nothing in an exchange of the wrapper and the sandbox violates the document."""

    def run() -> str:
        off = Account(on_allowlist=False)
        with (
            Sandbox(accounts=[Account(), off]) as sandbox,
            prism("proxy", str(DOCUMENT), sandbox.url, "--errors") as url,
        ):
            for mode in ("integer", "string", "absent"):
                sandbox.settings.expires_in = mode
                done = command_token(url, sandbox.client_id, sandbox.client_secret)
                require(done.returncode == 0, f"{mode}: {done.stderr.strip()}")
                require(done.stdout.count(".") == 2, f"{mode}: no JWT")
            for client_id, secret in (
                (sandbox.client_id, "wrong"),
                (off.client_id, off.client_secret),
            ):
                done = command_token(url, client_id, secret)
                require(done.returncode == 3, f"exit {done.returncode}: {done.stderr.strip()}")
            statuses = [entry.status for entry in sandbox.log]
            require(statuses == [200, 200, 200, 401, 403], f"the sandbox answered {statuses}")
        return "5 exchanges (200 three times, 401, 403), no violation"

    return Proof("Prism proxy", "talend-oauth token, through it, from the sandbox", run)


def proxy_notices_proof() -> Proof:
    """Show that the proxy is awake: a violation on either side is one."""

    def run() -> str:
        with (
            Sandbox() as sandbox,
            prism("proxy", str(DOCUMENT), sandbox.url, "--errors") as url,
            httpx.Client(base_url=url, auth=(sandbox.client_id, sandbox.client_secret)) as client,
        ):
            sandbox.fail(merge={"token_type": None})
            answer = client.post(TOKEN_PATH, json=GOOD)
            require("VIOLATIONS" in answer.text, f"an answer without token_type: {answer.text}")
            asked = client.post(TOKEN_PATH, json={"grant_type": "password", "audience": "x"})
            require("prism/errors" in asked.text, f"a wrong grant: {asked.text}")
        return "an answer without token_type and a wrong grant are both reported"

    return Proof("Prism proxy", "breach: it reports what it should", run)
