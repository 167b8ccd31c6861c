"""What a token that is at hand costs: alone, on a request, and among 10,000 accounts."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import httpx

from talend_oauth import TalendAuth, TokenSource

from .libraries import LIBRARIES, OURS
from .measure import calls_in, interleave, least, medians, ratio, seconds_a_call
from .result import Result

if TYPE_CHECKING:
    from .options import Options
    from .server import Server

BARE = "bare attribute call"
ONCE = "header set once"


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
    nanoseconds = {name: least(rounds, name) * 1e9 for name in rounds}
    ours = ratio(rounds, OURS.name, BARE)
    best = options.best(nanoseconds)
    return Result(
        "cached",
        "cached `token()` with the expiry check",
        limit=f"<= 4x a bare attribute call ({nanoseconds[BARE]:.0f} ns)",
        best=f"{best} {nanoseconds[best]:,.0f} ns" if best else "",
        ours=f"{nanoseconds[OURS.name]:.0f} ns, {ours:.1f}x",
        met=ours <= 4,
        figures={"nanoseconds": nanoseconds, "medians": medians(rounds, 1e9), "ratio": ours},
    )


def per_request(server: Server, options: Options) -> Result:
    """Measure what authentication adds to a request of httpx, over a header set once.

    A request is built by the client and goes through its authentication, with an answer at hand:
    the two places in which the clients differ. The rest would only drown the difference.
    """
    source = TokenSource(**server.address.settings)  # type: ignore[arg-type]
    header = {"Authorization": source.token().authorization}
    clients = {
        ONCE: httpx.Client(headers=header, auth=httpx.Auth()),
        OURS.name: httpx.Client(auth=TalendAuth(source, hosts=("api.invalid",))),
    }
    if LIBRARIES["httpx-auth"] in options.libraries:
        clients["httpx-auth"] = httpx.Client(auth=_httpx_auth(server))
    contenders = {
        name: partial(seconds_a_call, partial(_authenticate, client, httpx.Response(200)), 20)
        for name, client in clients.items()
    }
    rounds = interleave(contenders, 20 if options.quick else 2000, warm_up=5)
    for client in clients.values():
        client.close()
    added = {
        name: (least(rounds, name) - least(rounds, ONCE)) * 1e6 for name in clients if name != ONCE
    }
    best = options.best(added)
    return Result(
        "per_request",
        "added to a request over a header set once",
        limit="<= 1 us",
        best=f"{best} {added[best]:.1f} us" if best else "",
        ours=f"{added[OURS.name]:.2f} us",
        met=added[OURS.name] <= 1,
        figures={"microseconds": added, "built_and_authenticated": least(rounds, ONCE) * 1e6},
    )


def _authenticate(client: httpx.Client, answer: httpx.Response) -> None:
    request = client.build_request("GET", "https://api.invalid/account/me")
    assert client.auth is not None  # noqa: S101
    flow = client.auth.sync_auth_flow(request)
    next(flow)
    with suppress(StopIteration):
        flow.send(answer)


def _httpx_auth(server: Server) -> httpx.Auth:
    from httpx_auth import OAuth2ClientCredentials

    address = server.address
    return OAuth2ClientCredentials(address.form_url, address.client_id, address.client_secret)


def accounts(server: Server, options: Options) -> Result:
    """Measure the memory and the `token()` of 10,000 sources, in a process of their own."""
    count = 200 if options.quick else 10_000
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
