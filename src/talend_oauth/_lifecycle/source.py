"""`TokenSource`: a token that is always valid, for any number of threads and event loops."""

from __future__ import annotations

import os

from talend_oauth._clock import SYSTEM_CLOCK, now
from talend_oauth._settings.settings import Settings
from talend_oauth._settings.sources import masked
from talend_oauth._token import AccessToken
from talend_oauth.errors import ConfigurationError, TalendOAuthError

from .cached_token import Slot
from .registry import REGISTRY
from .static_token import ready_token, slot_of_ready_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self, Unpack

    import httpx

    from talend_oauth._clock import Clock
    from talend_oauth._reporting import Event
    from talend_oauth._settings.settings import SettingsOptions
    from talend_oauth._stores.protocol import TokenStore

    from .single_flight import Flight, Outcome

_UNBOUND = Slot()  # never holds a token: a source without a slot of its own takes the slow path


class TokenSource:
    """Gives an access token at any time, and sees to it that it is valid.

    The first call fetches one; calls meanwhile, of whatever kind, wait for that same request.
    In the last third of its life the token is renewed behind the callers; only in the last
    minute, or the last tenth of a short life, do they wait. While the token lives no failure of a
    renewal reaches them, and it is never served after its end. Sources with equal settings share
    one token in a process; with a store, processes and machines do.

    Safe to call from threads, from several event loops (asyncio, trio) one after another or at
    once, and after a fork. Pickling takes the settings along, not the token.

        source = TokenSource()                      # settings from the environment
        source.token().value                        # in a thread
        (await source.token_async()).value          # in a task

    Args:
        settings: Made from the keyword arguments and the environment when left out.
        store: Shares tokens beyond the process; see `FileStore` and `RedisStore`.
        on_event: Called with each `Event`, on the thread where it happened; for metrics.
        clock: Instead of the system's clocks, for tests.
        random: Instead of the system's chance, from 0 to 1, for tests.
        transport: Carries the token requests instead of the network, for tests.
        **options: Those of `Settings`.

    Raises:
        ConfigurationError: As `Settings`.
    """

    __slots__ = (
        "_monotonic",
        "_slot",
        "_wall",
        "clock",
        "on_event",
        "random",
        "settings",
        "store",
        "transport",
    )

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: TokenStore | None = None,
        on_event: Callable[[Event], object] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        random: Callable[[], float] | None = None,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        options = masked(options)
        if settings is not None and options:
            raise ConfigurationError(
                f"Settings and {', '.join(sorted(options))} are both given.",
                hint="Put them into the Settings.",
            )
        self.settings = settings if settings is not None else Settings(**options)
        self.store = store
        self.on_event = on_event
        self.transport = transport
        self.random = random or _chance
        self._use_clock(clock)

    def _use_clock(self, clock: Clock) -> None:
        self.clock = clock
        self._wall = clock.wall
        self._monotonic = clock.monotonic
        self._slot = _UNBOUND

    def token(self) -> AccessToken:
        """Return a token that is valid now; waits in this thread if there is none.

        Raises:
            TalendOAuthError: One of its kinds, when no token can be had within 20 s.
        """
        token, until = self._slot.hot
        if self._monotonic() < until:
            return token  # type: ignore[return-value] # a slot that is hot has a token
        step = self._next_step()
        deadline = step.deadline if not isinstance(step, AccessToken) else 0.0
        while not isinstance(step, AccessToken):
            outcome = step.wait(deadline - self._monotonic())
            step = self._delivered(outcome) or self._next_step()
        return step

    async def token_async(self) -> AccessToken:
        """Return a token that is valid now; waits in this task of asyncio or trio if there is none.

        Raises:
            TalendOAuthError: One of its kinds, when no token can be had within 20 s.
        """
        token, until = self._slot.hot
        if self._monotonic() < until:
            return token  # type: ignore[return-value] # a slot that is hot has a token
        step = self._next_step()
        deadline = step.deadline if not isinstance(step, AccessToken) else 0.0
        while not isinstance(step, AccessToken):
            outcome = await step.wait_async(deadline - self._monotonic())
            step = self._delivered(outcome) or self._next_step()
        return step

    def __call__(self) -> str:
        """Return the value of `token()`, for whoever wants a function that returns a string."""
        return self.token().value

    def discard(self, token: AccessToken) -> None:
        """Take note that an API refused a token (401): it is not served again.

        By value: a newer token, which another caller has meanwhile, stays.

        Args:
            token: The one that was sent.
        """
        if self.settings.access_token is None:
            self._bound().reject(token)

    def note_unhelpful(self) -> None:
        """Take note that an API refused a brand-new token too, so that others are not tried."""
        self._slot.note_unhelpful(now(self.clock))

    def is_unhelpful(self) -> bool:
        """Say whether a brand-new token was refused a moment ago."""
        return self._slot.is_unhelpful(now(self.clock))

    @property
    def last_error(self) -> TalendOAuthError | None:
        """Why the last token request failed; None after one that did not."""
        return self._slot.last_error

    @property
    def is_renewable(self) -> bool:
        """Whether a refused token can be replaced: not with a ready one."""
        return self.settings.access_token is None

    def _next_step(self) -> AccessToken | Flight:
        ready = self._slot.glance(self._wall(), self._monotonic())
        if ready is not None:
            return ready
        slot = self._bound()
        if self.settings.access_token is not None:
            return ready_token(slot, now(self.clock))
        from talend_oauth._policy import DEADLINE

        from .launch import start
        from .single_flight import Flight

        started: Flight | None = None
        with slot.lock:
            moment = now(self.clock)
            action, token = slot.decide(moment)
            flight = slot.flight
            if action != "serve" and (flight is None or flight.deadline <= moment.monotonic):
                flight = started = slot.flight = Flight(moment.monotonic + DEADLINE)
        if started is not None:
            start(self, slot, started, urgent=token is None)
        if token is not None and action in ("serve", "serve and renew"):
            return token
        assert flight is not None  # noqa: S101 - every other action has one
        return flight

    def _delivered(self, outcome: Outcome) -> AccessToken | None:
        """Return the token that a flight brought, or None if it ended on the way to its caller.

        Raises:
            TalendOAuthError: What the flight brought instead, when no other token lives.
        """
        moment = now(self.clock)
        if isinstance(outcome, AccessToken):
            # The machine may have been suspended since.
            return outcome if outcome.age(moment) < outcome.expires_in else None
        with self._slot.lock:
            token = self._slot.living(moment)
        if token is None:
            raise outcome
        return token

    def _bound(self) -> Slot:
        if self._slot is _UNBOUND:
            if self.settings.access_token is not None:
                self._slot = slot_of_ready_token(self.settings, self.clock)
            else:
                self._slot = REGISTRY.slot(self._key())
        return self._slot

    def _key(self) -> tuple[object, ...]:
        settings, secret = self.settings, self.settings.secret
        assert secret is not None  # noqa: S101 - Settings have either a token or a secret
        return (
            settings.api_url,
            settings.client_id,
            settings.audience,
            settings.talend_version,
            secret.identity(settings.client_id, REGISTRY.key),
            # A test's clock or transport is not to be shared with the real one.
            self.clock if self.clock is not SYSTEM_CLOCK else None,
            self.transport,
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "store": self.store,
            "on_event": self.on_event,
            "clock": None if self.clock is SYSTEM_CLOCK else self.clock,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.settings, self.store = state["settings"], state["store"]
        self.on_event, self.transport = state["on_event"], None
        self.random = _chance
        self._use_clock(state["clock"] or SYSTEM_CLOCK)

    def __repr__(self) -> str:
        return f"TokenSource({getattr(self, 'settings', 'incomplete')!r})"


def source_of(source: TokenSource | Settings | None, options: SettingsOptions) -> TokenSource:
    """Return the source that was given, or one of the settings that were given.

    Args:
        source: A source, or settings, or nothing.
        options: Of `Settings`, already masked.

    Raises:
        ConfigurationError: When a source comes with options; and as `Settings`.
    """
    if not isinstance(source, TokenSource):
        return TokenSource(source, **options)
    if options:
        raise ConfigurationError(
            f"A TokenSource and {', '.join(sorted(options))} are both given.",
            hint="Put them into the TokenSource.",
        )
    return source


def _chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32
