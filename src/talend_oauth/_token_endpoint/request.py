"""One token request: settings and a secret in, a token or a typed error out.

The only file that imports the generated client. What that client leaves open is closed here:
it has no time-out, reads answers of any size, follows what httpx follows, raises `KeyError`,
`JSONDecodeError` and `ValueError`, and checks no type. Its objects never leave this file.

Errors are raised outside of `except` blocks, also where that costs a variable: an exception that
is raised inside of one keeps the other as its context, and httpx's exceptions hold the request
with its `Authorization` header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from talend_oauth_api import Client
from talend_oauth_api.api.tokens import create_token
from talend_oauth_api.models import ErrorBody, TokenRequest, TokenResponse

from talend_oauth._clock import now
from talend_oauth._imports import IMPORTING
from talend_oauth._token import AccessToken, claims_of, is_sendable, lifetime_of
from talend_oauth._version import __version__
from talend_oauth.errors import TalendOAuthError, UnexpectedResponseError

from .http_date import parse_retry_after
from .masking import Mask
from .responses import Answer, judge, no_token
from .tls import tls_context
from .unreachable import no_client, unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talend_oauth._clock import Clock, Instant
    from talend_oauth._settings.secrets import Secret
    from talend_oauth._settings.settings import Settings

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
LARGEST_ANSWER = 64 * 1024
LONGEST_WAIT = 3600.0  # a `Retry-After` of more is taken for an error of the server
LONGEST_SCHEME = 16
_USER_AGENT = f"talend-oauth/{__version__}"
_ERROR_FIELDS = ("error", "title", "message", "detail", "error_description", "requestId")


def request_token(
    settings: Settings,
    secret: Secret,
    *,
    clock: Clock,
    seconds: float,
    transport: httpx.BaseTransport | None = None,
) -> AccessToken:
    """Send one token request.

    Args:
        settings: Who asks, where and for what.
        secret: Belongs to `settings.client_id`.
        clock: Stamps the token with the moment of the request.
        seconds: How long it may take in all.
        transport: Instead of the network, for tests.

    Raises:
        TalendOAuthError: Always one of its kinds, whatever came or did not come.

    Source: `createToken` in openapi/talend-oauth.yaml; RFC 6749, section 4.4.
    """
    exchange = _Exchange(settings, Mask(settings.client_id, secret), clock, seconds)
    client, error = _client(settings, secret, exchange, transport)
    outcome = exchange.run(client) if client is not None else error
    if isinstance(outcome, AccessToken):
        return outcome
    raise outcome or UnexpectedResponseError("There was no answer.")


def _client(
    settings: Settings,
    secret: Secret,
    exchange: _Exchange,
    transport: httpx.BaseTransport | None,
) -> tuple[Client | None, TalendOAuthError | None]:
    left, url = exchange.seconds, settings.api_url or ""
    try:
        # A forked child would miss what httpx imports now, and OpenSSL's locks.
        with IMPORTING:
            client = Client(
                base_url=url,
                # A compressed answer could be small on the wire and not in memory.
                headers={"Accept-Encoding": "identity", "User-Agent": _USER_AGENT},
                timeout=httpx.Timeout(min(READ_TIMEOUT, left), connect=min(CONNECT_TIMEOUT, left)),
                verify_ssl=tls_context(url),
                httpx_args={
                    "auth": httpx.BasicAuth(settings.client_id, secret.reveal()),
                    "event_hooks": {"response": [exchange.received]},
                    "transport": transport,
                    # Without TLS a proxy would read the secret: to this machine there is none.
                    "trust_env": url.startswith("https:"),
                },
            )
            client.get_httpx_client()
    except (OSError, ValueError, ImportError) as error:
        return None, no_client(error)
    return client, None


class _RefusedAnswerError(Exception):
    """An answer whose body is not read; args[0] says why."""


class _Exchange:
    """One request and what came back."""

    def __init__(self, settings: Settings, mask: Mask, clock: Clock, seconds: float) -> None:
        self.seconds = seconds
        self._settings = settings
        self._mask = mask
        self._clock = clock
        self._requested: Instant = now(clock)
        self._answer: Answer | None = None
        self._is_object = False

    def received(self, response: httpx.Response) -> None:
        """Look at status and headers, and read the body no further than is safe."""
        headers = response.headers
        wait = parse_retry_after(headers.get("retry-after", ""), self._clock.wall())
        self._answer = Answer(
            response.status_code,
            media_type=self._mask(headers.get("content-type", "").partition(";")[0]).lower(),
            location=self._mask(headers.get("location", "")),
            retry_after=wait if wait is None else min(wait, LONGEST_WAIT),
            request_id=self._mask(headers.get("x-request-id", "")),
        )
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise _RefusedAnswerError("its body is compressed, which was not asked for")
        response.stream = _GuardedStream(response.stream, self._clock, self._deadline)
        response.read()
        self._is_object = response.content.lstrip(b" \t\r\n").startswith(b"{")

    @property
    def _deadline(self) -> float:
        return self._requested.monotonic + self.seconds

    def run(self, client: Client) -> AccessToken | TalendOAuthError:
        """Send the request through the generated client and judge what comes."""
        parsed: ErrorBody | TokenResponse | None = None
        body = TokenRequest(audience=self._settings.audience)
        problem = "its body is not the JSON object of a token"
        self._requested = now(self._clock)
        try:
            with client:
                parsed = create_token.sync_detailed(
                    client=client, body=body, talend_version_header=self._settings.talend_version
                ).parsed
        except _RefusedAnswerError as refused:
            problem = str(refused)
        except httpx.HTTPError as error:
            return unreachable(error, self._settings, self.seconds)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            pass  # the generated client could not read the body; what is known is judged below
        answer = self._answer
        if answer is None:
            return UnexpectedResponseError("The HTTP client failed before an answer came.")
        if isinstance(parsed, TokenResponse) and self._is_object:
            return self._issued(parsed, answer)
        if answer.status == 200:
            if not answer.is_json and answer.media_type:
                problem = f"as {answer.media_type!r} and not JSON"
            return no_token(answer, self._settings, problem)
        if isinstance(parsed, ErrorBody) and self._is_object:
            answer.fields = {name: self._mask(text) for name, text in _texts(parsed).items()}
        return judge(answer, self._settings)

    def _issued(self, parsed: TokenResponse, answer: Answer) -> AccessToken | TalendOAuthError:
        if not answer.is_json and answer.media_type:
            return no_token(answer, self._settings, f"as {answer.media_type!r} and not JSON")
        # Declared as strings, but the generated client hands over whatever the JSON held.
        token_type = _text(parsed.token_type)
        if token_type.lower() != "bearer":
            shown = repr(self._mask(token_type)) if _is_scheme(token_type) else "something else"
            return no_token(answer, self._settings, f"the token_type is {shown}, not Bearer")
        if not is_sendable(_text(parsed.access_token)):
            return no_token(
                answer,
                self._settings,
                "the access_token cannot stand in a header (RFC 6750, section 2.1)",
            )
        return AccessToken(
            parsed.access_token,
            expires_in=lifetime_of(parsed.expires_in, claims_of(parsed.access_token)),
            requested=self._requested,
        )


def _is_scheme(text: str) -> bool:
    """Say whether a text can be the name of a scheme and is too short to be a token."""
    return len(text) <= LONGEST_SCHEME and text.isalnum()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(body: ErrorBody) -> dict[str, str]:
    """Return the fields of an error body that are texts, under the document's names."""
    members: dict[str, Any] = body.to_dict()
    return {name: members[name] for name in _ERROR_FIELDS if isinstance(members.get(name), str)}


class _GuardedStream(httpx.SyncByteStream):
    """The body of an answer, up to a size and a time."""

    def __init__(
        self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, clock: Clock, deadline: float
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        if not isinstance(self._stream, httpx.SyncByteStream):
            raise _RefusedAnswerError("its body cannot be read")
        for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise _RefusedAnswerError(f"its body is larger than {LARGEST_ANSWER // 1024} KiB")
            if self._clock.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the body came too slowly")
            yield chunk

    def close(self) -> None:
        """Close the connection's stream."""
        if isinstance(self._stream, httpx.SyncByteStream):
            self._stream.close()
