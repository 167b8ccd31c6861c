"""One token request: settings and a secret in, a token or a typed error out.

This is the only module that imports the generated client. It closes what that client leaves open:
limits of time and size, and an error of ours for whatever happens. Generated objects never leave
it.

Errors are raised outside of `except` blocks: an exception raised inside of one keeps the other as
its context, and httpx's exceptions hold the request with its `Authorization` header.
"""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, cast

import httpx
from talend_oauth_api import Client
from talend_oauth_api.api.tokens import create_token
from talend_oauth_api.models import ErrorBody, TokenRequest, TokenResponse

from talend_oauth._clock import now
from talend_oauth._token import AccessToken, claims_of, is_b64token, lifetime_of
from talend_oauth._version import __version__
from talend_oauth.errors import TalendOAuthError

from .http_date import parse_http_date, parse_retry_after
from .masking import Mask
from .proxy import find_proxy
from .responses import CHECK_URL, DETAIL_FIELDS, ResponseSummary, error_for, unusable_token
from .tls import tls_context
from .unreachable import client_setup_error, unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpcore

    from talend_oauth._clock import Clock
    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings

# The first request would import these. Nothing may be imported during a fetch: a process that is
# forked meanwhile would find the module half made, and its lock held for ever.
for _name in ("anyio", "certifi", "encodings.ascii", "encodings.idna", "h11", "httpcore"):
    import_module(_name)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
LARGEST_BODY = 64 * 1024
LARGEST_TRANSFER = 512 * 1024  # of everything received: headers, 1xx responses, chunk extensions
_USER_AGENT = f"talend-oauth/{__version__}"
_ERROR_FIELDS = (*DETAIL_FIELDS, "requestId")
_BOM = b"\xef\xbb\xbf"
_CLIENT_ERRORS = (httpx.InvalidURL, KeyError, TypeError, ValueError, AttributeError, RecursionError)


def request_token(
    settings: Settings,
    secret: Secret,
    *,
    clock: Clock,
    seconds: float,
    transport: httpx.BaseTransport | None = None,
) -> AccessToken:
    """Send one token request and return its token.

    Args:
        settings: Who asks, where and for what.
        secret: Belongs to `settings.client_id`.
        clock: Stamps the token with the moment of the request.
        seconds: How long it may take in all.
        transport: Instead of the network, for tests.

    Raises:
        TalendOAuthError: For whatever else happens.

    Source: `createToken` in openapi/talend-oauth.yaml; RFC 6749, section 4.4.
    """
    outcome = _Exchange(settings, secret, clock, seconds).run(transport)
    if isinstance(outcome, AccessToken):
        return outcome
    raise outcome


class _RejectedResponseError(Exception):
    """A response whose body is not read to its end; args[0] says why."""


