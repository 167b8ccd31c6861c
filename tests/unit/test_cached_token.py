"""The state of a cached token: what is decided at a moment, and for how long that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from talend_oauth import AccessToken, Secret
from talend_oauth._clock import Instant
from talend_oauth._lifecycle.cached_token import CachedToken, State
from talend_oauth._lifecycle.single_flight import PendingFetch
from talend_oauth.errors import InvalidCredentialsError, RateLimitedError, ServerError

if TYPE_CHECKING:
    from talend_oauth._policy import Action
    from talend_oauth.errors import TalendOAuthError

NEVER = float("-inf")


def at(seconds: float) -> Instant:
    return Instant(seconds, seconds)


def token(lifetime: float, value: str = "a-token", requested: float = 0.0) -> AccessToken:
    return AccessToken(value, expires_in=lifetime, requested=at(requested))


def test_one_clock_is_trusted_for_20_ms() -> None:
    state = State(token(1800.0))

    assert state.fresh_until == NEVER
    assert state.decide(at(10.0)) == ("serve", state.token)
    assert state.fresh_until == 10.02


# Of three seconds: refreshed from 2.0 on, waited for from 2.7 on.
@pytest.mark.parametrize(
    ("now", "paused_until", "action", "fresh_until"),
    [
        (1.995, NEVER, "serve", 2.0),
        (1.5, 1.501, "serve", 1.52),
        (2.5, 3.0, "serve", 2.52),
        (2.5, 2.505, "serve", 2.505),
        (2.995, 9.0, "serve", 3.0),
        (2.5, 2.5, "serve and refresh", NEVER),
        (2.5, 2.0, "serve and refresh", NEVER),
        (2.8, NEVER, "refresh or serve", NEVER),
        (3.0, 9.0, "wait", NEVER),
    ],
)
def test_a_decision_holds_no_longer_than_it_is_right(
    now: float, paused_until: float, action: Action, fresh_until: float
) -> None:
    state = State().evolve(token=token(3.0), paused_until=paused_until)

    assert state.decide(at(now)) == (action, None if action == "wait" else state.token)
    assert state.fresh_until == pytest.approx(fresh_until)


def test_a_changed_state_is_decided_upon_again_and_nothing_has_replaced_it() -> None:
    held = token(1800.0)
    cached = CachedToken(State(held))
    seen = cached.state
    seen.decide(at(1.0))
    assert seen.fresh_until > 1.0
    cached.reject(held)

    assert (cached.state.token, cached.state.successor) == (None, {})
    assert (seen.fresh_until, cached.state.fresh_until) == (NEVER, NEVER)


def test_nothing_is_decided_for_later_in_a_state_that_was_replaced() -> None:
    cached = CachedToken(State(token(1800.0)))
    old = cached.state
    old.decide(at(1.0))
    assert cached.replace(old, old.evolve(pending=PendingFetch(20.0)))
    assert old.fresh_until == NEVER

    assert old.decide(at(1.0))[0] == "serve"
    assert old.fresh_until == NEVER


@pytest.mark.parametrize(("now", "paused_until"), [(1000.0, 1400.0), (1790.0, 1820.0)])
def test_the_same_token_again_pauses_its_refresh_for_half_of_what_is_left(
    now: float, paused_until: float
) -> None:
    cached = CachedToken(State().evolve(token=token(1800.0), failure=ServerError("no")))
    held = cached.state.token
    assert cached.accept(token(1800.0, requested=now), at(now), 0.5) is held

    assert cached.state.paused_until == paused_until
    assert cached.state.failure is None


def test_a_token_that_comes_late_replaces_a_newer_one_only_when_that_is_due() -> None:
    newer, older = token(1800.0, "newer", 100.0), token(1800.0, "older", 0.0)
    cached = CachedToken(State().evolve(token=newer, paused_until=1400.0))
    assert cached.accept(older, at(1299.0), 0.25) is newer
    assert cached.accept(older, at(1300.0), 0.25) is older
    assert (cached.state.jitter, cached.state.paused_until) == (0.25, NEVER)


def test_a_rejected_token_that_is_issued_again_keeps_its_age_while_it_is_valid() -> None:
    rejected = token(100.0)
    cached = CachedToken(State().evolve(rejected=rejected))
    assert cached.accept(token(100.0, requested=99.0), at(99.0), 0.0) is rejected
    again = token(100.0, requested=100.0)
    assert cached.accept(again, at(100.0), 0.0) is again


@pytest.mark.parametrize(
    ("error", "lifetime", "failure_until", "paused_until"),
    [
        (ServerError("no"), None, 50.0, 50.05),
        (ServerError("no"), 600.0, 50.0, 60.0),
        (RateLimitedError("no", retry_after=7.0), 600.0, 57.0, 60.0),
        (RateLimitedError("no", retry_after=12.0), 600.0, 62.0, 62.0),
        (InvalidCredentialsError("no"), None, 80.0, 80.0),
        (InvalidCredentialsError("no", retry_after=31.0), None, 81.0, 81.0),
    ],
)
def test_a_failure_is_remembered_as_long_as_it_lasts(
    error: TalendOAuthError, lifetime: float | None, failure_until: float, paused_until: float
) -> None:
    pending, secret = PendingFetch(20.0), Secret("a-secret")
    held = None if lifetime is None else token(lifetime)
    cached = CachedToken(State().evolve(token=held, pending=pending))
    cached.record_failure(pending, error, at(50.0), secret)
    state = cached.state

    assert state.failure is error
    assert (state.failure_until, state.paused_until) == (failure_until, paused_until)
    refused = secret if isinstance(error, InvalidCredentialsError) else None
    assert state.refused_secret == refused
    if failure_until > 50.0:
        assert cached.recent_failure(at(failure_until - 0.01), secret) is error
    assert cached.recent_failure(at(failure_until), secret) is None
    other = cached.recent_failure(at(50.0), Secret("another"))
    assert other is (None if refused or failure_until == 50.0 else error)


def test_a_failure_of_credentials_that_were_never_read_is_not_one_of_them() -> None:
    pending = PendingFetch(20.0)
    cached = CachedToken(State().evolve(pending=pending))
    cached.record_failure(pending, InvalidCredentialsError("no"), at(50.0), None)

    assert cached.state.failure_until == 50.0


def test_a_static_token_is_not_discarded() -> None:
    held = token(1800.0)
    cached = CachedToken(State(held), "access_token")
    cached.reject(held)
    assert cached.state.token is held
    assert cached.state.rejected is held


def test_only_the_token_that_was_rejected_is_discarded() -> None:
    held, other = token(1800.0), token(1800.0, "another")
    cached = CachedToken(State(held))
    cached.reject(other)
    assert (cached.state.token, cached.state.rejected) == (held, other)
    cached.reject(token(1800.0))
    assert cached.state.token is None


def test_an_unhelpful_new_token_is_remembered_for_thirty_seconds() -> None:
    cached = CachedToken(State())
    cached.note_unhelpful(at(50.0))

    assert cached.state.unhelpful_until == 80.0


def test_the_end_of_a_fetch_leaves_a_newer_one() -> None:
    old, new = PendingFetch(20.0), PendingFetch(40.0)
    cached = CachedToken(State().evolve(pending=new))
    cached.end(old, token(1.0))
    assert cached.state.pending is new
    assert isinstance(old.wait(0.0), AccessToken)
    cached.end(new, token(1.0))
    assert cached.state.pending is None
