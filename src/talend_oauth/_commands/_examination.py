"""The steps of `talend-oauth doctor`: each looks at one thing that a token needs."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, cast

import httpx

from talend_oauth._lifecycle.source import TokenSource
from talend_oauth._token_endpoint.http_date import parse_http_date
from talend_oauth._token_endpoint.proxy import shown_proxy
from talend_oauth._token_endpoint.tls import tls_context
from talend_oauth._token_endpoint.unreachable import unreachable
from talend_oauth.errors import (
    PermissionDeniedError,
    TalendOAuthError,
    UnexpectedResponseError,
    UnreachableError,
)
from talend_oauth.integrations.httpx import client

from .decode import life_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talend_oauth._settings.settings import Settings

    Facts = dict[str, object]

_TIMEOUT = 5.0
_SLOW_CLOCK = 30.0  # seconds; tokens bear more, but something is wrong with the clock
_PERMISSIONS = "https://talend.cloud/permissions"


class Finding:
    """What a step found.

    Attributes:
        step: Name of the step.
        state: `ok`, `warn`, `skip` or `fail`.
        detail: In a sentence.
        facts: The same for machines.
        error: Why it failed, or None.
    """

    __slots__ = ("detail", "error", "facts", "state", "step")

    def __init__(
        self,
        step: str,
        state: str,
        detail: str,
        facts: Facts | None = None,
        error: TalendOAuthError | None = None,
    ) -> None:
        self.step = step
        self.state = state
        self.detail = detail
        self.facts = facts or {}
        self.error = error


def examine(read_settings: Callable[[], Settings]) -> Iterator[Finding]:
    """Yield the finding of each step; nothing after the first that failed.

    Args:
        read_settings: Returns the settings, or raises what is wrong with them.
    """
    examination = _Examination(read_settings)
    for step in ("settings", "dns", "tls", "token", "claims", "clock", "whoami"):
        look: Callable[[], Finding] = getattr(examination, f"look_at_{step}")
        try:
            finding = look()
        except TalendOAuthError as error:
            finding = Finding(step, "fail", error.message, error=error.copy())
        yield finding
        if finding.state == "fail":
            return


class _Examination:
    def __init__(self, read_settings: Callable[[], Settings]) -> None:
        self._read_settings = read_settings
        self._settings: Settings
        self._url = httpx.URL("")
        self._source: TokenSource
        self._answer: httpx.Response | None = None
        self._offset: float | None = None

    def look_at_settings(self) -> Finding:
        settings = self._settings = self._read_settings()
        self._source = TokenSource(settings)
        self._url = httpx.URL(settings.api_url or "")
        if settings.secret is not None:
            settings.secret.read(settings.client_id)
        shown = {
            "client_id": settings.shown_id,
            "client_secret": "***",
            "access_token": "***",
            "region": settings.api_url,
            "api_url": settings.api_url,
            "audience": settings.audience,
        }
        facts: Facts = {
            name: {"value": shown.get(name), "from": origin}
            for name, origin in settings.origins.items()
        }
        facts["api_url"] = facts.get("api_url") or {"value": settings.api_url, "from": "region"}
        detail = "; ".join(
            f"{name} {shown.get(name)} ({origin})" for name, origin in settings.origins.items()
        )
        return Finding("settings", "ok", f"{detail}; version {settings.talend_version}", facts)

    def look_at_dns(self) -> Finding:
        if not self._url.host:
            return Finding("dns", "skip", "a ready token names no region")
        proxy = shown_proxy(str(self._url))
        if proxy:
            return Finding("dns", "skip", f"left to the proxy {proxy}", {"proxy": proxy})
        failure = None
        try:
            found = socket.getaddrinfo(self._url.host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            failure = error
        else:
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            shown = ", ".join(addresses[:3]) + (", ..." if len(addresses) > 3 else "")
            return Finding("dns", "ok", f"{self._url.host} is {shown}", {"addresses": addresses})
        raise self._unreachable(failure)

    def look_at_tls(self) -> Finding:
        if self._url.scheme != "https":
            return Finding("tls", "skip", "plain http to this machine" if self._url.host else "")
        if shown_proxy(str(self._url)):
            return Finding("tls", "skip", "through the proxy, with the token")
        failure = None
        context = tls_context(str(self._url))
        try:
            with (
                socket.create_connection((self._url.host, self._port), _TIMEOUT) as plain,
                context.wrap_socket(plain, server_hostname=self._url.host) as secured,
            ):
                version = secured.version()
                ends = str((secured.getpeercert() or {}).get("notAfter", ""))
        except OSError as error:
            failure = error
        else:
            facts: Facts = {"version": version, "certificate_ends": ends}
            return Finding("tls", "ok", f"{version}, certificate until {ends}", facts)
        raise self._unreachable(failure)

    def look_at_token(self) -> Finding:
        started = time.monotonic()
        token = self._source.token()
        seconds = time.monotonic() - started
        if self._settings.access_token is not None:
            return Finding("token", "ok", "a ready one, not renewed", {"ready": True})
        facts: Facts = {"expires_in": token.expires_in, "seconds": round(seconds, 3)}
        detail = f"issued in {seconds:.2f} s, lives {token.expires_in / 60:g} min"
        return Finding("token", "ok", detail, facts)

    def look_at_claims(self) -> Finding:
        claims = self._source.token().claims
        if not claims:
            return Finding("claims", "skip", "the token is opaque: no JWT")
        names = [str(name) for name in _list(claims.get(_PERMISSIONS))]
        detail = (
            f"unverified; {life_of(claims, time.time())}; subject {claims.get('sub')}; "
            f"permissions: {', '.join(names) or 'none listed'}"
        )
        return Finding("claims", "ok", detail, {"claims": dict(claims), "permissions": names})

    def look_at_clock(self) -> Finding:
        if not self._url.host:
            return Finding("clock", "skip", "no region, no server to compare with")
        self._ask_who()
        if self._offset is None:
            return Finding("clock", "skip", "the server sends no date")
        direction = "ahead of" if self._offset > 0 else "behind"
        # A Date header is cut to whole seconds.
        detail = (
            "as the server's"
            if abs(self._offset) < 2
            else f"{abs(self._offset):.0f} s {direction} the server's"
        )
        state = "ok" if abs(self._offset) < _SLOW_CLOCK else "warn"
        return Finding("clock", state, detail, {"offset": round(self._offset, 1)})

    def look_at_whoami(self) -> Finding:
        if self._answer is None:
            return Finding("whoami", "skip", "no region, no API to ask")
        if self._answer.status_code in (401, 403):
            raise PermissionDeniedError(
                f"{self._url} answered {self._answer.status_code} to GET /account/me.",
                hint="A token was issued, but this API does not take it: check the account's "
                "permissions, the audience and the tenant's IP allowlist.",
                status=self._answer.status_code,
            )
        account = _object(self._answer)
        if self._answer.status_code != 200 or account is None:
            raise UnexpectedResponseError(
                f"{self._url} answered {self._answer.status_code} to GET /account/me, "
                f"{'without' if account is None else 'with'} a JSON object.",
                hint="Check TALEND_API_URL, and look for a proxy in between.",
                status=self._answer.status_code,
            )
        facts = {name: account.get(name) for name in ("type", "id", "name")}
        return Finding("whoami", "ok", f"{facts['name']} ({facts['type']}, {facts['id']})", facts)

    @property
    def _port(self) -> int:
        return self._url.port or 443

    def _unreachable(self, error: OSError) -> UnreachableError:
        return unreachable(error, self._settings, _TIMEOUT)

    def _ask_who(self) -> None:
        failure = None
        started = time.time()
        try:
            with client(self._source) as talend:
                self._answer = talend.get("/account/me", timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            failure = unreachable(error, self._settings, _TIMEOUT)
        if self._answer is None:
            raise failure or UnreachableError("There was no answer.")
        date = parse_http_date(self._answer.headers.get("date", ""))
        if date is not None:
            self._offset = (started + time.time()) / 2 - (date + 0.5)


def _list(parsed: object) -> list[object]:
    return list(cast("list[object]", parsed)) if isinstance(parsed, list) else []


def _object(answer: httpx.Response) -> dict[str, object] | None:
    try:
        found: object = answer.json()
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None
