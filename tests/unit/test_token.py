"""An issued token: its lifetime, its age, and that it does not show itself."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from typing import Any

import pytest

from talend_oauth import AccessToken, TalendOAuthWarning
from talend_oauth._clock import Instant
from talend_oauth._token import claims_of, is_b64token, lifetime_of, number_in

CANARY = "canary-token-4711"


def jwt(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


def token(**changes: Any) -> AccessToken:
    options = {"expires_in": 1800.0, "requested": Instant(1000.0, 50.0), **changes}
    return AccessToken(CANARY, **options)


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3600, 3600.0),
        (3600.5, 3600.5),
        ("3600", 3600.0),
        ("000060", 60.0),
        ("600.0", 600.0),
        (" 600 ", 600.0),
        ("\t600\n", 600.0),
        ("+600", 600.0),
        ("600s", 600.0),
        ("600 s", 600.0),
        ("600.25 s", 600.25),
        ("1" + "0" * 17, 86400.0),
        ("600." + "0" * 18, 600.0),
        (1, 1.0),
        (0.5, 0.5),
        # more than a day is an error of the server, such as milliseconds, and not a year
        (86400, 86400.0),
        (86401, 86400.0),
        (1e18, 86400.0),
        (10**400, 86400.0),
        (float("inf"), 86400.0),
        ("999999999999999999", 86400.0),
        # nothing left
        (0, 0.0),
        ("0", 0.0),
        (-1, -1.0),
        ("-1", -1.0),
        (-(10**400), -1e18),
        (float("-inf"), -1e18),
        # what is no number says nothing
        (None, 1800.0),
        (True, 1800.0),
        (False, 1800.0),
        (float("nan"), 1800.0),
        ("", 1800.0),
        ("s", 1800.0),
        (".5", 1800.0),
        ("5.", 1800.0),
        ("1e3", 1800.0),
        ("600  s", 1800.0),
        ("600ms", 1800.0),
        ("600 s x", 1800.0),
        ("6 0", 1800.0),
        ("--1", 1800.0),
        ("sechzig", 1800.0),
        ("\u0663\u0660", 1800.0),  # digits of another script
        ("1" * 19, 1800.0),
        ("1" * 5000, 1800.0),
        ("600." + "0" * 19, 1800.0),
        ([3600], 1800.0),
        ({}, 1800.0),
        (b"3600", 1800.0),
    ],
)
def test_the_lifetime_is_what_expires_in_says_when_that_is_a_number(
    expires_in: object, seconds: float
) -> None:
    assert lifetime_of(expires_in, {}) == seconds


def test_a_number_that_no_float_can_hold_is_cut() -> None:
    assert [number_in(it) for it in (10**400, -(10**400), 10**18, 1)] == [1e18, -1e18, 1e18, 1.0]


@pytest.mark.parametrize(
    ("claims", "seconds"),
    [
        ({"iat": 1000, "exp": 1600}, 600.0),
        ({"iat": 1000.5, "exp": 1600.0}, 599.5),
        ({"iat": "1000", "exp": "1600"}, 600.0),
        ({"iat": 1000, "exp": 10**400}, 86400.0),
        ({"iat": 1600, "exp": 1000}, 1800.0),
        ({"iat": 1000, "exp": 1000}, 1800.0),
        ({"iat": 1000, "exp": 1001}, 1.0),
        ({"exp": 1600}, 1800.0),
        ({"iat": 1000}, 1800.0),
        ({"iat": True, "exp": 1600}, 1800.0),
        ({"iat": None, "exp": []}, 1800.0),
        ({}, 1800.0),
    ],
)
def test_without_expires_in_the_claims_of_the_jwt_say_how_long_it_is_valid(
    claims: dict[str, Any], seconds: float
) -> None:
    assert lifetime_of(None, claims) == seconds


NOW = 1_800_000_000.0
DAY = 86400.0


@pytest.mark.parametrize(
    ("expires_in", "iat", "exp", "seconds"),
    [
        (60, -1, 1800, 60.0),  # expires_in is the least
        ("3600", 0, 1800, 1800.0),  # Talend's example, beside a token of half an hour
        (86400, 0, 600, 600.0),
        (1_800_000, 0, 1800, 1800.0),  # milliseconds
        (NOW + 1800, 0, 1800, 1800.0),  # an epoch
        (0, 0, 1800, 0.0),
        (None, 0, 1800, 1800.0),
        (None, -59, 1741, 1800.0),  # new, seen by a clock that is a little ahead
        (None, -60, 1740, 1800.0),
        (None, -61, 1739, 1739.0),  # not new: what is left of it
        (None, -1700, 100, 100.0),
        (1800, -1700, 100, 100.0),
        (50, -1700, 100, 50.0),
        (None, None, 600, 600.0),  # it does not say when it was issued
        (3600, None, 600, 600.0),
        (300, None, 600, 300.0),
        (None, 700, 600, 600.0),  # an `iat` that cannot be
        (None, NOW * 999, 600, 600.0),  # in milliseconds
        (None, 3000, 4800, 1800.0),  # this machine's clock is behind
        (None, None, 10 * DAY, DAY),
    ],
)
def test_the_lifetime_is_the_least_of_what_the_response_says(
    expires_in: object, iat: float | None, exp: float, seconds: float
) -> None:
    claims = {"exp": NOW + exp} | ({} if iat is None else {"iat": NOW + iat})

    assert lifetime_of(expires_in, claims, now=NOW, server_now=NOW) == seconds
    assert lifetime_of(expires_in, claims, now=NOW) == seconds
    assert lifetime_of(expires_in, claims, server_now=NOW) == seconds


@pytest.mark.parametrize(
    ("ahead", "with_date", "without_date"),
    [
        (-DAY, 1800.0, 1800.0),
        (59, 1800.0, 1800.0),
        (300, 1500.0, 1500.0),  # shorter than it is: a few more requests
        (1799, 1.0, 1.0),
        (1800, 1800.0, 1800.0),  # over by this clock, although just sent: the clock is wrong
        (DAY, 1800.0, 1800.0),
    ],
)
def test_a_clock_that_is_wrong_makes_no_new_token_useless(
    ahead: float, with_date: float, without_date: float
) -> None:
    claims = {"iat": NOW, "exp": NOW + 1800}

    assert lifetime_of(None, claims, now=NOW + ahead, server_now=NOW) == with_date
    assert lifetime_of(None, claims, now=NOW + ahead) == without_date


@pytest.mark.parametrize(
    ("local", "left"), [(0.0, -100.0), (DAY, -100.0), (-DAY, -100.0), (-1850.0, -100.0)]
)
def test_a_token_that_is_over_by_the_servers_clock_has_expired_whatever_ours_says(
    local: float, left: float
) -> None:
    claims = {"iat": NOW - 1900, "exp": NOW - 100}

    assert lifetime_of(1800, claims, now=NOW + local, server_now=NOW) == left


@pytest.mark.parametrize(
    ("value", "claims"),
    [
        (jwt({"sub": "a@clients", "exp": 5}), {"sub": "a@clients", "exp": 5}),
        (jwt({"name": "é" * 3}), {"name": "é" * 3}),
        (jwt(["no", "object"]), {}),
        ("a.b", {}),
        ("opaque", {}),
        ("a.%%%.c", {}),
        ("a.b.c.d", {}),
        (jwt({"k": "???>>>~~~"}), {"k": "???>>>~~~"}),  # with - and _ in base64
        ("a." + base64.urlsafe_b64encode(b"\xff\xfe").decode() + ".c", {}),
        ("a." + base64.urlsafe_b64encode(b"[" * 100_000).decode() + ".c", {}),
        ("..", {}),
    ],
)
def test_the_claims_are_read_from_a_jwt_and_empty_for_anything_else(
    value: str, claims: dict[str, Any]
) -> None:
    assert claims == claims_of(value)
    assert claims == AccessToken(value, expires_in=1, requested=Instant(0, 0)).claims


def test_claims_of_any_length_are_read() -> None:
    for length in range(12):
        claims = {"k": "x" * length}
        assert claims_of(jwt(claims)) == claims
        assert claims_of(f"h.{jwt(claims).split('.')[1]}.") == claims


@pytest.mark.parametrize(
    ("wall", "monotonic", "age"),
    [
        (1100.0, 150.0, 100.0),
        (3000.0, 50.1, 2000.0),  # suspended, or set forward
        (-2600.0, 150.0, 100.0),  # set back
        (1000.0, 50.0, 0.0),
    ],
)
def test_age_is_what_the_faster_of_both_clocks_says(
    wall: float, monotonic: float, age: float
) -> None:
    assert age == token().age(Instant(wall, monotonic))


def test_a_token_says_when_it_was_issued_and_when_it_ends() -> None:
    assert (
        token().issued_at,
        token().expires_at,
        token().token_type,
    ) == (1000.0, 2800.0, "Bearer")
    assert f"Bearer {CANARY}" == token().authorization


def test_a_token_shows_itself_in_no_text() -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        shown = [repr(token()), str(token()), f"{token()}", f"{token():>60}", "%s" % token()]  # noqa: UP031
    assert [str(it.message) for it in warned] == [
        "a token was put into a text, which shows a mask: use its value or authorization"
    ]

    assert not [text for text in shown if CANARY in text]


def test_a_token_does_not_pickle_and_a_copy_of_it_is_itself() -> None:
    one = token()

    with pytest.raises(TypeError, match="pickle the TokenSource") as caught:
        pickle.dumps(one)

    assert CANARY not in str(caught.value)
    assert one is copy.copy(one)
    assert one is copy.deepcopy(one)


def test_two_tokens_are_compared_by_their_value() -> None:
    assert token().same_value(token(expires_in=1.0))
    assert not token().same_value(None)
    assert not token().same_value(AccessToken("other", expires_in=1, requested=Instant(0, 0)))


@pytest.mark.parametrize(
    ("value", "sendable"),
    [
        ("abc.DEF-123_~+/==", True),
        ("", False),
        ("two words", False),
        ("line\n", False),
        ("=", False),
        ("ä", False),
        ("a=b", False),
        (7, False),
        (None, False),
    ],
)
def test_only_a_b64token_can_stand_in_a_header(value: object, sendable: bool) -> None:
    assert sendable == is_b64token(value)
