"""What can go wrong, as a small tree of exceptions.

    TalendOAuthError
    ├── ConfigurationError            nothing was sent: a setting is missing or wrong
    ├── RefusedError                  the endpoint rejected the request
    │   ├── BadRequestError             400 and every other 4xx: the request itself
    │   ├── InvalidCredentialsError     401: client id or secret
    │   └── PermissionDeniedError       403: permission, allowlist, proxy
    ├── UnavailableError              trying again later may help
    │   ├── UnreachableError            no response: DNS, connection, TLS, proxy, time-out
    │   ├── RateLimitedError            429
    │   └── ServerError                 5xx
    ├── UnexpectedResponseError         a response without a usable token
    └── NotReplayedError              an API rejected a token; the request could not be sent again

Every error carries the same few attributes, pickles, and holds neither the request nor the
response, so that keeping or logging one keeps or logs no secret.

`TalendOAuthWarning` is the category of warnings about settings that were corrected.
"""

from __future__ import annotations

__all__ = ["ConfigurationError", "NotReplayedError", "TalendOAuthError", "TalendOAuthWarning"]
__all__ += ["BadRequestError", "InvalidCredentialsError", "PermissionDeniedError", "RefusedError"]
__all__ += ["RateLimitedError", "ServerError", "UnavailableError", "UnreachableError"]
__all__ += ["UnexpectedResponseError"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class TalendOAuthWarning(UserWarning):
    """A setting was corrected automatically, or is probably wrong."""


class TalendOAuthError(Exception):
    """The base of every error that this library raises.

    Attributes:
        message: What failed, in one sentence.
        hint: What to do next, or an empty string.
        status: HTTP status of the response, or None when there was none.
        retryable: Whether the same request may succeed later.
        retry_after: Seconds that the server asked to wait (RFC 9110, section 10.2.3), or None.
        request_id: The server's identifier of the request, or None.
        detail: What the server said about it, shortened and masked, or None.
    """

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        self.detail = detail

    def __str__(self) -> str:
        """Return at most three lines: what happened, what the server said, what to do next."""
        detail = self.detail and f"Talend said: {self.detail}"
        request_id = self.request_id and f"Request id: {self.request_id}"
        said = ". ".join(filter(None, (detail, request_id)))
        return "\n".join(filter(None, (self.message, said, self.hint)))

    def copy(self) -> Self:
        """Return an equal error without a traceback, for another caller to raise."""
        error = type(self)(self.message)
        for name, value in vars(self).items():
            # A list of its own: a note for one caller is not one for the others.
            setattr(error, name, list(value) if name == "__notes__" else value)
        return error

    def with_attempts(self, tries: int, seconds: float) -> Self:
        """Return an equal error that also says how many attempts were made.

        Args:
            tries: How many requests were sent.
            seconds: From the first to the end of the last, waiting included.
        """
        error = self.copy()
        if tries > 1:
            error.message += f" Tried {tries} times in {seconds:.1f} s."
        return error


class ConfigurationError(TalendOAuthError):
    """A setting is missing, contradictory or cannot be right. Nothing was sent."""


class RefusedError(TalendOAuthError):
    """The endpoint rejected the request: trying again will not help."""


class BadRequestError(RefusedError):
    """The endpoint rejected the request itself (400, 404, 405, 415 or another 4xx)."""


class InvalidCredentialsError(RefusedError):
    """The client id or the secret is wrong (401)."""


class PermissionDeniedError(RefusedError):
    """The service account may not do this, or may not do it from here (403)."""


class UnavailableError(TalendOAuthError):
    """Temporary failure: trying again may help."""

    retryable = True


class UnreachableError(UnavailableError):
    """No response came: DNS, connection, TLS, proxy or time-out."""


class RateLimitedError(UnavailableError):
    """Too many requests (429)."""


class ServerError(UnavailableError):
    """The server failed (5xx)."""


class UnexpectedResponseError(TalendOAuthError):
    """A response came, but without a usable token."""


class NotReplayedError(TalendOAuthError):
    """An API responded 401, and the request could not be sent again: its body was a stream.

    The rejected token is discarded, so that sending the request again uses a new one.
    """

    retryable = True
