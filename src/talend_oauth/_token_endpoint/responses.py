"""What an answer that holds no token means, in words: happened, probable cause, next step.

Pure: an answer and the question in, an error out. The causes are those that users of the
endpoint meet most; see the table of failures in docs/.
"""

from __future__ import annotations

import re

from talend_oauth._settings.regions import qlik_mix_up
from talend_oauth.errors import (
    BadRequestError,
    InvalidCredentialsError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)

from .masking import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict

    from talend_oauth._settings.settings import Settings
    from talend_oauth.errors import TalendOAuthError

    class _Common(TypedDict):
        status: int
        retry_after: float | None
        request_id: str | None
        detail: str | None


_LONGEST_DETAIL = 200
_OAUTH_REFUSALS = frozenset({"invalid_client", "unauthorized_client"})


class Answer:
    """The parts of an answer that matter, masked, without its body.

    Args:
        status: HTTP status.
        media_type: Of the body, lower case, without parameters.
        location: Where a redirect points, else an empty string.
        retry_after: Seconds that the server asks to wait, or None.
        request_id: The server's identifier of the request, from a header.
        fields: The known members of an error body, texts only.
    """

    __slots__ = ("fields", "location", "media_type", "request_id", "retry_after", "status")

    def __init__(
        self,
        status: int,
        *,
        media_type: str = "",
        location: str = "",
        retry_after: float | None = None,
        request_id: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.media_type = media_type
        self.location = location
        self.retry_after = retry_after
        self.request_id = request_id
        self.fields = fields or {}

    @property
    def is_json(self) -> bool:
        """Whether the media type is JSON (RFC 8259) or one built on it (RFC 6839)."""
        return self.media_type == "application/json" or self.media_type.endswith("+json")


def judge(answer: Answer, settings: Settings) -> TalendOAuthError:
    """Return the error for an answer other than 200.

    Args:
        answer: What came.
        settings: What was asked, for the message.
    """
    host = settings.api_url
    common = _common(answer)
    status = answer.status
    if status == 401 or answer.fields.get("error") in _OAUTH_REFUSALS:
        return InvalidCredentialsError(
            f"{host} does not accept the client id {settings.shown_id!r} with this secret "
            f"({status}).",
            hint=_sentences(
                _audience_hint(settings),
                "Check both, and that the account is in this region, which the portal's address "
                "names (talend-oauth regions).",
                qlik_mix_up(host),
                "A personal access token or a Qlik OAuth client is no such pair.",
            ),
            **common,
        )
    if status == 403:
        return _forbidden(answer, settings, common)
    if status == 429:
        return RateLimitedError(
            f"{host} limits the number of requests (429).",
            hint="Keep the token and share it: one TokenSource a process, a store for several.",
            **common,
        )
    if status >= 500:
        return ServerError(
            f"{host} failed to answer ({status}{_not_json(answer)}).",
            hint="Try again later; Talend's status page may know more.",
            **common,
        )
    if status >= 400:
        return BadRequestError(
            f"{host} found the request wrong ({status}{_not_json(answer)}).",
            hint=_wrong_request_hint(status, settings),
            **common,
        )
    if status >= 300:
        return UnexpectedResponseError(
            f"{host} answered with a redirect ({status}) to {_target(answer.location)}, which was "
            "not followed: the secret is for this host only.",
            hint="Set TALEND_REGION or TALEND_API_URL to the API itself, and look for a proxy or a "
            "login page in between.",
            **common,
        )
    return UnexpectedResponseError(
        f"{host} answered {status}{_not_json(answer)}; a token comes with 200.",
        hint="Check that TALEND_API_URL is Talend's API and not something in front of it.",
        **common,
    )


def no_token(answer: Answer, settings: Settings, what: str) -> UnexpectedResponseError:
    """Return the error for a 200 that holds no usable token.

    Args:
        answer: What came.
        settings: What was asked.
        what: What is wrong with it, without any of its content.
    """
    return UnexpectedResponseError(
        f"{settings.api_url} answered 200, but {what}.",
        hint="Check that TALEND_API_URL is Talend's API; a proxy or a login page may answer "
        "in its place.",
        status=answer.status,
        request_id=answer.request_id or None,
    )


def _common(answer: Answer) -> _Common:
    said = ": ".join(
        dict.fromkeys(
            answer.fields[name]
            for name in ("error", "title", "message", "detail", "error_description")
            if answer.fields.get(name)
        )
    )
    return {
        "status": answer.status,
        "retry_after": answer.retry_after,
        "request_id": answer.fields.get("requestId") or answer.request_id or None,
        "detail": shortened(said, _LONGEST_DETAIL) or None,
    }


def _forbidden(answer: Answer, settings: Settings, common: _Common) -> PermissionDeniedError:
    if not answer.is_json:
        return PermissionDeniedError(
            f"{settings.api_url} answered 403{_not_json(answer)}: probably not Talend itself.",
            hint="Look for a proxy or firewall in between, the tenant's IP allowlist, and whether "
            "this is the right host.",
            **common,
        )
    return PermissionDeniedError(
        f"The service account {settings.shown_id!r} may not have a token from "
        f"{settings.api_url} (403).",
        hint=_sentences(
            _audience_hint(settings),
            "Grant it Service Account - Manage (TMC_SERVICE_ACCOUNT_MANAGEMENT), then ask for a "
            "NEW token: permissions are fixed at issue. Check the tenant's IP allowlist.",
        ),
        **common,
    )


def _sentences(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _audience_hint(settings: Settings) -> str:
    if settings.audience.rstrip("/") == settings.api_url:
        return ""
    return f"The audience {settings.audience} and the host {settings.api_url} differ."


def _wrong_request_hint(status: int, settings: Settings) -> str:
    if status in {404, 405}:
        return "Check TALEND_API_URL: it has to be the base of a region's API."
    return f"Check the audience, which was {settings.audience}."


def _not_json(answer: Answer) -> str:
    if answer.is_json or not answer.media_type:
        return ""
    return f", as {answer.media_type} and not JSON"


def _target(location: str) -> str:
    match = re.match(r"(?:[A-Za-z][\w+.-]*:)?//(?:[^/?#@]*@)?([^/?#@]+)", location)
    return match[1] if match else "the same host"
