"""One fetch: what it asks of a store, and what it tells."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from talend_oauth import Settings, TokenSource
from talend_oauth._lifecycle.fetch import Context

from ..clocks import FakeClock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SETTINGS = Settings(client_id="an-id", client_secret="a-secret", region="eu")


def issue(request: httpx.Request) -> httpx.Response:
    del request
    return httpx.Response(200, json={"access_token": "a-token", "token_type": "Bearer"})


class Store:
    """Notes how long a lock may be waited for."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def load(self, key: str) -> None:
        del key

    def save(self, key: str, record: str, seconds: float) -> None:
        del key, record, seconds

    def lock(self, key: str, seconds: float) -> AbstractContextManager[Any]:
        del key
        self.waits.append(seconds)
        return nullcontext()


def test_a_quarter_of_the_time_is_left_for_the_request_however_long_the_lock_is_held() -> None:
    store, transport = Store(), httpx.MockTransport(issue)
    TokenSource(SETTINGS, store=store, _clock=FakeClock(), _transport=transport).token()

    # Of 20 s, three quarters, in two turns.
    assert store.waits == [7.5]


@pytest.mark.parametrize(("given", "taken"), [(0.5, 0.5), (7.0, 1.0), (-3.0, 0.0)])
def test_a_random_number_is_one_from_0_to_1(given: float, taken: float) -> None:
    assert Context(SETTINGS, random=lambda: given).chance() == taken
