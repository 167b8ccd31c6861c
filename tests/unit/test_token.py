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
from talend_oauth._token import claims_of, is_sendable, lifetime_of

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
        (1, 1.0),
        (0.5, 0.5),
        # an error of the server, and not a year
        (1e18, 86400.0),
        (10**400, 86400.0),
        (float("inf"), 86400.0),
        ("999999999999999999", 86400.0),
        # what is no positive number says nothing
        (None, 1800.0),
        (0, 1800.0),
        ("0", 1800.0),
        (-1, 1800.0),
        ("-1", 1800.0),
        (True, 1800.0),
        (False, 1800.0),
        (float("nan"), 1800.0),
        (float("-inf"), 1800.0),
        ("", 1800.0),
        (" 60", 1800.0),
        ("1e3", 1800.0),
        ("60.0", 1800.0),
        ("sechzig", 1800.0),
        ("\u0663\u0660", 1800.0),  # digits of another script
        ("1" * 5000, 1800.0),
        ([3600], 1800.0),
        ({}, 1800.0),
        (b"3600", 1800.0),
    ],
)
def test_the_lifetime_is_what_expires_in_says_when_that_is_a_positive_number(
    expires_in: object, seconds: float
) -> None:
    assert seconds == lifetime_of(expires_in, {})


@pytest.mark.parametrize(
    ("claims", "seconds"),
    [
        ({"iat": 1000, "exp": 1600}, 600.0),
        ({"iat": 1000.5, "exp": 1600.0}, 599.5),
        ({"iat": 1000, "exp": 10**400}, 86400.0),
        ({"iat": 1600, "exp": 1000}, 1800.0),
        ({"iat": 1000, "exp": 1000}, 1800.0),
        ({"exp": 1600}, 1800.0),
        ({"iat": 1000}, 1800.0),
        ({"iat": True, "exp": 1600}, 1800.0),
        ({"iat": None, "exp": []}, 1800.0),
        ({}, 1800.0),
    ],
)
def test_without_expires_in_the_claims_of_the_jwt_say_how_long_it_lives(
    claims: dict[str, Any], seconds: float
) -> None:
    assert seconds == lifetime_of(None, claims)


def test_expires_in_outranks_the_claims() -> None:
    assert lifetime_of("60", {"iat": 0.5, "exp": 600}) == 60.0


@pytest.mark.parametrize(
    ("value", "claims"),
    [
        (jwt({"sub": "a@clients", "exp": 5}), {"sub": "a@clients", "exp": 5}),
        (jwt({"name": "é" * 3}), {"name": "é" * 3}),
        (jwt(["no", "object"]), {}),
        ("a.b", {}),
        ("opaque", {}),
        ("a.%%%.c", {}),
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
    ],
)
def test_only_a_b64token_can_stand_in_a_header(value: str, sendable: bool) -> None:
    assert sendable == is_sendable(value)
