"""Whether and when to try again."""

from __future__ import annotations

import pytest

from talend_oauth._policy import retry_delay
from talend_oauth.errors import (
    BadRequestError,
    ConfigurationError,
    InvalidCredentialsError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TalendOAuthError,
    UnexpectedResponseError,
    UnreachableError,
)


@pytest.mark.parametrize("kind", [RateLimitedError, ServerError, UnreachableError])
@pytest.mark.parametrize(
    ("tries", "chance", "delay"),
    [(1, 0.0, 0.0), (1, 0.5, 0.25), (1, 1.0, 0.5), (2, 0.0, 0.0), (2, 1.0, 1.0)],
)
def test_what_may_pass_is_tried_again_after_anything_up_to_the_step(
    kind: type[TalendOAuthError], tries: int, chance: float, delay: float
) -> None:
    assert delay == retry_delay(kind("down"), tries, chance, 20.0)


@pytest.mark.parametrize(
    "kind",
    [
        BadRequestError,
        ConfigurationError,
        InvalidCredentialsError,
        PermissionDeniedError,
        UnexpectedResponseError,
    ],
)
def test_a_refusal_is_not_tried_again(kind: type[TalendOAuthError]) -> None:
    assert retry_delay(kind("no"), 1, 0.0, 20.0) is None


def test_there_are_three_tries_at_most() -> None:
    assert retry_delay(ServerError("down"), 2, 0.0, 20.0) is not None
    assert retry_delay(ServerError("down"), 3, 0.0, 20.0) is None


def test_retry_after_is_the_least_and_jitter_comes_on_top() -> None:
    error = RateLimitedError("slow down", retry_after=3.0)

    assert retry_delay(error, 1, 0.0, 20.0) == 3.0
    assert retry_delay(error, 1, 1.0, 20.0) == 3.5


@pytest.mark.parametrize("retry_after", [20.0, 19.9999, 3600.0])
def test_a_wait_beyond_the_deadline_is_given_up_at_once(retry_after: float) -> None:
    assert retry_delay(RateLimitedError("later", retry_after=retry_after), 1, 0.5, 20.0) is None
