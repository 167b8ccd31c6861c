"""Produces each failure that docs/errors.md explains."""

import base64
import os
import re
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from talend_oauth import Settings, TalendAuth, TokenSource
from talend_oauth._token_endpoint.unreachable import unreachable
from talend_oauth.errors import TalendOAuthError
from talend_oauth.sandbox import Fault, Sandbox

# What the page shows in place of what differs from run to run.
SHOWN_ID = "3f1e7a52-5d1c-4a0e-9f53-2c8a7b6d4e10"
CREDENTIALS = {"client_id": SHOWN_ID, "client_secret": "Wq3-example_k7Zt0"}


def _configure(**settings: str) -> TalendOAuthError:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _caught(lambda: TokenSource(**settings).token())


class _Redirected(httpx.BaseTransport):
    """Takes the requests for Talend to a sandbox, so that the messages name Talend."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = httpx.URL(sandbox.url)
        self._network = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = self._url.join(request.url.raw_path.decode())
        sent = httpx.Request(
            request.method,
            url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._network.handle_request(sent)

    def close(self) -> None:
        self._network.close()


def _answered(fault: Fault | None = None, **settings: str) -> TalendOAuthError:
    with Sandbox() as sandbox:
        if fault is not None:
            sandbox.faults.add(fault)
        credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        source = TokenSource(
            _transport=_Redirected(sandbox), region="eu", **{**credentials, **settings}
        )
        return _normal(_caught(source.token), sandbox.client_id)


def _unanswered(cause: Exception) -> TalendOAuthError:
    failed = httpx.ConnectError("")
    failed.__cause__ = cause
    return unreachable(failed, Settings(region="eu", **CREDENTIALS), 20)


def _streamed() -> TalendOAuthError:
    with Sandbox() as sandbox:
        credentials = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        source = TokenSource(_transport=_Redirected(sandbox), region="eu", **credentials)
        sandbox.revoke(source.token().value)
        with httpx.Client(transport=_Redirected(sandbox), auth=TalendAuth(source)) as talend:
            url = "https://api.eu.cloud.talend.com/processing/executions"
            error = _caught(lambda: talend.post(url, content=iter([b"{}"])))
        return _normal(error, sandbox.client_id)


def _ended() -> TalendOAuthError:
    claims = (
        base64.urlsafe_b64encode(b'{"iat": 1600000000, "exp": 1600001800}').decode().rstrip("=")
    )
    return _configure(region="eu", access_token=f"e30.{claims}.c2ln")


def _stopped() -> TalendOAuthError:
    with Sandbox() as sandbox:
        source = TokenSource(_transport=_Redirected(sandbox), region="eu", **CREDENTIALS)
        sandbox.stop()
        return _normal(_caught(source.token), SHOWN_ID)


def _with_variable(name: str, value: str) -> TalendOAuthError:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        return _caught(TokenSource(region="eu", **CREDENTIALS).token)
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def _caught(call: Callable[[], object]) -> TalendOAuthError:
    try:
        call()
    except TalendOAuthError as error:
        return error
    raise AssertionError("nothing failed")


def _normal(error: TalendOAuthError, client_id: str) -> TalendOAuthError:
    error.message = re.sub(r"in \d+\.\d s", "in 1.4 s", error.message).replace(client_id, SHOWN_ID)
    error.hint = error.hint.replace(client_id, SHOWN_ID)
    error.request_id = None
    return error


UNTRUSTED = ssl.SSLCertVerificationError()
UNTRUSTED.verify_message = "self-signed certificate in certificate chain"

FAILURES: dict[str, Callable[[], TalendOAuthError]] = {
    "no-credentials": lambda: _configure(region="eu"),
    "no-region": lambda: _configure(**CREDENTIALS),
    "a-region-of-qlik": lambda: _configure(region="de", **CREDENTIALS),
    "region-and-url-disagree": lambda: _configure(
        region="us", api_url="https://api.eu.cloud.talend.com", **CREDENTIALS
    ),
    "plain-http": lambda: _configure(api_url="http://talend.internal", **CREDENTIALS),
    "an-encoded-secret": lambda: _configure(
        region="eu",
        client_id="Aladdin",
        client_secret="QWxhZGRpbjpvcGVuX3Nlc2FtZQ==",  # noqa: S106 - RFC 7617's pair
    ),
    "a-static-token-that-has-expired": _ended,
    "wrong-credentials-401": lambda: _answered(client_secret="not-the-secret"),  # noqa: S106
    "permission-missing-403": lambda: _answered(Fault(status=403)),
    "something-else-responded-403": lambda: _answered(
        Fault(status=403, body="<html>Blocked</html>", content_type="text/html")
    ),
    "wrong-request-400": lambda: _answered(Fault(status=400)),
    "wrong-address-404": lambda: _answered(Fault(status=404)),
    "too-many-requests-429": lambda: _answered(Fault(status=429, times=None)),
    "talend-failed-500": lambda: _answered(Fault(status=500, times=None)),
    "no-connection": _stopped,
    "unknown-name": lambda: _unanswered(socket.gaierror(-2, "Name or service not known")),
    "untrusted-certificate": lambda: _unanswered(UNTRUSTED),
    "a-page-instead-of-a-token": lambda: _answered(
        Fault(status=200, body="<html>Sign in</html>", content_type="text/html")
    ),
    "a-redirect": lambda: _answered(
        Fault(status=302, headers={"location": "https://login.example/start"})
    ),
    "an-expired-token": lambda: _answered(Fault(merge={"expires_in": 0})),
    "a-proxy-that-cannot-be-used": lambda: _with_variable("HTTPS_PROXY", "http://user:a#b@proxy:1"),
    "a-file-that-cannot-be-used": lambda: _with_variable("SSL_CERT_FILE", "/no/such/file.pem"),
    "a-request-that-cannot-be-sent-again-401": _streamed,
}


@contextmanager
def clean_environment(environ: dict[str, str]) -> Iterator[None]:
    """Take the variables of Talend away, so that only what is given counts."""
    taken = {name: environ.pop(name) for name in list(environ) if name.startswith("TALEND_")}
    try:
        yield
    finally:
        environ.update(taken)
