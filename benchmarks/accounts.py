"""Many sources in one process: what each takes, and whether they slow each other down.

Run as a program with their number, it prints its figures as JSON. Their tokens come from a mock
transport: the network has no part in this.
"""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from statistics import median
from typing import TYPE_CHECKING

import httpx

from talend_oauth import TokenSource

from .measure import seconds_a_call

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 31
CALLS = 20_000


def main(count: int) -> dict[str, float]:
    """Return the figures of so many sources."""
    requests = 0

    def issue(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        del request
        requests += 1
        token = f"{requests:0600}"  # about as long as a JWT of Talend's
        body = {"access_token": token, "token_type": "Bearer", "expires_in": 1800}
        return httpx.Response(200, json=body)

    transport = httpx.MockTransport(issue)

    def make(number: int) -> TokenSource:
        source = TokenSource(
            client_id=f"account-{number}",
            client_secret=f"secret-of-account-{number}",
            region="eu",
            _transport=transport,
        )
        source.token()
        return source

    first = make(0)
    alone = _typical(first.token)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sources = [make(number) for number in range(1, count)]
    gc.collect()
    size = (tracemalloc.get_traced_memory()[0] - before) / len(sources)
    tracemalloc.stop()
    return {
        "count": count,
        "requests": requests,
        "bytes": size,
        "alone": alone,
        "among": _typical(first.token),
        "in_turn": median(_in_turn(sources) for _ in range(ROUNDS)),
    }


def _typical(ask: Callable[[], object]) -> float:
    """Return the nanoseconds of a call."""
    return median(seconds_a_call(ask, CALLS) for _ in range(ROUNDS)) * 1e9


def _in_turn(sources: list[TokenSource]) -> float:
    """Return the nanoseconds of a call when each source is asked once."""
    asks = iter([source.token for source in sources])
    return seconds_a_call(lambda: next(asks)(), len(sources)) * 1e9


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))))
