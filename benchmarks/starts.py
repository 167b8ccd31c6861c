"""What a new process pays: for the import, for a stored token, for a first token.

Processor time, of the whole process and in the system for it; the time that passed is in the
JSON too. Without other load they are the same, apart from the sandbox's few milliseconds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .libraries import OURS
from .measure import Run, interleave, medians, python, ratio, run
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options
    from .server import Server

BARE = "bare Python"
BY_HAND = "httpx by hand"

# What somebody writes who knows the endpoint and wants one token, without any care for failures.
_BY_HAND = """
import os
import httpx
url = os.environ["TALEND_API_URL"]
audience = os.environ.get("TALEND_AUDIENCE", url)
response = httpx.post(
    f"{url}/security/oauth/token",
    auth=(os.environ["TALEND_CLIENT_ID"], os.environ["TALEND_CLIENT_SECRET"]),
    headers={"talend-version": "2021-03"},
    json={"grant_type": "client_credentials", "audience": audience},
)
response.raise_for_status()
print(response.json()["access_token"])
"""
_OURS = """
from talend_oauth import TokenSource
print(TokenSource().token().value)
"""


def imports(server: Server, options: Options) -> Result:
    """Measure the import of each library beside that of httpx."""
    code = {library.name: library.imports for library in options.libraries}
    code |= {OURS.name: "import talend_oauth", f"{OURS.name}, TokenSource": OURS.imports}
    code |= {
        f"{OURS.name}, TalendAuth": "from talend_oauth import TalendAuth",
        "httpx": "import httpx",
        BARE: "pass",
    }
    cpu, _ = _measure({name: python(text) for name, text in code.items()}, server, options)
    over = {name: [a - b for a, b in zip(cpu[name], cpu[BARE], strict=True)] for name in code}
    shares = {name: ratio(over, name, "httpx") for name in code if name not in (BARE, "httpx")}
    best = options.best(shares)
    source = shares[f"{OURS.name}, TokenSource"]
    return Result(
        "import",
        "`import talend_oauth`, over bare Python",
        limit="<= 0.5x `import httpx`",
        best=f"{best} {shares[best]:.2f}x" if best else "",
        ours=f"{shares[OURS.name]:.2f}x; with TokenSource {source:.2f}x",
        met=shares[OURS.name] <= 0.5,
        figures={"ratio": shares, "cpu_milliseconds": medians(cpu, 1e3)},
    )


def stored_token(server: Server, options: Options) -> Result:
    """Measure `talend-oauth token` with a token in the file store."""
    with tempfile.TemporaryDirectory() as folder:
        store = {"TALEND_OAUTH_STORE": str(Path(folder) / "tokens")}
        command = [str(Path(sys.executable).with_name("talend-oauth")), "token"]
        environment = {**server.address.environment, **store}
        run(command, environment)  # fills the store
        before = server.count()
        commands = {"talend-oauth token": command, BARE: python("pass")}
        cpu, wall = _measure(commands, server, options, store)
        options.expect("token requests with a stored token", server.count() - before, 0)
        loaded = _modules(environment)
    for name in ("httpx", "attr", "attrs", "talend_oauth_api"):
        if name in loaded:
            options.errors.append(f"`talend-oauth token` imports {name} for a stored token")
    times = ratio(cpu, "talend-oauth token", BARE)
    milliseconds = medians(cpu, 1e3)
    return Result(
        "stored",
        "process start to a token from the file store",
        limit=f"<= 3.5x bare Python ({milliseconds[BARE]:.0f} ms), without httpx or attrs",
        best="",
        ours=f"{milliseconds['talend-oauth token']:.0f} ms, {times:.1f}x",
        met=times <= 3.5,
        figures={
            "ratio": times,
            "cpu_milliseconds": milliseconds,
            "wall_milliseconds": medians(wall, 1e3),
            "modules": len(loaded),
        },
    )


def _modules(environment: Mapping[str, str]) -> set[str]:
    """Return the modules that the command has loaded when it has printed a token."""
    code = (
        "import sys\n"
        "from talend_oauth.cli import main\n"
        "main(['token'])\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(python(code), env=environment, capture_output=True, check=True, text=True)
    return set(done.stderr.split())


def first_token(server: Server, options: Options) -> Result:
    """Measure a program that gets one token, beside one that does it by hand.

    The sandbox speaks plain http, for which ours loads no authorities, and httpx does; so the two
    are measured over TLS as well.
    """
    commands = {OURS.name: python(_OURS), BY_HAND: python(_BY_HAND)}
    secure = {"TALEND_API_URL": server.address.tls_url, "TALEND_AUDIENCE": server.address.url}
    before = server.count()
    # in three times the rounds, since the limit is near
    tls_cpu, tls_wall = _measure(commands, server, options, secure, rounds=61)
    runs = len(commands) * (1 + len(tls_cpu[BY_HAND]))
    options.expect("token requests of new processes over TLS", server.count() - before, runs)
    tls = ratio(tls_cpu, OURS.name, BY_HAND)
    commands |= {
        library.name: [sys.executable, "-m", "benchmarks.first", library.name]
        for library in options.libraries
        if library is not OURS
    }
    before = server.count()
    cpu, wall = _measure(commands, server, options)
    runs = len(commands) * (1 + len(cpu[BY_HAND]))
    options.expect("token requests of new processes", server.count() - before, runs)
    times = {name: ratio(cpu, name, BY_HAND) for name in commands if name != BY_HAND}
    best = options.best(times)
    milliseconds = medians(cpu, 1e3)
    return Result(
        "first",
        "process start to a first token",
        limit=f"<= 1.15x httpx by hand ({milliseconds[BY_HAND]:.0f} ms); over TLS <= 1.20x",
        best=f"{best} {times[best]:.2f}x" if best else "",
        ours=f"{milliseconds[OURS.name]:.0f} ms, {times[OURS.name]:.2f}x; over TLS {tls:.2f}x",
        met=times[OURS.name] <= 1.15 and tls <= 1.20,
        figures={
            "ratio": times,
            "cpu_milliseconds": milliseconds,
            "wall_milliseconds": medians(wall, 1e3),
            "tls": {
                "ratio": tls,
                "cpu_milliseconds": medians(tls_cpu, 1e3),
                "wall_milliseconds": medians(tls_wall, 1e3),
            },
        },
    )


def _measure(
    commands: Mapping[str, list[str]],
    server: Server,
    options: Options,
    more: Mapping[str, str] | None = None,
    rounds: int = 21,
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the processor time and the time passed of each command in each round."""
    environment = {**server.address.environment, **(more or {})}
    runs: dict[str, list[Run]] = {name: [] for name in commands}

    def once(name: str) -> float:
        runs[name].append(run(commands[name], environment))
        return 0.0

    interleave({name: partial(once, name) for name in commands}, 2 if options.quick else rounds)
    return (
        {name: [each.cpu for each in found[1:]] for name, found in runs.items()},
        {name: [each.wall for each in found[1:]] for name, found in runs.items()},
    )
