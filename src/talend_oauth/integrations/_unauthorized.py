"""What a 401 from an API means for the token that was sent, whatever the HTTP library."""

from __future__ import annotations

from talend_oauth._clock import now
from talend_oauth._lifecycle.source import internals
from talend_oauth._reporting import logger
from talend_oauth.errors import NotReplayedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from talend_oauth._lifecycle.source import TokenSource
    from talend_oauth._token import AccessToken
    from talend_oauth.errors import TalendOAuthError

UNAUTHORIZED = 401


def discard_refused(source: TokenSource, token: AccessToken, started: float) -> bool:
    """Discard a token that an API refused, and say whether another may fare better.

    It would not if it was issued for this very request, or if a brand-new one was refused as
    well a moment ago: then the reason is another, and asking again would only cost requests.

    Args:
        source: Where the token is from.
        token: The one that was sent.
        started: Monotonic time at which the request was begun.
    """
    inner = internals(source)
    if not inner.cached.is_renewable or token.requested.monotonic >= started:
        return False
    if inner.cached.is_unhelpful(now(inner.clock)):
        return False
    source.discard(token)
    return True


def note_unhelpful(source: TokenSource) -> None:
    """Remember that an API rejected the new token too, so that others are not tried."""
    inner = internals(source)
    inner.cached.note_unhelpful(now(inner.clock))


def not_replayed(host: str) -> NotReplayedError:
    """Return the error for a request whose body is gone."""
    return NotReplayedError(
        f"{host} refused the token (401), and the request's body was streamed, so it cannot be "
        "sent again.",
        hint="Send the request anew: it gets a new token. Give the body as bytes to have this "
        "done for you.",
        status=UNAUTHORIZED,
    )


def not_renewed(error: TalendOAuthError) -> None:
    """Log that an API's 401 stands because no other token could be had."""
    logger().warning("an API refused the token, and no new one came: %s", type(error).__name__)
