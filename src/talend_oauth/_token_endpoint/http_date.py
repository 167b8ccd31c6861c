"""HTTP dates, in `Retry-After` and `Date` (RFC 9110, sections 5.6.7 and 10.2.3).

The only importer of python-dateutil, which reads all three forms of the RFC; it is imported when
the first date arrives, because most runs never see one.
"""

from __future__ import annotations

from talend_oauth._imports import IMPORTING


def parse_http_date(text: str) -> float | None:
    """Return seconds since the epoch, or None when the text is no date."""
    import datetime as dt

    with IMPORTING:
        from dateutil import parser

    try:
        moment = parser.parse(text)
        if moment.tzinfo is None:  # asctime has no zone; HTTP dates are in UTC
            moment = moment.replace(tzinfo=dt.UTC)
        return moment.timestamp()
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None


def parse_retry_after(text: str, wall: float) -> float | None:
    """Return the seconds that a `Retry-After` asks to wait, never negative; None if unreadable.

    Args:
        text: Value of the header: seconds, or an HTTP date.
        wall: The time now, in seconds since the epoch.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    # Words that a lenient parser takes for today at some hour are no HTTP date.
    moment = parse_http_date(text) if len(text) >= len("Sun Nov  6 08:49:37 1994") else None
    return None if moment is None else max(0.0, moment - wall)