class _Exchange:
    """One request and its response."""

    def __init__(self, settings: Settings, secret: Secret, clock: Clock, seconds: float) -> None:
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._seconds = seconds
        self._requested = now(clock)
        self._deadline = self._requested.monotonic + seconds
        self._transferred = 0
        self._status = 0
        self._body = b""

    def run(self, transport: httpx.BaseTransport | None) -> AccessToken | TalendOAuthError:
        """Send the request through the generated client, and return what comes of it."""
        parsed: ErrorBody | TokenResponse | None = None
        problem = "its body is not a JSON object with a token"
        try:
            with self._client(transport) as client:
                parsed = create_token.sync_detailed(
                    client=client,
                    body=TokenRequest(audience=self._settings.audience),
                    talend_version_header=self._settings.talend_version,
                ).parsed
        except TalendOAuthError as error:  # the environment's proxy or certificates
            return error.copy()
        except _RejectedResponseError as rejected:
            problem = str(rejected)
        except (httpx.HTTPError, OSError) as error:
            if self._status // 100 != 3:  # else httpx may only not like where it points
                return unreachable(error, self._settings, self._seconds)
        except _CLIENT_ERRORS as error:
            if not self._status:  # else it is the body that the generated client cannot read
                return client_setup_error(error)
        if not self._body.lstrip(b" \t\r\n").startswith(b"{"):
            parsed = None  # the generated client takes a list of pairs for an object
        if self._status != 200:
            body = parsed.to_dict() if isinstance(parsed, ErrorBody) else {}
            return error_for(self._summary(body), self._settings)
        is_page = "html" in self._headers.get("content-type", "").lower()
        if isinstance(parsed, TokenResponse) and not is_page:
            return self._token(parsed)
        response = self._summary({})
        problem = f"responded with {response}, but {problem}"
        return unusable_token(response, self._settings, problem)

    def _client(self, transport: httpx.BaseTransport | None) -> Client:
        url = self._settings.api_url or ""
        return Client(
            base_url=url,
            # A compressed body could be small on the wire and large in memory.
            headers={"Accept-Encoding": "identity", "User-Agent": _USER_AGENT},
            timeout=httpx.Timeout(
                min(READ_TIMEOUT, self._seconds), connect=min(CONNECT_TIMEOUT, self._seconds)
            ),
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

    def _limit_reads(self, event: str, info: Mapping[str, object]) -> None:
        """Hold a new connection to the deadline: httpx's time-out is for each read alone."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        stream = cast("httpcore.NetworkStream", info["return_value"])
        read = stream.read

        def limited_read(max_bytes: int, timeout: float | None = None) -> bytes:
            left = self._deadline - self._clock.monotonic()
            if left <= 0:
                raise httpx.ReadTimeout("the deadline has passed")
            data = read(max_bytes, min(left, timeout or left))
            self._transferred += len(data)
            if self._transferred > LARGEST_TRANSFER:
                raise httpx.RemoteProtocolError("more than a response with a token can be")
            return data

        stream.read = limited_read  # type: ignore[method-assign]

    def _received(self, response: httpx.Response) -> None:
        """Keep status and headers, and read the body no further than is safe."""
        self._status = response.status_code
        self._headers: Mapping[str, str] = response.headers
        self._server_now = parse_http_date(response.headers.get("date", ""))
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise _RejectedResponseError("its body is compressed, which was not asked for")
        body = bytearray()
        with closing(cast("httpx.SyncByteStream", response.stream)) as stream:
            for chunk in stream:
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise _RejectedResponseError("its body is larger than 64 KiB")
                if self._clock.monotonic() > self._deadline:
                    raise httpx.ReadTimeout("the deadline has passed")
        self._body = bytes(body).removeprefix(_BOM)
        response.stream = httpx.ByteStream(self._body)

    def _token(self, parsed: TokenResponse) -> AccessToken | TalendOAuthError:
        # Both are declared as strings, but may be whatever the JSON held.
        problem, hint = "", CHECK_URL
        if str(parsed.token_type).lower() != "bearer":
            problem = "returned a token whose token_type is not Bearer"
        elif not is_b64token(parsed.access_token):
            problem = "returned a token that cannot stand in a header (RFC 6750, section 2.1)"
        else:
            lifetime = lifetime_of(
                parsed.expires_in,
                claims_of(parsed.access_token),
                now=self._requested.wall,
                server_now=self._server_now,
            )
            if lifetime > 0:
                requested = self._requested
                return AccessToken(parsed.access_token, expires_in=lifetime, requested=requested)
            problem = f"returned a token that had already expired (lifetime {lifetime:g} s)"
            hint = "Check for a slow proxy or network, and for a cache in between."
        return unusable_token(self._summary({}), self._settings, problem, hint)

    def _summary(self, body: Mapping[str, object]) -> ResponseSummary:
        mask, headers = Mask(self._settings.client_id, self._secret), self._headers
        moment = self._server_now or self._clock.wall()
        texts = {name: body[name] for name in _ERROR_FIELDS if name in body}
        return ResponseSummary(
            self._status,
            media_type=mask(headers.get("content-type", "").partition(";")[0]).lower(),
            location=mask(headers.get("location", "")),
            retry_after=parse_retry_after(headers.get("retry-after", ""), moment),
            request_id=mask(headers.get("x-request-id", "")),
            fields={name: mask(text) for name, text in texts.items() if isinstance(text, str)},
        )
