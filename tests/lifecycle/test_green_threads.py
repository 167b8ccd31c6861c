"""gevent and eventlet, patched before or after use, and gunicorn that is forked after a token."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import textwrap
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

PATIENCE = 60.0
KINDS = ("gevent", "eventlet")

_SCRIPT = """
import sys
kind, order = sys.argv[1:]
sys.modules["trio"] = None  # which cannot be imported after eventlet's patch, as httpcore would

def patch():
    if kind == "gevent":
        from gevent import monkey
        monkey.patch_all()
    else:
        import eventlet
        eventlet.monkey_patch()

if order == "before import":
    patch()
from talend_oauth import TokenSource
if order == "after import":
    patch()
source = TokenSource()
values = [source.token().value]
if order == "after use":
    patch()
for _ in range(2):
    source.discard(source.token())
    values.append(source.token().value)
source.discard(source.token())
if kind == "gevent":
    import gevent
    jobs = [gevent.spawn(source) for _ in range(20)]
    gevent.joinall(jobs, timeout=30)
    values += [job.value for job in jobs]
else:
    import eventlet
    values += eventlet.GreenPool().imap(lambda _: source(), range(20))
values.append(source.refresh().value)
print(len(values), len(set(values)))
"""


def needs(kind: str) -> pytest.MarkDecorator:
    reason = f"{kind} has no release for this Python"
    # Elsewhere, one that is missing is a fault and no reason to skip.
    may_lack = sys.version_info >= (3, 15) or bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    return pytest.mark.skipif(may_lack and find_spec(kind) is None, reason=reason)


@pytest.mark.parametrize("order", ["before import", "after import", "after use"])
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=needs(kind)) for kind in KINDS])
def test_tokens_are_fetched_and_shared_whenever_the_patch_comes(
    kind: str, order: str, sandbox: Sandbox
) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _SCRIPT, kind, order],
        env={**os.environ, **sandbox.environment()},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert result.stdout == "24 5\n", result.stderr
    assert sandbox.token_requests == 5


_APPLICATION = """
    from talend_oauth import TokenSource
    source = TokenSource()
    source.token()  # a warm start: before the fork, and before gevent's patch

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/discard":
            source.discard(source.token())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [source.token().value.encode()]
"""


@needs("gevent")
@pytest.mark.posix("gunicorn is for POSIX")
def test_gunicorn_with_gevent_and_preload_gets_tokens_after_the_first_one(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "web.py").write_text(textwrap.dedent(_APPLICATION))
    log = tmp_path / "log"
    arguments = ["--preload", "-k", "gevent", "-w", "2", "-b", "127.0.0.1:0", "web:application"]
    arguments += ["--graceful-timeout", "1"]  # gunicorn's own application takes 30 s to end
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "gunicorn", *arguments],
            cwd=tmp_path,
            env={**os.environ, **sandbox.environment(), "PYTHONPATH": str(tmp_path)},
            stdout=output,
            stderr=output,
        )
    try:
        url = _address(log, server)
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            first = client.get("/")
            others = [client.get("/discard") for _ in range(3)]
    finally:
        server.terminate()
        server.wait(PATIENCE)

    assert first.status_code == 200, log.read_text()
    assert [response.status_code for response in others] == [200] * 3, log.read_text()
    assert first.text not in {response.text for response in others}


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    """Return where gunicorn listens, once it says so."""
    until = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < until:
        found = re.search(r"Listening at: (http://\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())
