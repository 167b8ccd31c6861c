"""Whether and when to try again, and what `Retry-After` says."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from talend_oauth._policy import retry_delay
from talend_oauth._token_endpoint.http_date import parse_http_date, parse_retry_after
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

NOW = 784111777.0  # the RFC's own example: Sun, 06 Nov 1994 08:49:37 GMT


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


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("007", 7.0),
        ("9" * 400, 999999999.0),
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120.0),  # IMF-fixdate
        ("Sunday, 06-Nov-94 08:51:37 GMT", 120.0),  # RFC 850
        ("Sun Nov  6 08:51:37 1994", 120.0),  # asctime
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 1994 07:49:37 GMT", 0.0),  # passed
        (formatdate(NOW + 5, usegmt=True), 5.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("10:30", None),
        ("\u0665", None),
        ("next year, perhaps in the spring", None),
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_each_form_of_an_http_date(
    text: str, seconds: float | None
) -> None:
    assert seconds == parse_retry_after(text, NOW)


def test_an_http_date_is_seconds_since_the_epoch() -> None:
    assert parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == NOW
    assert parse_http_date("no date") is None
