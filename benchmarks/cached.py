"""What a token that is at hand costs: alone, on a request, and among 10,000 accounts."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING

import httpx

from talend_oauth import TalendAuth, TokenSource

from .libraries import LIBRARIES, OURS
from .measure import calls_in, difference, interleave, medians, ratio, seconds_a_call, typical
from .result import Result

if TYPE_CHECKING:
    from .options import Options
    from .server import Server

BARE = "bare attribute call"


class _Bare:
    """The least that a method which returns a token can do."""

    __slots__ = ("_token",)

    def __init__(self) -> None:
        self._token = object()

    def token(self) -> object:
        """Return the attribute."""
        return self._token


def cached_token(server: Server, options: Options) -> Result:
    """Measure `token()` with a token at hand."""
    asks = {BARE: _Bare().token}
    for library in options.libraries:
        asks[library.name] = library.make(server.address)[0]
        asks[library.name]()
    before = server.count()
    contenders = {
        name: partial(seconds_a_call, ask, calls_in(0.001, ask)) for name, ask in asks.items()
    }
    rounds = interleave(contenders, 5 if options.quick else 61, warm_up=3)
    options.expect("token requests with a token at hand", server.count() - before, 0)
    nanoseconds = medians(rounds, 1e9)
    ours = ratio(rounds, OURS.name, BARE)
    best = options.best(nanoseconds)
    return Result(
        "cached",
        "cached `token()` with the expiry check",
        limit=f"<= 4x a bare attribute call ({nanoseconds[BARE]:.0f} ns)",
        best=f"{best} {nanoseconds[best]:,.0f} ns" if best else "",
        ours=f"{nanoseconds[OURS.name]:.0f} ns, {ours:.1f}x",
        met=ours <= 4,
        figures={"nanoseconds": nanoseconds, "ratio": ours},
    )


def per_request(server: Server, options: Options) -> Result:
    """Measure what authentication adds to a request of httpx, over a header set once."""
    answer = httpx.Response(200)
    transport = httpx.MockTransport(lambda request: answer)
    source = TokenSource(**server.address.settings)  # type: ignore[arg-type]
    header = {"Authorization": source.token().authorization}
    clients = {
        "header set once": httpx.Client(transport=transport, headers=header),
        OURS.name: httpx.Client(transport=transport, auth=TalendAuth(source)),
        **_other_clients(server, transport, options),
    }
    calls = 20

    def get(client: httpx.Client) -> object:
        return client.get("https://api.invalid/account/me")

    contenders = {
        name: partial(seconds_a_call, partial(get, client), calls)
        for name, client in clients.items()
    }
    rounds = interleave(contenders, 5 if options.quick else 101, warm_up=3)
    added = {
        name: difference(rounds, name, "header set once") * 1e6
        for name in clients
        if name != "header set once"
    }
    for client in clients.values():
        client.close()
    best = options.best(added)
    base = typical(rounds, "header set once") * 1e6
    return Result(
        "per_request",
        "added to a request over a header set once",
        limit=f"<= 1 us (a request: {base:.0f} us)",
        best=f"{best} {added[best]:.1f} us" if best else "",
        ours=f"{added[OURS.name]:.1f} us",
        met=added[OURS.name] <= 1,
        figures={"microseconds": added, "request": base},
    )


def _other_clients(
    server: Server, transport: httpx.MockTransport, options: Options
) -> dict[str, httpx.Client]:
    """Return the clients of the libraries that authenticate requests of httpx."""
    address = server.address
    clients: dict[str, httpx.Client] = {}
    if LIBRARIES["httpx-auth"] in options.libraries:
        from httpx_auth import OAuth2ClientCredentials

        auth = OAuth2ClientCredentials(address.form_url, address.client_id, address.client_secret)
        clients["httpx-auth"] = httpx.Client(transport=transport, auth=auth)
    if LIBRARIES["Authlib"] in options.libraries:
        with warnings.catch_warnings(record=True):
            from authlib.integrations.httpx_client import OAuth2Client

        token = {"access_token": "x" * 600, "token_type": "Bearer", "expires_in": 1800}
        clients["Authlib"] = OAuth2Client(address.client_id, token=token, transport=transport)
    return clients


def accounts(server: Server, options: Options) -> Result:
    """Measure the memory and the `token()` of 10,000 sources, in a process of their own."""
    count = 500 if options.quick else 10_000
    command = [sys.executable, "-m", "benchmarks.accounts", str(count)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    figures = json.loads(done.stdout)
    options.expect(f"token requests of {count} sources", figures["requests"], count)
    growth = figures["among"] / figures["alone"]
    return Result(
        "accounts",
        f"{count:,} sources: one's `token()`, and memory",
        limit="does not grow with their number",
        best="",
        ours=f"{growth:.2f}x of one alone; {figures['bytes']:,.0f} bytes a source",
        met=growth <= 1.25,
        figures=figures,
    )
