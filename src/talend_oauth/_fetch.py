"""The flight itself: secret, store, request, tries. Runs in a thread of its own."""

from __future__ import annotations

from ._clock import now
from ._endpoint import request_token
from ._retry import retry_delay
from ._shared import SharedTokens
from ._slot import REGISTRY
from ._token import AccessToken
from .errors import InvalidCredentialsError, RefusedError, TalendOAuthError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._flight import Outcome
    from ._secrets import Secret
    from ._slot import Slot
    from ._source import TokenSource

_SHORTEST_TRY = 0.05  # seconds; with less left, another try is not begun


def obtain(source: TokenSource, slot: Slot, deadline: float) -> Outcome:
    """Return a token or the error; the slot knows it by then.

    Args:
        source: Whose settings, store and clock are used.
        slot: Takes the token or remembers the failure.
        deadline: The monotonic time at which everybody stops waiting.
    """
    return _Fetch(source, slot, deadline).run()


class _Fetch:
    """One sequence of tries."""

    def __init__(self, source: TokenSource, slot: Slot, deadline: float) -> None:
        self._source = source
        self._settings = source.settings
        self._clock = source.clock
        self._slot = slot
        self._deadline = deadline
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
        self._slot.fail(outcome, moment, self._fingerprint)
        error = type(outcome).__name__
        if isinstance(outcome, RefusedError):
            self._source.report("refused", status=outcome.status or 0, error=error)
        left = self._slot.living(moment)
        if left is not None and had:
            self._source.report(
                "served old", left=left.expires_in - left.age(moment), error=error, seconds=seconds
            )
        else:
            self._source.report("failed", error=error, seconds=seconds)
        return outcome

    def _obtain(self) -> Outcome:
        secret = self._read_secret()
        if isinstance(secret, TalendOAuthError):
            return secret
        self._remembered = self._slot.remembered_failure(now(self._clock), self._fingerprint)
        if self._remembered is not None:
            return self._remembered
        if self._source.store is None:
            return self._fetch(secret)
        self._shared = SharedTokens(self._source.store, self._settings, secret)
        stored = self._load()
        if stored is not None:
            return stored
        # The lock is held across the request: whoever waited for it finds the token in the store.
        left = self._deadline - self._clock.monotonic()
        with self._shared.lock(left * 0.75):
            return self._load() or self._fetch(secret)

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
        assert self._shared is not None  # noqa: S101 - called with a store only
        token = self._shared.load(now(self._clock))
        if token is None or self._slot.is_rejected(token):
            return None
        with self._slot.lock:
            held = self._slot.living(now(self._clock))
        if token.same_value(held):
            return None
        moment = now(self._clock)
        self._slot.adopt(token, moment, self._source.chance())
        with self._slot.lock:
            action, _ = self._slot.decide(moment)
        if action in ("wait", "renew or serve"):
            return None
        self._source.report("loaded", left=token.expires_in - token.age(moment))
        return token

    def _fetch(self, secret: Secret) -> Outcome:
        outcome = self._try(secret)
        if isinstance(outcome, InvalidCredentialsError):
            changed = self._read_secret()
            if not isinstance(changed, TalendOAuthError) and changed != secret:
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
                self._take(outcome, tries, moment.monotonic - started)
                return outcome
            left = self._deadline - moment.monotonic - _SHORTEST_TRY
            delay = retry_delay(outcome, tries, self._source.chance(), left)
            if delay is None:
                return outcome
            self._source.report("waited", seconds=delay, tries=tries, error=type(outcome).__name__)
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

    def _take(self, token: AccessToken, tries: int, seconds: float) -> None:
        moment = now(self._clock)
        renewed = self._slot.living(moment) is not None
        self._slot.adopt(token, moment, self._source.chance())
        if self._shared is not None:
            self._shared.save(token, moment)
        self._source.report(
            "renewed" if renewed else "fetched",
            lifetime=token.expires_in,
            seconds=seconds,
            tries=tries,
        )
