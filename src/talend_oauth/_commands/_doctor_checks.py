"""Checks of `talend-oauth doctor`: each looks at one thing that a token needs."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, cast

import httpx

from talend_oauth._lifecycle.source import TokenSource
from talend_oauth._token_endpoint.connection import shown_proxy, tls_context
from talend_oauth._token_endpoint.http_date import parse_http_date
from talend_oauth._token_endpoint.unreachable import unreachable
from talend_oauth.errors import (
    PermissionDeniedError,
    TalendOAuthError,
    UnexpectedResponseError,
    UnreachableError,
)
from talend_oauth.integrations.httpx import client

from .decode import expiry_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talend_oauth._reporting import Event
    from talend_oauth._settings.settings import Settings

    Facts = dict[str, object]

_TIMEOUT = 5.0
_CLOCK_TOLERANCE = 30.0  # seconds; tokens tolerate more, but something is wrong with the clock
_PERMISSIONS = "https://talend.cloud/permissions"


class CheckResult:
    """Result of a check.

    Attributes:
        step: Name of the check.
        state: `ok`, `warn`, `skip` or `fail`.
        detail: A sentence.
        facts: The same for programs.
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


def run_checks(
    read_settings: Callable[[], Settings], on_event: Callable[[Event], object] | None = None
) -> Iterator[CheckResult]:
    """Yield the result of each check; nothing after the first that fails.

    Args:
        read_settings: Returns the settings, or raises what is wrong with them.
        on_event: Called with each event of the token.
    """
    checks = _Checks(read_settings, on_event)
    for step, check in (
        ("settings", checks.check_settings),
        ("dns", checks.check_dns),
        ("tls", checks.check_tls),
        ("token", checks.check_token),
        ("claims", checks.check_claims),
        ("clock", checks.check_clock),
        ("whoami", checks.check_whoami),
    ):
        try:
            result = check()
        except TalendOAuthError as error:
            result = CheckResult(step, "fail", error.message, error=error.copy())
        yield result
        if result.state == "fail":
            return


class _Checks:
    def __init__(
        self,
        read_settings: Callable[[], Settings],
        on_event: Callable[[Event], object] | None,
    ) -> None:
        self._read_settings = read_settings
        self._on_event = on_event
        self._settings: Settings
        self._url = httpx.URL("")
        self._source: TokenSource
        self._response: httpx.Response | None = None
        self._offset: float | None = None

    def check_settings(self) -> CheckResult:
        settings = self._settings = self._read_settings()
        self._source = TokenSource(settings, on_event=self._on_event)
        self._url = httpx.URL(settings.api_url or "")
        shown = {
            "client_id": settings.shown_id,
            "client_secret": "***",
            "access_token": "***",
            "region": settings.api_url,
            "api_url": settings.api_url,
            "audience": settings.audience,
            "talend_version": settings.talend_version,
        }
        facts: Facts = {
            name: {"value": shown.get(name), "from": origin}
            for name, origin in settings.origins.items()
        }
        facts["api_url"] = facts.get("api_url") or {"value": settings.api_url, "from": "region"}
        detail = "; ".join(
            f"{name} {shown.get(name)} ({origin})" for name, origin in settings.origins.items()
        )
        return CheckResult("settings", "ok", f"{detail}; version {settings.talend_version}", facts)

    def check_dns(self) -> CheckResult:
        if not self._url.host:
            return CheckResult("dns", "skip", "no region is set, and the token needs none")
        proxy = shown_proxy(str(self._url))
        if proxy:
            return CheckResult("dns", "skip", f"left to the proxy {proxy}", {"proxy": proxy})
        failure = None
        try:
            found = socket.getaddrinfo(self._url.host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            failure = error
        else:
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
            shown = ", ".join(addresses[:3]) + (", ..." if len(addresses) > 3 else "")
            detail = f"{self._url.host} is {shown}"
            return CheckResult("dns", "ok", detail, {"addresses": addresses})
        raise self._unreachable(failure)

    def check_tls(self) -> CheckResult:
        if self._url.scheme != "https":
            detail = "plain http to this machine" if self._url.host else ""
            return CheckResult("tls", "skip", detail)
        if shown_proxy(str(self._url)):
            return CheckResult("tls", "skip", "through the proxy, with the token")
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
            return CheckResult("tls", "ok", f"{version}, certificate until {ends}", facts)
        raise self._unreachable(failure)

    def check_token(self) -> CheckResult:
        started = time.monotonic()
        token = self._source.token()
        seconds = time.monotonic() - started
        if self._settings.access_token is not None:
            return CheckResult("token", "ok", "given, and not refreshed", {"ready": True})
        facts: Facts = {"expires_in": token.expires_in, "seconds": round(seconds, 3)}
        detail = f"issued in {seconds:.2f} s, valid for {token.expires_in / 60:g} min"
        return CheckResult("token", "ok", detail, facts)

    def check_claims(self) -> CheckResult:
        claims = self._source.token().claims
        if not claims:
            return CheckResult("claims", "skip", "the token is opaque, not a JWT")
        names = [str(name) for name in _list(claims.get(_PERMISSIONS))]
        detail = (
            f"unverified; {expiry_words(claims, time.time())}; subject {claims.get('sub')}; "
            f"permissions: {', '.join(names) or 'none listed'}"
        )
        return CheckResult("claims", "ok", detail, {"claims": dict(claims), "permissions": names})

    def check_clock(self) -> CheckResult:
        if not self._url.host:
            return CheckResult("clock", "skip", "no region, no server to compare with")
        self._ask_who()
        if self._offset is None:
            return CheckResult("clock", "skip", "the server sends no date")
        direction = "ahead of" if self._offset > 0 else "behind"
        # A Date header is cut to whole seconds.
        detail = (
            "as the server's"
            if abs(self._offset) < 2
            else f"{abs(self._offset):.0f} s {direction} the server's"
        )
        state = "ok" if abs(self._offset) < _CLOCK_TOLERANCE else "warn"
        return CheckResult("clock", state, detail, {"offset": round(self._offset, 1)})

    def check_whoami(self) -> CheckResult:
        if self._response is None:
            return CheckResult("whoami", "skip", "no region, no API to ask")
        status = self._response.status_code
        if status in (401, 403):
            raise PermissionDeniedError(
                f"{self._url} rejected the token: {status} to GET /account/me.",
                hint="The token endpoint issued it, so check the account's permissions, the "
                "audience and the tenant's IP allowlist.",
                status=status,
            )
        account = _object(self._response)
        if status != 200 or account is None:
            raise UnexpectedResponseError(
                f"{self._url} responded to GET /account/me with {status}, "
                f"{'without' if account is None else 'with'} a JSON object.",
                hint="Check TALEND_API_URL, and look for a proxy in between.",
                status=status,
            )
        facts = {name: account.get(name) for name in ("type", "id", "name")}
        detail = f"{facts['name']} ({facts['type']}, {facts['id']})"
        return CheckResult("whoami", "ok", detail, facts)

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
                self._response = talend.get("/account/me", timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            failure = unreachable(error, self._settings, _TIMEOUT)
        if self._response is None:
            raise failure or UnreachableError("There was no response.")
        date = parse_http_date(self._response.headers.get("date", ""))
        if date is not None:
            self._offset = (started + time.time()) / 2 - (date + 0.5)


def _list(parsed: object) -> list[object]:
    return list(cast("list[object]", parsed)) if isinstance(parsed, list) else []


def _object(response: httpx.Response) -> dict[str, object] | None:
    try:
        found: object = response.json()
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", found) if isinstance(found, dict) else None
