"""No secret reaches another process, its arguments, or a proxy that could read it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from talend_oauth import Settings, TokenSource, client
from talend_oauth._clock import SystemClock

from .canary import CLIENT_ID, SECRET, Canary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

CHILD = """
import json, os, pathlib
seen = {"environ": dict(os.environ)}
if os.path.exists("/proc/self/cmdline"):
    seen["arguments"] = pathlib.Path("/proc/self/cmdline").read_text()
    seen["at start"] = pathlib.Path("/proc/self/environ").read_text()
print(json.dumps(seen))
"""


class Proxy(BaseHTTPRequestHandler):
    """Notes what it is sent."""

    seen: list[str]

    def _note(self) -> None:
        self.seen.append(str(self.headers))
        self.send_response(502)
        self.end_headers()

    do_GET = do_POST = do_CONNECT = _note  # noqa: N815 - named by http.server

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    seen: list[str] = []
    handler = type("Handler", (Proxy,), {"seen": seen})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield seen
        server.shutdown()
        thread.join()


def test_a_command_run_by_exec_gets_the_token_and_no_secret(
    sandbox: Sandbox, canary: Canary, tmp_path: Path
) -> None:
    environment = os.environ | sandbox.environment() | {"TALEND_OAUTH_STORE": str(tmp_path)}
    command = [sys.executable, "-m", "talend_oauth", "exec", "--", sys.executable, "-c", CHILD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)

    assert seen["environ"]["TALEND_ACCESS_TOKEN"].count(".") == 2
    for where, shown in seen.items():
        canary.check(where, json.dumps(shown))
    canary.add(seen["environ"]["TALEND_ACCESS_TOKEN"])
    canary.check("arguments", seen.get("arguments", ""))
    canary.check("stderr", done.stderr)


def test_plain_http_to_this_machine_goes_through_no_proxy(
    sandbox: Sandbox, proxy: list[str]
) -> None:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, api_url=sandbox.url)
    source = TokenSource(settings, _clock=SystemClock())
    with client(source) as talend:
        assert talend.get("/account/me").status_code == 200

    assert proxy == []


def test_a_proxy_in_between_reads_no_secret(proxy: list[str], canary: Canary) -> None:
    settings = Settings(client_id=CLIENT_ID, client_secret=SECRET, region="eu")
    with pytest.raises(Exception, match=r"the proxy 127\.0\.0\.1:[0-9]+ refused") as caught:
        TokenSource(settings, _clock=SystemClock()).token()

    canary.check_error("proxy", caught.value)
    assert proxy
    canary.check("what the proxy read", "".join(proxy))
