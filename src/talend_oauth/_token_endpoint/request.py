"""One token request: settings and a secret in, a token or a typed error out.

This is the only module that imports the generated client. It closes what that client leaves open:
limits of time and size, and an error of ours for whatever happens. Generated objects never leave
it.

Errors are returned, not raised: an exception raised inside of an `except` block keeps the other as
its context, and httpx's exceptions hold the request with its `Authorization` header.
"""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import httpx
from talend_oauth_api import Client
from talend_oauth_api.api.tokens import create_token
from talend_oauth_api.models import ErrorBody, TokenRequest, TokenResponse

from talend_oauth._clock import now
from talend_oauth._token import AccessToken, claims_of, is_b64token, lifetime_of
from talend_oauth._version import __version__
from talend_oauth.errors import TalendOAuthError, UnavailableError

from .connection import find_proxy, tls_context
from .http_date import parse_http_date, parse_retry_after
from .masking import Mask
from .responses import CHECK_URL, ResponseSummary, error_for
from .unreachable import unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talend_oauth._clock import Clock
    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings

# The first request would import these. Nothing may be imported during a fetch: a process that is
# forked meanwhile would find the module half made, and its lock held for ever.
for _name in ("anyio", "certifi", "encodings.idna", "h11", "httpcore"):
    import_module(_name)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
LARGEST_BODY = 64 * 1024
LARGEST_TRANSFER = 512 * 1024  # of everything received: headers, 1xx responses, chunk extensions
_UNREADABLE = "its body is not a JSON object with a token"


class _RejectedResponseError(Exception):
    """A response whose body is not read to its end; args[0] says why."""


