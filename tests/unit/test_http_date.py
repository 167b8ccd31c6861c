"""Dates in headers: every form of the RFC is read, and nothing else does any harm."""

from __future__ import annotations

import time
import warnings
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from talend_oauth._token_endpoint.http_date import parse_http_date, parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 784111777.0  # the RFC's own example: Sun, 06 Nov 1994 08:49:37 GMT


@pytest.fixture(params=["UTC", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let this machine be in a zone, where the system knows zones."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system sets no zones")
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", NOW),  # IMF-fixdate
        ("Sunday, 06-Nov-94 08:49:37 GMT", NOW),  # RFC 850
        ("Sun Nov  6 08:49:37 1994", NOW),  # asctime, which has no zone
        ("Sun, 06 Nov 1994 08:49:37 XYZ", NOW),
        ("Sun, 06 Nov 1994 09:49:37 +0100", NOW),
        ("no date", None),
        ("", None),
        ("10:30", None),
        ("next year, perhaps in the spring", None),
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", None),
        ("999999999999999999999999999999 Nov 08:49:37 06 ::", None),
        ("9" * 30 + " h 1994 //", None),
        ("Sun, 06 Nov 1994 08:49:37 +9999999999", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT" + " " * 35, NOW),
        ("Sun, 06 Nov 1994 08:49:37 GMT" + " " * 36, None),  # longer than any date
        ("Sun, " * 15_000, None),
    ],
)
def test_a_date_is_seconds_since_the_epoch_and_anything_else_is_none(
    text: str, moment: float | None
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_http_date(text) == moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("007", 7.0),
        ("3599", 3599.0),
        ("3601", 3600.0),
        ("9" * 60_000, 3600.0),
        ("000000120", 120.0),
        ("000000000120", 0.0),  # nine digits are read
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120.0),
        ("Sunday, 06-Nov-94 08:51:37 GMT", 120.0),
        ("Sun Nov  6 08:51:37 1994", 120.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 1994 07:49:37 GMT", 0.0),  # passed
        ("Sun, 06 Nov 2994 08:49:37 XYZ", 3600.0),
        (formatdate(NOW + 5, usegmt=True), 5.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("10:30", None),
        ("\u0665", None),  # a digit of another script
        ("\u00b2", None),
        ("9999999999999999999999999999 h 1994 //", None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_each_form_of_an_http_date(
    text: str, seconds: float | None
) -> None:
    assert parse_retry_after(text, NOW) == seconds
