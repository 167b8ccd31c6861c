"""Nothing is imported during a fetch: a forked child would find the module half made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import contextlib, json, os, pathlib, sys, tempfile
from servers import answering, listening, secured
from talend_oauth import Secret, Settings, errors
from talend_oauth._clock import SYSTEM_CLOCK
from talend_oauth._token_endpoint.request import Exchange

TOKEN = b'{"access_token": "a.e30.c", "token_type": "Bearer"}'
DATE = b"Sun, 06 Nov 1994 08:49:37 GMT\\r\\n"
MORE = b"Set-Cookie: a=b; expires=%bDate: %bRetry-After: %bLocation: /x\\r\\n" % ((DATE,) * 3)

def response(status, body=TOKEN, headers=MORE):
    head = b"HTTP/1.1 %d X\\r\\n%bContent-Length: %d" % (status, headers, len(body))
    return head + b"\\r\\n\\r\\n" + body

def ask(api_url, **variables):
    os.environ.update(variables)
    with contextlib.suppress(errors.TalendOAuthError):
        settings = Settings(client_id="an-id", client_secret="a-secret", api_url=api_url)
        Exchange(settings, Secret("a-secret"), SYSTEM_CLOCK, 1.0).run()
    for name in variables:
        del os.environ[name]

folder = pathlib.Path(tempfile.mkdtemp())
with contextlib.ExitStack() as stack:
    def serve(server):
        return stack.enter_context(listening(server))

    answers = [response(status) for status in (200, 201, 302, 400, 401, 403, 429, 500, 503)]
    bodies = (b"<html>", b"{}", b"\\xef\\xbb\\xbf{", b"[" * 9999)
    answers += [response(200, body) for body in bodies]
    answers += [b"", b"junk", response(200, headers=b"Content-Encoding: gzip\\r\\n")]
    answers += [response(200, b" " * 99_999), response(401, b'{"message": "no"}')]
    plain = [f"http://127.0.0.1:{serve(answering(answer))}" for answer in answers]
    tls = f"https://127.0.0.1:{serve(secured(folder, '127.0.0.1', 9))}"
    proxy = f"http://127.0.0.1:{serve(answering(response(407)))}"
    before = set(sys.modules)
    for url in plain:
        ask(url)
    ask(tls)
    ask(tls, SSL_CERT_FILE=str(folder / "certificate.pem"))
    ask(tls, SSL_CERT_FILE=str(folder / "nothing.pem"))
    ask(tls, HTTPS_PROXY=proxy)
    ask(tls, HTTPS_PROXY="not a proxy")
    ask(tls, HTTPS_PROXY="http://nowhere.invalid:1")
    ask(tls, HTTPS_PROXY=proxy, NO_PROXY="10.0.0.0/8,[::1]")
    ask("https://nowhere.invalid")
    ask("http://127.0.0.1:1")
    print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.parametrize("variables", [{}, {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}])
def test_a_fetch_imports_nothing_whatever_becomes_of_it(variables: dict[str, str]) -> None:
    pytest.importorskip("cryptography", reason="TLS needs cryptography, which has no wheel")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TALEND_", "SSL_CERT_")) and not name.lower().endswith("_proxy")
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parent,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_a_program_without_tasks_is_spared_asyncio() -> None:
    program = (
        "import sys, httpx, httpcore; before = set(sys.modules)\n"
        "import talend_oauth._lifecycle.fetch, talend_oauth._lifecycle.source\n"
        "print('asyncio' in set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == "False", done.stderr