class Exchange:
    """One token request and its response.

    Args:
        settings: Who asks, where and for what.
        secret: Belongs to `settings.client_id`.
        clock: Stamps the token with the moment of the request.
        seconds: How long it may take in all.

    Source: `createToken` in openapi/talend-oauth.yaml; RFC 6749, section 4.4.
    """

    def __init__(self, settings: Settings, secret: Secret, clock: Clock, seconds: float) -> None:
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._seconds = seconds
        self._requested = now(clock)
        self._deadline = self._requested.monotonic + seconds
        self._transferred = self._status = 0

    def run(self, transport: httpx.BaseTransport | None = None) -> AccessToken | TalendOAuthError:
        """Send the request; return the token, or the error for whatever else happened.

        Args:
            transport: Instead of the network, for tests.

        Raises:
            ConfigurationError: When the environment names certificates or a proxy that cannot be
                used.
        """
        parsed: ErrorBody | TokenResponse | None = None
        problem = _UNREADABLE
        try:
            with self._client(transport) as client:
                parsed = create_token.sync_detailed(
                    client=client,
                    body=TokenRequest(audience=self._settings.audience),
                    talend_version_header=self._settings.talend_version,
                ).parsed
        except _RejectedResponseError as rejected:
            problem = str(rejected)
        except (httpx.HTTPError, OSError) as error:
            if self._status // 100 != 3:  # else httpx may only not like where it points
                return unreachable(error, self._settings, self._seconds)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            if not self._status:  # else it is the body that the generated client cannot read
                raise
        return self._outcome(parsed, problem)

    def _client(self, transport: httpx.BaseTransport | None) -> Client:
        url, limit = self._settings.api_url or "", self._seconds
        return Client(
            base_url=url,
            # A compressed body could be small on the wire and large in memory.
            headers={"Accept-Encoding": "identity", "User-Agent": f"talend-oauth/{__version__}"},
            timeout=httpx.Timeout(min(READ_TIMEOUT, limit), connect=min(CONNECT_TIMEOUT, limit)),
            verify_ssl=tls_context(url),
            httpx_args={
                "auth": httpx.BasicAuth(self._settings.client_id, self._secret.reveal()),
                "event_hooks": {"request": [self._sending], "response": [self._received]},
                "transport": transport,
                "proxy": find_proxy(url) if transport is None else None,
                "trust_env": False,
            },
        )

    def _sending(self, request: httpx.Request) -> None:
        request.extensions["trace"] = self._limit_reads

    def _limit_reads(self, event: str, info: Mapping[str, Any]) -> None:
        """Hold a new connection to the deadline: httpx's time-out is for each read alone."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        stream = info["return_value"]
        read = stream.read

        def limited_read(max_bytes: int, timeout: float | None = None) -> bytes:
            left = self._deadline - self._clock.monotonic()
            if left <= 0:
                raise httpx.ReadTimeout("the deadline has passed")
            data: bytes = read(max_bytes, min(left, timeout or left))
            self._transferred += len(data)
            if self._transferred > LARGEST_TRANSFER:
                raise httpx.RemoteProtocolError("more than a response with a token can be")
            return data

        stream.read = limited_read

    def _received(self, response: httpx.Response) -> None:
        """Keep status and headers, and read the body no further than is safe."""
        self._status = response.status_code
        self._headers: Mapping[str, str] = response.headers
        self._server_now = parse_http_date(response.headers.get("date", ""))
        if response.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
            raise _RejectedResponseError("its body is compressed, which was not asked for")
        body = bytearray()
        with closing(cast("httpx.SyncByteStream", response.stream)) as stream:
            for chunk in stream:
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise _RejectedResponseError("its body is larger than 64 KiB")
                if self._clock.monotonic() > self._deadline:
                    raise httpx.ReadTimeout("the deadline has passed")
        content = bytes(body).removeprefix(b"\xef\xbb\xbf")  # a byte order mark
        if not content.lstrip(b" \t\r\n").startswith(b"{"):
            # The generated client would take a list of pairs for an object.
            raise _RejectedResponseError(_UNREADABLE)
        response.stream = httpx.ByteStream(content)

    def _outcome(self, parsed: object, problem: str) -> AccessToken | TalendOAuthError:
        """Return the token of a response, or the error for one without a usable token."""
        hint, is_page = CHECK_URL, "html" in self._headers.get("content-type", "").lower()
        if self._status != 200:
            problem = ""
        elif is_page or not isinstance(parsed, TokenResponse):
            problem = f"responded with {self._summary(parsed)}, but {problem}"
        # Both are declared as strings, but may be whatever the JSON held.
        elif str(parsed.token_type).lower() != "bearer":
            problem = "returned a token whose token_type is not Bearer"
        elif not is_b64token(parsed.access_token):
            problem = "returned a token that cannot stand in a header (RFC 6750, section 2.1)"
        else:
            claims, requested = claims_of(parsed.access_token), self._requested
            clocks = {"now": requested.wall, "server_now": self._server_now}
            lifetime, moment = lifetime_of(parsed.expires_in, claims, **clocks), now(self._clock)
            token = AccessToken(parsed.access_token, expires_in=lifetime, requested=requested)
            if token.age(moment) < lifetime:
                return token
            if moment.monotonic - requested.monotonic < lifetime:
                what = "While a token was fetched, the clock was set, or the machine suspended."
                return UnavailableError(what, hint="Try again.")
            problem = f"returned a token that had already expired (lifetime {lifetime:g} s)"
            hint = "Check for a slow proxy or network, and for a cache in between."
        return error_for(self._summary(parsed), self._settings, problem, hint)

    def _summary(self, parsed: object) -> ResponseSummary:
        mask, headers = Mask(self._settings.client_id, self._secret), self._headers
        moment = self._server_now or self._clock.wall()
        said = parsed.to_dict() if isinstance(parsed, ErrorBody) else {}
        return ResponseSummary(
            status=self._status,
            media_type=mask(headers.get("content-type", "").partition(";")[0]).lower(),
            location=mask(headers.get("location", "")),
            retry_after=parse_retry_after(headers.get("retry-after", ""), moment),
            request_id=mask(headers.get("x-request-id", "")),
            fields={name: mask(text) for name, text in said.items() if isinstance(text, str)},
        )
