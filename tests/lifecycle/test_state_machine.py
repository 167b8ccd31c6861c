"""Random lives, outages, clocks and callers: what a caller gets is judged by a simple model.

    a valid token in hand   the caller is served, at once
    none                    the caller is served a new one, or gets a typed error in time
    an expired token        is never served
    a refused token         is never served again, unless the server issues it again

Refreshes are run by the machine and not by threads, so that each run can be repeated: a fetch
waits until a caller needs it, or until it is told to run; or it hangs, and is overdue.

Here a few of them; scripts/prove lifecycle makes at least 100,000 steps.
"""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from weakref import WeakValueDictionary

import httpx
import pytest
from hypothesis import HealthCheck, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from talend_oauth import AccessToken, TokenSource
from talend_oauth._clock import now
from talend_oauth._lifecycle.fetch import Context, run
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth._policy import DEADLINE, LONGEST_PAUSE, REFUSAL_BACKOFF
from talend_oauth._token import DEFAULT_LIFETIME
from talend_oauth.errors import TalendOAuthError

from ..clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talend_oauth._lifecycle.cached_token import CachedToken

STEPS = Counter[str]()
LIVES = st.sampled_from([1.0, 5.0, 59.0, 60.0, 300.0, 600.0, 1800.0, 86400.0])
TIMES = st.one_of(
    st.floats(0, 0.1), st.floats(0, 60), st.floats(0, 2000), st.sampled_from([20.0, 30.0, 1800.0])
)
STATUSES = st.sampled_from([400, 401, 403, 404, 429, 500, 502, 503, 504])
FORMS = st.sampled_from(["integer", "string", "absent"])
GLANCE = 0.02


