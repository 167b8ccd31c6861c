"""The flight itself: secret, store, request, tries. Runs in a thread of its own."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from talend_oauth._clock import now
from talend_oauth._policy import retry_delay
from talend_oauth._reporting import Reporter
from talend_oauth._stores.record import SharedTokens
from talend_oauth._token import AccessToken
from talend_oauth._token_endpoint.request import request_token
from talend_oauth.errors import (
    InvalidCredentialsError,
    RefusedError,
    TalendOAuthError,
    UnexpectedResponseError,
)

from .registry import REGISTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from talend_oauth._clock import Instant
    from talend_oauth._settings.secrets import Secret

    from .cached_token import Slot
    from .single_flight import Flight, Outcome
    from .source import TokenSource

# The first request would import these; here that happens under the guard of `_imports`.
for _name in ("encodings.idna", "httpcore"):
    with suppress(ImportError):
        import_module(_name)

_LOCK_PART = 0.75  # of the time left, to wait for a store's lock; the rest is for the request
_SHORTEST_TRY = 0.05  # seconds; with less left, another try is not begun


def obtain(source: TokenSource, slot: Slot, flight: Flight) -> Outcome:
    """Return a token or the error; the slot knows it by then.

    Args:
        source: Whose settings, store and clock are used.
        slot: Takes the token or remembers the failure.
        flight: Whose deadline it is, and who fails if it fails.
    """
    return _Fetch(source, slot, flight).run()


class _Fetch:
    """One sequence of tries."""

    def __init__(self, source: TokenSource, slot: Slot, flight: Flight) -> None:
        self._source = source
        self._settings = source.settings
        self._clock = source.clock
        self._report = Reporter(source.settings.shown_id, source.on_event)
        self._slot = slot
        self._flight = flight
        self._deadline = flight.deadline
        self._fingerprint = b""
        self._remembered: TalendOAuthError | None = None
        self._shared: SharedTokens | None = None

    def run(self) -> Outcome:
        """Return the token or the error; the slot knows it by then."""
        had = self._slot.living(now(self._clock)) is not None
        started = self._clock.monotonic()
        outcome = self._obtain()
        moment = now(self._clock)
        seconds = moment.monotonic - started
        if isinstance(outcome, AccessToken) or outcome is self._remembered:
            return outcome
        self._slot.fail(self._flight, outcome, moment, self._fingerprint)
        error = type(outcome).__name__
        if isinstance(outcome, RefusedError):
            self._report("refused", status=outcome.status or 0, error=error)
        left = self._slot.living(moment)
        if left is not None and had:
            self._report(
                "stale", left=left.expires_in - left.age(moment), error=error, seconds=seconds
            )
        else:
            self._report("failed", error=error, seconds=seconds)
        return outcome

    def _obtain(self) -> Outcome:
        secret = self._read_secret()
        if isinstance(secret, TalendOAuthError):
            return secret
        self._share(secret)
        stored = self._load()
        if stored is not None:
            return stored
        self._remembered = self._slot.remembered_failure(now(self._clock), self._fingerprint)
        if self._remembered is not None:
            return self._remembered
        if self._shared is None:
            return self._fetch(secret)
        # The lock is held across the request: whoever waited for it finds the token in the store.
        left = self._deadline - self._clock.monotonic()
        with self._shared.lock(left * _LOCK_PART):
            return self._load() or self._fetch(secret)

    def _share(self, secret: Secret) -> None:
        if self._source.store is not None:
            self._shared = SharedTokens(self._source.store, self._settings, secret)

    def _read_secret(self) -> Secret | TalendOAuthError:
        source = self._settings.secret
        assert source is not None  # noqa: S101 - a ready token starts no flight
        try:
            secret = source.read(self._settings.client_id)
        except TalendOAuthError as error:
            return error.again()
        self._fingerprint = secret.fingerprint(REGISTRY.key)
        return secret

    def _load(self) -> AccessToken | None:
        """Return the store's token if it makes a request unnecessary."""
        token = self._shared.load(now(self._clock)) if self._shared is not None else None
        if token is None or self._slot.is_rejected(token):
            return None
        moment = now(self._clock)
        with self._slot.lock:
            held = self._slot.living(moment)
        if held is not None and token.expires_at <= held.expires_at:
            return None
        token = self._slot.adopt(token, moment, self._source.random())
        with self._slot.lock:
            action, _ = self._slot.decide(moment)
        if action in ("wait", "renew or serve"):
            return None
        self._report("loaded", left=token.expires_in - token.age(moment))
        return token

    def _fetch(self, secret: Secret) -> Outcome:
        outcome = self._try(secret)
        if isinstance(outcome, InvalidCredentialsError):
            changed = self._read_secret()
            if not isinstance(changed, TalendOAuthError) and changed != secret:
                self._share(changed)
                outcome = self._try(changed)
        return outcome

    def _try(self, secret: Secret) -> Outcome:
        started = self._clock.monotonic()
        tries = 0
        while True:
            tries += 1
            left = max(self._deadline - self._clock.monotonic(), _SHORTEST_TRY)
            outcome = self._request(secret, left)
            moment = now(self._clock)
            if isinstance(outcome, AccessToken):
                return self._take(outcome, moment, tries, moment.monotonic - started)
            left = self._deadline - moment.monotonic - _SHORTEST_TRY
            delay = retry_delay(outcome, tries, self._source.random(), left)
            if delay is None:
                return outcome.after(tries, moment.monotonic - started)
            self._report("retrying", seconds=delay, tries=tries, error=type(outcome).__name__)
            self._clock.sleep(delay)

    def _request(self, secret: Secret, seconds: float) -> Outcome:
        try:
            return request_token(
                self._settings,
                secret,
                clock=self._clock,
                seconds=seconds,
                transport=self._source.transport,
            )
        except TalendOAuthError as error:
            return error.again()

    def _take(self, token: AccessToken, moment: Instant, tries: int, seconds: float) -> Outcome:
        left = token.expires_in - token.age(moment)
        if left <= 0:
            return UnexpectedResponseError(
                f"{self._settings.api_url} answered with a token that had ended when it came: it "
                f"lives {token.expires_in:g} s, counted from the request.",
                hint="Look for what is slow in between.",
            )
        renewed = self._slot.living(moment) is not None
        served = self._slot.adopt(token, moment, self._source.random())
        if self._shared is not None and served is token:
            self._shared.save(token, left)
        self._report(
            "refreshed" if renewed else "fetched",
            lifetime=token.expires_in,
            seconds=seconds,
            tries=tries,
        )
        return served
