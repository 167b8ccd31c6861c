"""Maps responses without a usable token to errors: what failed, probable cause, next step.

Pure: a response and the settings in, an error out. docs/errors.md shows the messages.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING

from talend_oauth import errors
from talend_oauth._settings.regions import qlik_mix_up

from .masking import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talend_oauth._settings.settings import Settings

DETAIL_FIELDS = ("error", "title", "message", "detail", "error_description")
CHECK_URL = (
    "Check that TALEND_API_URL is Talend's API. A proxy or a login page may respond in its place."
)
_GRANT = (
    "Grant it Service Account - Manage (TMC_SERVICE_ACCOUNT_MANAGEMENT), then get a NEW token "
    "(`talend-oauth token --refresh`, `TokenSource.refresh()`): permissions are fixed when a token "
    "is issued. Check the tenant's IP allowlist."
)


class ResponseSummary(SimpleNamespace):
    """The parts of a response that an error needs, masked, without its body.

    Attributes:
        status: HTTP status.
        media_type: Of the body, lower case, without parameters.
        location: Target of a redirect, or an empty string.
        retry_after: Seconds that the server asks to wait, or None.
        request_id: The server's identifier of the request, from a header.
        fields: The members of an error body: texts, under the document's names.
    """

    status: int
    media_type: str = ""
    location: str = ""
    retry_after: float | None = None
    request_id: str = ""
    fields: Mapping[str, str] = {}

    @property
    def is_json(self) -> bool:
        """Whether the media type is JSON (RFC 8259) or one built on it (RFC 6839)."""
        return self.media_type == "application/json" or self.media_type.endswith("+json")

    def __str__(self) -> str:
        """Return the status with its name, and the media type unless it is JSON."""
        name = next((f" {it.phrase}" for it in HTTPStatus if it == self.status), "")
        media_type = f", {self.media_type}" if self.media_type and not self.is_json else ""
        return f"{self.status}{name}{media_type}"


def error_for(
    response: ResponseSummary, settings: Settings, problem: str = "", hint: str = CHECK_URL
) -> errors.TalendOAuthError:
    """Return the error for a response without a usable token.

    Args:
        response: What came.
        settings: What was asked, for the message.
        problem: What the server did, if the status does not say it: in words that continue a
            sentence, and nothing of the body.
        hint: The next step after such a problem.
    """
    host, status, said = settings.api_url, response.status, response.fields
    kind: type[errors.TalendOAuthError] = errors.UnexpectedResponseError
    message = f"{host} {problem or f'responded with {response} instead of a token'}."
    is_same = settings.audience.rstrip("/") == host
    differ = "" if is_same else f"The audience {settings.audience} and the host {host} differ."
    # RFC 6749, section 5.2
    if status == 401 or said.get("error") in ("invalid_client", "unauthorized_client"):
        kind = errors.InvalidCredentialsError
        message = f"{host} rejected the client ID {settings.shown_id!r} or its secret ({status})."
        region = re.fullmatch(r"https://api\.([a-z0-9-]+)\.cloud\.talend\.com", host or "")
        hint = (
            f"{differ} Check both, and that the service account belongs to "
            f"{f'region {region[1]!r}' if region else 'this region'} (see your portal's URL, or "
            f"`talend-oauth regions`). {qlik_mix_up(host)} Personal access tokens and Qlik OAuth "
            "clients do not work here."
        )
    elif status == 403 and not response.is_json:
        kind = errors.PermissionDeniedError
        message = f"{host} denied the request ({response}). This is probably not Talend itself."
        hint = "Check for a proxy or firewall in between, the tenant's IP allowlist, and the host."
    elif status == 403:
        kind, account = errors.PermissionDeniedError, settings.shown_id
        message = f"The service account {account!r} may not get a token from {host} (403)."
        hint = f"{differ} {_GRANT}"
    elif status == 429:
        kind, message = errors.RateLimitedError, f"Too many token requests to {host} (429)."
        hint = "Reuse one TokenSource per process. Share tokens between processes with a store."
    elif status >= 500:
        kind, message = errors.ServerError, f"{host} failed ({response})."
        hint = "Try again later. Talend's status page may report an outage."
    elif status >= 400:
        kind, message = errors.BadRequestError, f"{host} rejected the request ({response})."
        hint = f"Check the audience, which was {settings.audience}."
        if status in {404, 405}:
            hint = "Check TALEND_API_URL: it has to be the base URL of a region's API."
    elif status >= 300:
        found = re.match(r"(?:[A-Za-z][\w+.-]*:)?//(?:[^/?#@]*@)?([^/?#@]+)", response.location)
        target = found[1] if found else "the same host"
        message = (
            f"{host} redirected the request ({status}) to {target}. The redirect was not "
            "followed, because the secret is for this host only."
        )
        hint = (
            "Set TALEND_REGION or TALEND_API_URL to the API itself, not to a proxy or login page."
        )
    details = dict.fromkeys(said.get(name, "") for name in DETAIL_FIELDS)
    return kind(
        message,
        hint=" ".join(hint.split()),
        status=status,
        retry_after=response.retry_after,
        request_id=said.get("requestId") or response.request_id or None,
        detail=shortened(": ".join(filter(None, details))) or None,
    )