class Server:
    """A token endpoint that issues, repeats, refuses, fails or takes its time."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.life = 1800.0
        self.form = "integer"
        self.failure: int | str | None = None
        self.retry_after: float | None = None
        self.repeats = False
        self.seconds = 0.0  # that an answer takes
        self.requests = 0
        self.last: str | None = None
        self.accepts = {"secret-1", "secret-2", "secret-3"}
        self.lives: dict[str, tuple[float, float, float]] = {}  # wall, monotonic, life
        self.blocks: list[tuple[str | None, float]] = []  # what was asked to wait, until when

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        asked = self.clock.wall(), self.clock.monotonic()
        self.clock.advance(self.seconds)
        pair = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
        secret = pair.decode().partition(":")[2]
        if self.failure is None and secret not in self.accepts:
            self.block(secret, REFUSAL_BACKOFF)
            return httpx.Response(401)
        if self.failure == "no connection":
            raise httpx.ConnectError("no connection", request=request)
        if self.failure == "html":
            return httpx.Response(200, text="<html>", headers={"content-type": "text/html"})
        if self.failure is not None:
            headers = {"retry-after": f"{self.retry_after}"} if self.retry_after else {}
            refused = int(self.failure) < 500 and self.failure != 429
            wait = min(self.retry_after or 0, LONGEST_PAUSE)
            self.block(secret if refused else None, max(REFUSAL_BACKOFF if refused else 0, wait))
            return httpx.Response(int(self.failure), headers=headers)
        if self.last is None or not self.repeats:
            self.last = f"token-{self.requests}"
        answer: dict[str, Any] = {"access_token": self.last, "token_type": "Bearer"}
        life = DEFAULT_LIFETIME if self.form == "absent" else self.life
        if self.age(self.last) >= self.life_of(self.last):
            self.lives[self.last] = (*asked, life)
        if self.form != "absent":
            answer["expires_in"] = int(self.life) if self.form == "integer" else f"{self.life:.0f}"
        return httpx.Response(200, content=json.dumps(answer))

    def block(self, secret: str | None, seconds: float) -> None:
        """Note that for so long nobody needs to ask again, with this secret or with any."""
        self.blocks.append((secret, self.clock.monotonic() + seconds + 1e-6))

    def age(self, token: str) -> float:
        """Return the seconds since the token was first asked for, by the faster clock."""
        wall, monotonic, _ = self.lives.get(token, (float("-inf"), 0.0, 0.0))
        return max(self.clock.wall() - wall, self.clock.monotonic() - monotonic)

    def life_of(self, token: str) -> float:
        """Return the seconds that the token lives."""
        return self.lives.get(token, (0.0, 0.0, 0.0))[2]

    def is_well_for(self, secret: str) -> bool:
        """Say whether a request has to bring a token now."""
        now = self.clock.monotonic()
        blocked = any(until > now and whose in (None, secret) for whose, until in self.blocks)
        return self.failure is None and secret in self.accepts and not blocked


SOURCES: WeakValueDictionary[int, StepwiseSource] = WeakValueDictionary()  # by id of a context


class StepwiseSource(TokenSource):
    """A source whose fetches wait to be run by the machine."""

    __slots__ = ("__weakref__", "hanging", "hangs", "waiting")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.waiting: list[tuple[CachedToken, PendingFetch]] = []
        self.hanging: list[tuple[CachedToken, PendingFetch]] = []
        self.hangs = False
        SOURCES[id(self._context)] = self

    def _next_step(self) -> AccessToken | PendingFetch:
        step = super()._next_step()
        if isinstance(step, PendingFetch):
            if self.hangs:
                self.hanging += self.waiting
                self.waiting.clear()
            self.run_waiting()
            if not step._result:
                # It hangs, and whoever waits for it does so to the deadline.
                clock = self._context.clock
                assert isinstance(clock, FakeClock)
                clock.advance(max(0.0, step.deadline - clock.monotonic()))
        return step

    def run_waiting(self) -> None:
        """Run the fetches that wait."""
        waiting, self.waiting = self.waiting, []
        for cached, pending in waiting:
            run(self._context, cached, pending)

    def run_hanging(self) -> None:
        """Run those that everybody has given up."""
        hanging, self.hanging = self.hanging, []
        for cached, pending in hanging:
            run(self._context, cached, pending)


def _start_later(
    context: Context, cached: CachedToken, pending: PendingFetch, *, urgent: bool
) -> None:
    del urgent
    pending.started = True
    SOURCES[id(context)].waiting.append((cached, pending))


class Lifecycle(RuleBasedStateMachine):
    """One source and its server, with the clocks that both see."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.server = Server(self.clock)
        self.chance = 0.5
        self.secret = "secret-1"
        self.source = StepwiseSource(
            client_id="an-id",
            client_secret=lambda: self.secret,
            region="eu",
            _clock=self.clock,
            _random=lambda: self.chance,
            _transport=httpx.MockTransport(self.server),
        )
        self.held: AccessToken | None = None  # what the last caller got
        self.refused: set[str] = set()

    @initialize(life=LIVES, form=FORMS)
    def begin(self, life: float, form: str) -> None:
        self.server.life, self.server.form = life, form

    @rule(life=LIVES, form=FORMS)
    def the_server_changes_its_lives(self, life: float, form: str) -> None:
        self.server.life, self.server.form = life, form

    @rule(status=STATUSES, retry_after=st.one_of(st.none(), st.integers(1, 10_000)))
    def the_server_fails(self, status: int, retry_after: float | None) -> None:
        self.server.failure, self.server.retry_after = status, retry_after

    @rule(how=st.sampled_from(["no connection", "html"]))
    def the_server_is_gone(self, how: str) -> None:
        self.server.failure, self.server.retry_after = how, None

    @rule()
    def the_server_works(self) -> None:
        self.server.failure = self.server.retry_after = None

    @rule(seconds=st.sampled_from([0.0, 0.0, 0.5, 3.0, 9.0]))
    def the_server_takes_its_time(self, seconds: float) -> None:
        self.server.seconds = seconds

    @rule(repeats=st.booleans())
    def the_server_repeats_itself(self, repeats: bool) -> None:
        self.server.repeats = repeats

    @rule(hangs=st.booleans())
    def requests_hang(self, hangs: bool) -> None:
        self.source.hangs = hangs

    @rule(number=st.integers(1, 3))
    def the_secret_changes(self, number: int) -> None:
        self.secret = f"secret-{number}"

    @rule(numbers=st.sets(st.integers(1, 3)))
    def the_server_accepts_other_secrets(self, numbers: set[int]) -> None:
        self.server.accepts = {f"secret-{number}" for number in numbers}

    @rule(
        part=st.sampled_from([0.5, 0.62, 0.67, 0.85, 0.91, 0.97, 0.99, 0.9999, 1.0, 1.01]),
        asks=st.booleans(),
    )
    def the_token_grows_old(self, part: float, asks: bool) -> None:
        if self.held is not None:
            value = self.held.value
            self.clock.advance(max(0.0, self.server.life_of(value) * part - self.server.age(value)))
        self._ask_if(asks)

    @rule(seconds=TIMES, asks=st.booleans())
    def time_passes(self, seconds: float, asks: bool) -> None:
        self.clock.advance(seconds)
        self._ask_if(asks)

    @rule(seconds=st.floats(-7200, 7200), asks=st.booleans())
    def the_clock_is_set(self, seconds: float, asks: bool) -> None:
        # Two clocks are compared every 20 ms; whoever sets one is that much later at most.
        self.clock.set_wall(seconds)
        self.clock.advance(GLANCE)
        self._ask_if(asks)

    @rule(seconds=st.floats(0.1, 7200), asks=st.booleans())
    def the_machine_is_suspended(self, seconds: float, asks: bool) -> None:
        self.clock.suspend(seconds)
        self._ask_if(asks)

    @rule(chance=st.floats(0, 1))
    def chance_changes(self, chance: float) -> None:
        self.chance = chance

    @rule()
    def a_refresh_runs(self) -> None:
        self.source.run_waiting()

    @rule()
    def an_overdue_fetch_ends(self) -> None:
        cached = self.source._cached
        replaced = all(it is not cached.state.pending for _, it in self.source.hanging)
        before = cached.state.failure
        self.source.run_hanging()
        if replaced and self.server.failure is not None:
            assert before is cached.state.failure, "a late failure was remembered"

    @rule()
    def an_api_refuses_the_token(self) -> None:
        if self.held is not None:
            self.source.discard(self.held)
            self.refused.add(self.held.value)

    @rule(callers=st.integers(1, 4))
    def callers_ask(self, callers: int) -> None:
        for _ in range(callers):
            self._ask()

    def _ask_if(self, asks: bool) -> None:
        if asks:
            self._ask()

    def _ask(self) -> None:
        before = self.clock.monotonic()
        naps, requests = len(self.clock.naps), self.server.requests
        in_hand = self._living(self.source._cached.state.unexpired(now(self.clock)))
        pressed = in_hand is not None and self._is_pressing(in_hand)
        well = self.server.is_well_for(self.secret) and not self.source.hanging
        well = well and not self.source.hangs and not self.server.seconds
        if self.server.last is not None and self.server.repeats:
            self.refused.discard(self.server.last)  # it may be issued once more
        try:
            token = self.source.token()
        except TalendOAuthError as error:
            note(f"{type(error).__name__}: {error}")
            assert self._living(in_hand) is None, "an error, with a valid token in hand"
            assert not well, "an error, though the server would have given a token"
            assert "bug" not in error.hint
            assert self._in_time(before), f"an error after {self.clock.monotonic() - before} s"
            return
        assert self._living(token) is token, "an expired token was served"
        assert token.value not in self.refused, "a refused token was served"
        assert self._in_time(before), f"a token after {self.clock.monotonic() - before} s"
        if in_hand is not None and not pressed:
            # Nobody pays for a renewal: no time passed, no request was made, the token is it.
            assert (before, naps, requests) == (
                self.clock.monotonic(),
                len(self.clock.naps),
                self.server.requests,
            )
            assert token is in_hand
        self.held = token

    def _in_time(self, before: float) -> bool:
        # One more answer may be under way at the deadline; httpx's time-outs end it on a real
        # network, and nobody waits for it: see the tests with a real port.
        return self.clock.monotonic() - before <= DEADLINE + self.server.seconds + 1e-6

    def _living(self, token: AccessToken | None) -> AccessToken | None:
        if token is None or self.server.age(token.value) >= self.server.life_of(token.value):
            return None
        return token

    def _is_pressing(self, token: AccessToken) -> bool:
        life = self.server.life_of(token.value)
        return life - self.server.age(token.value) <= min(60.0, life / 10) + 1e-6

    @invariant()
    def no_failure_is_remembered_for_longer_than_was_asked(self) -> None:
        STEPS["steps"] += 1
        state = self.source._cached.state
        if state.failure is not None:
            left = state.failure_until - self.clock.monotonic()
            assert left <= max(REFUSAL_BACKOFF, min(self.server_asked(), LONGEST_PAUSE)) + 1e-6

    def server_asked(self) -> float:
        """Return the seconds that the last failure asked to wait."""
        failure = self.source._cached.state.failure
        return (failure.retry_after or 0.0) if failure is not None else 0.0

    def teardown(self) -> None:
        """Make the server well, wait as long as anything may last, and find a token."""
        self.the_server_works()
        self.server.accepts.add(self.secret)
        self.server.seconds, self.server.life, self.server.repeats = 0.0, 1800.0, False
        self.source.hangs = False
        self.clock.advance(LONGEST_PAUSE + 1.0)
        assert self.source.token().value
        self.source.run_hanging()
        assert self.source.token().value


_PROOF = os.environ.get("LIFECYCLE")  # set by scripts/prove lifecycle: the number of a process
if _PROOF:
    seed(int(_PROOF) + 1000 * int(os.environ.get("SEED", "0")))(Lifecycle)
TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=700 if _PROOF else 40,
    stateful_step_count=100 if _PROOF else 50,
    deadline=None,
    database=None,
    derandomize="SEED" not in os.environ and not _PROOF,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True, scope="module")
def _fetches_that_wait() -> Iterator[None]:
    with mock.patch("talend_oauth._lifecycle.source.start", _start_later):
        yield


@pytest.fixture(autouse=True, scope="module")
def _count_steps() -> Iterator[None]:
    yield
    if "STEPS_FILE" in os.environ:
        Path(os.environ["STEPS_FILE"]).write_text(str(STEPS["steps"]))
