"""The sandbox, with a record of what reaches it and of how each request was made."""

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talend_oauth.sandbox import Sandbox
from talend_oauth.sandbox._requests import replay

TOKEN_PATH = "/security/oauth/token"  # noqa: S105 - a path
FORM = "application/x-www-form-urlencoded"
_MOST_READ = 1024 * 1024
_MOST_SENT = 64 * 1024 * 1024
_PART = b"x" * 65536

# A server that stops while a case lets it wait is no error that belongs on our standard error.
logging.getLogger("talend_oauth.sandbox").addHandler(logging.NullHandler())


@dataclass
class Entry:
    """A request.

    Attributes:
        time: Monotonic time at which it was here.
        fields: What a case can expect of it; see `case.schema.json`.
    """

    time: float
    fields: dict[str, Any]

    @property
    def is_for_token(self) -> bool:
        """Whether it asks for a token."""
        return bool(self.fields["path"] == TOKEN_PATH)


@dataclass(frozen=True)
class Issue:
    """A token that was sent.

    Attributes:
        value: The token.
        time: Monotonic time at which it was issued.
    """

    value: str
    time: float


class RecordingSandbox(Sandbox):
    """A sandbox that records how each request was made, and has a few more ways to fail.

    Args:
        forms: Whether a form is taken for the JSON that Talend wants.
        stranger_to: The sandbox whose secrets and tokens this one must not get.
        **options: Those of `Sandbox`.

    Attributes:
        entries: The requests so far.
        issued: The tokens so far.
        late: Seconds that a token is on its way after it was issued.
        endless: Whether the response to a token request has no end.
        bytes_sent: How much of such responses was sent.
    """

    def __init__(
        self,
        *,
        forms: bool = False,
        stranger_to: "RecordingSandbox | None" = None,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> None:
        super().__init__(**options)
        self._inner: ASGIApp = self._app
        self._app = cast("Any", _App(self._serve))
        self._forms = forms
        self._owner = stranger_to or self
        self.entries: list[Entry] = []
        self.issued: list[Issue] = []
        self.late = 0.0
        self.endless = False
        self.bytes_sent = 0

    def secrets(self) -> list[str]:
        """Return each text that gives the account, or a token of it, away."""
        return [*self.credentials(), *(issue.value for issue in self.issued)]

    def credentials(self) -> list[str]:
        """Return each text that gives the account away."""
        found: list[str] = []
        for account in self.accounts:
            secret, pair = account.client_secret, f"{account.client_id}:{account.client_secret}"
            found += [secret, quote(secret, safe=""), quote_plus(secret), _base64(pair)]
            found.append(_base64(secret))
        return list(dict.fromkeys(found))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._inner(scope, receive, send)
            return
        body = await _read(receive)
        if self._forms:
            scope, sent = _from_form(scope, body, self.url)
        else:
            sent = body
        entry = Entry(monotonic(), self._describe(scope, body))
        self.entries.append(entry)
        if entry.is_for_token and self.endless:
            await self._send_without_end(receive, send)
            return
        await self._inner(scope, replay(sent, receive), self._watched(entry, send))

    def _watched(self, entry: Entry, send: Send) -> Send:
        held: list[Message] = []
        parts: list[bytes] = []

        async def watched(message: Message) -> None:
            held.append(message)
            if message["type"] == "http.response.start":
                entry.fields["status"] = message["status"]
                ended = False
            else:
                parts.append(message.get("body", b""))
                ended = not message.get("more_body")
            if ended and entry.is_for_token and self._note_token(b"".join(parts)):
                await asyncio.sleep(self.late)
            if ended or not (entry.is_for_token and self.late):
                for waiting in held:
                    await send(waiting)
                held.clear()

        return watched

    def _note_token(self, body: bytes) -> bool:
        with contextlib.suppress(ValueError, AttributeError):
            token = json.loads(body).get("access_token")
            if isinstance(token, str) and token:
                self.issued.append(Issue(token, monotonic()))
                return True
        return False

    async def _send_without_end(self, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(_body(b'{"token_type": "Bearer", "access_token": "'))
        gone = asyncio.ensure_future(receive())
        while self.bytes_sent < _MOST_SENT and not gone.done():
            await send(_body(_PART))
            self.bytes_sent += len(_PART)
            await asyncio.sleep(0)
        gone.cancel()
        if not gone.done():
            await send({"type": "http.response.body", "body": b'"}'})

    def _describe(self, scope: Scope, body: bytes) -> dict[str, Any]:
        headers: list[tuple[str, str]] = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        by_name = dict(headers)
        query_string = scope["query_string"].decode("latin-1")
        query = dict(parse_qsl(query_string, keep_blank_values=True))
        authorization = by_name.get("authorization", "")
        scheme, _, credentials = authorization.partition(" ")
        is_for_token = scope["path"] == TOKEN_PATH
        elsewhere = {
            "the URL": f"{scope['path']}?{query_string}",
            "the body": body.decode("utf-8", "replace"),
            **{f"the header {name}": value for name, value in headers if name != "authorization"},
        }
        everywhere = {**elsewhere, "the header authorization": authorization}
        is_own = self._owner is self
        tokens = [issue.value for issue in self._owner.issued]
        token = credentials.strip() if scheme.lower() == "bearer" else ""
        return {
            "method": scope["method"],
            "path": scope["path"],
            "content_type": by_name.get("content-type", "").partition(";")[0].strip().lower(),
            "authorization": scheme.lower() or "none",
            "credentials": self._judge_credentials(scheme, credentials),
            "version_header": by_name.get("talend-version"),
            "version_query": query.get("talendVersion"),
            "version": "talend-version" in by_name or "talendVersion" in query_string,
            "body": _as_json(body),
            "secret_in": _places(
                elsewhere if is_for_token and is_own else everywhere, self._owner.credentials()
            ),
            "token_in": _places(elsewhere if is_own else everywhere, tokens),
            "token": self._number(token),
            "token_valid": self.tokens.find(token) is not None,
            "status": None,
        }

    def _judge_credentials(self, scheme: str, credentials: str) -> str:
        if scheme.lower() != "basic":
            return "none"
        try:
            pair = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        except ValueError:
            return "no base64"
        for account in self.accounts:
            both = account.client_id, account.client_secret
            if pair == ":".join(both):
                return "right"
            if pair in (":".join(map(quote_plus, both)), ":".join(quote(t, "") for t in both)):
                return "form-encoded"
        return "wrong"

    def _number(self, token: str) -> int | None:
        """Return the number of a token, counted from 1; None for one that was not issued here."""
        for number, issue in enumerate(self.issued, 1):
            if issue.value == token:
                return number
        return None


class _App:
    """A function as the kind of ASGI application that uvicorn recognizes."""

    def __init__(self, serve: ASGIApp) -> None:
        self._function = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._function(scope, receive, send)


def _places(texts: Mapping[str, str], needles: Iterable[str]) -> list[str]:
    known = list(needles)
    return sorted(place for place, text in texts.items() if any(n in text for n in known))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def _as_json(body: bytes) -> Any:  # noqa: ANN401 - what a client sent
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace") or None


def _body(part: bytes) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": True}


async def _read(receive: Receive) -> bytes:
    body = b""
    more = True
    while more and len(body) < _MOST_READ:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _from_form(scope: Scope, body: bytes, audience: str) -> tuple[Scope, bytes]:
    """Turn a token request that is a form (RFC 6749, section 4.4.2) into the one of Talend."""
    headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
    if scope["method"] != "POST" or not headers.get(b"content-type", b"").startswith(FORM.encode()):
        return scope, body
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    client_id, secret = form.pop("client_id", ""), form.pop("client_secret", "")
    scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"basic":
        # Form-encoded first, by RFC 6749, section 2.3.1.
        with contextlib.suppress(ValueError):
            given = base64.b64decode(credentials, validate=True).decode()
            client_id, _, secret = (unquote_plus(part) for part in given.partition(":"))
    basic = base64.b64encode(f"{client_id}:{secret}".encode())
    request = {"grant_type": form.get("grant_type"), "audience": form.get("audience", audience)}
    changed = {**headers, b"content-type": b"application/json", b"authorization": b"Basic " + basic}
    changed.pop(b"content-length", None)
    new = {"path": TOKEN_PATH, "raw_path": TOKEN_PATH.encode(), "headers": list(changed.items())}
    return {**scope, **new}, json.dumps(request).encode()
