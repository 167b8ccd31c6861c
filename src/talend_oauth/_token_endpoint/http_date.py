"""HTTP dates, in `Retry-After` and `Date` (RFC 9110, sections 5.6.7 and 10.2.3)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from email.utils import parsedate_to_datetime

from talend_oauth._policy import LONGEST_PAUSE


def parse_http_date(text: str) -> float | None:
    """Return seconds since the epoch, or None when the text is not a date."""
    with suppress(ValueError, OverflowError):
        # the longest form of the RFC has 33 characters
        moment = parsedate_to_datetime(text if len(text) <= 64 else "")
        # asctime has no zone; HTTP dates are in UTC
        return moment.replace(tzinfo=moment.tzinfo or dt.UTC).timestamp()
    return None


def parse_retry_after(text: str, now: float) -> float | None:
    """Return the seconds that a `Retry-After` asks to wait, from 0 to 3600; None if unreadable.

    Args:
        text: Value of the header: seconds, or an HTTP date.
        now: Seconds since the epoch, by the clock that the date was made with.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE)
    moment = parse_http_date(text)
    return None if moment is None else min(max(0.0, moment - now), LONGEST_PAUSE)
