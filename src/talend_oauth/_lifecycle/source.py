"""`TokenSource`: a valid access token for any number of threads and event loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, Unpack

from talend_oauth._clock import SYSTEM_CLOCK, now
from talend_oauth._policy import DEADLINE
from talend_oauth._settings.secrets import hides_arguments
from talend_oauth._settings.settings import Settings
from talend_oauth._token import AccessToken
from talend_oauth.errors import ConfigurationError, TalendOAuthError

from .fetch import Context, start, system_random
from .registry import REGISTRY
from .single_flight import Outcome, PendingFetch

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    import httpx

    from talend_oauth._clock import Clock
    from talend_oauth._reporting import Event
    from talend_oauth._settings.settings import SettingsOptions
    from talend_oauth._stores.protocol import TokenStore

    from .cached_token import CachedToken


class TokenSource:
    """Returns a valid access token, fetching or refreshing it when needed.

    The first call fetches a token; concurrent calls of any kind wait for that one request. In the
    last third of its lifetime the token is refreshed in the background. Callers wait only in the
    last minute, or in the last tenth of a short lifetime. If a refresh fails, they keep getting
    the current token until it expires; an expired token is never returned. Sources with equal
    settings share one token in a process, also when they come and go; with a store, processes and
    machines share it.

    Safe to use from threads, from several event loops (asyncio, trio) one after another or at
    once, and after a fork. Pickling takes the settings along, not the token.

        source = TokenSource()                      # settings from the environment
        source.token().value                        # in a thread
        (await source.token_async()).value          # in a task

    Args:
        settings: Made from the keyword arguments and the environment when left out.
        store: Shares tokens beyond the process; see `FileStore` and `RedisStore`.
        on_event: Called with each `Event`, in the thread where it happened; for metrics.
        **options: The keyword arguments of `Settings`: `client_id`, `client_secret`,
            `client_secret_file`, `region`, `api_url`, `audience`, `talend_version`,
            `access_token`.

    Raises:
        ConfigurationError: As `Settings`.
    """

    __slots__ = ("_cached", "_context", "_monotonic")

    @hides_arguments
    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: TokenStore | None = None,
        on_event: Callable[[Event], object] | None = None,
        _clock: Clock = SYSTEM_CLOCK,
        _random: Callable[[], float] = system_random,
        _transport: httpx.BaseTransport | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        _check_arguments(settings, store, on_event)
        if settings is not None:
            _refuse_beside("Settings", options)
        settings = Settings(**options) if settings is None else settings
        for_tests = {"clock": _clock, "random": _random, "transport": _transport}
        self._bind(Context(settings=settings, store=store, on_event=on_event, **for_tests))

    def _bind(self, context: Context) -> None:
        self._context = context
        self._monotonic = context.clock.monotonic
        if context.settings.access_token is not None:
            from .static_token import static_token  # few programs have one

            self._cached = static_token(context.settings, context.clock)
        else:
            self._cached = REGISTRY.cached(_key(context))

    def token(self) -> AccessToken:
        """Return a token that is valid now; waits in this thread if there is none.

        Raises:
            TalendOAuthError: One of its kinds, when no token can be had within 20 s.
        """
        state = self._cached.recent
        if self._monotonic() < state.fresh_until:
            return state.token  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
        step = self._next_step()
        while isinstance(step, PendingFetch):
            outcome = step.wait(step.deadline - self._monotonic())
            step = self._delivered(outcome) or self._next_step()
        return step

    async def token_async(self) -> AccessToken:
        """Return a token that is valid now; waits in this task of asyncio or trio if there is none.

        Raises:
            TalendOAuthError: One of its kinds, when no token can be had within 20 s.
        """
        state = self._cached.recent
        if self._monotonic() < state.fresh_until:
            return state.token  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
        step = self._next_step()
        while isinstance(step, PendingFetch):
            outcome = await step.wait_async(step.deadline - self._monotonic())
            step = self._delivered(outcome) or self._next_step()
        return step

    def __call__(self) -> str:
        """Return the value of `token()`, for libraries that take a token provider."""
        return self.token().value

    def refresh(self) -> AccessToken:
        """Fetch a new token now, although the current one is valid, and return it.

        Permissions are fixed when a token is issued: call this after a permission was granted.
        Waits in this thread; a fetch that is under way is waited for first, and callers who wait
        together share the next one. The current token stays in use if this fails.

        Raises:
            TalendOAuthError: One of its kinds, when no token can be had within 20 s; with a
                static token always, as there is no other.
        """
        cached, context = self._cached, self._context
        if cached.origin:
            raise _static_token_error(cached.origin, "cannot be refreshed")
        begin = self._monotonic()
        deadline = begin + DEADLINE
        while True:
            seen, moment = cached.state, self._monotonic()
            token, pending = seen.unexpired(now(context.clock)), seen.pending
            if token is not None and token.requested.monotonic > begin:
                return token  # of others who waited too, and woke earlier
            if pending is None or pending.deadline <= moment or pending.abandoned:
                pending = PendingFetch(moment + DEADLINE, forced=True)
                if not cached.replace(seen, seen.evolve(pending=pending)):
                    continue
            start(context, cached, pending, urgent=True)
            outcome = pending.wait(deadline - self._monotonic())
            is_new = pending.forced and pending.deadline >= deadline  # began after this call
            if isinstance(outcome, AccessToken):
                if is_new and outcome.age(now(context.clock)) < outcome.expires_in:
                    return outcome
            elif outcome is not None and (is_new or cached.state.pending is pending):
                raise outcome  # or it is too late, or this is called during that fetch

    @hides_arguments
    def discard(self, token: AccessToken) -> None:
        """Stop serving a token that an API rejected (401).

        By value: a newer token, which another caller has fetched since, stays.

        Args:
            token: The one that was sent.

        Raises:
            ConfigurationError: When it is no `AccessToken`.
        """
        if not isinstance(token, AccessToken):  # pyright: ignore[reportUnnecessaryIsInstance]
            what = f"discard() takes an AccessToken, not a {type(token).__name__}."  # type: ignore[unreachable]
            raise ConfigurationError(what, hint="Give what token() returned.")
        self._cached.reject(token)

    @property
    def last_error(self) -> TalendOAuthError | None:
        """Why the last token fetch failed; None after one that did not."""
        return self._cached.state.failure

    def _next_step(self) -> AccessToken | PendingFetch:
        """Return the token if it can be served now, or the fetch to wait for."""
        cached, context = self._cached, self._context
        moment = now(context.clock)
        while True:
            seen = cached.state
            action, token = seen.decide(moment)
            if token is not None and action == "serve":
                return token
            if cached.origin:
                raise _static_token_error(cached.origin, "has expired")
            pending = seen.pending
            if pending and pending.deadline > moment.monotonic and not pending.abandoned:
                break
            pending = PendingFetch(moment.monotonic + DEADLINE)
            if cached.replace(seen, seen.evolve(pending=pending)):
                break
        if not pending.started:
            start(context, cached, pending, urgent=token is None)
        can_serve = action == "serve and refresh" or not pending.started  # no thread can be had
        return token if token is not None and can_serve else pending

    def _delivered(self, outcome: Outcome | None) -> AccessToken | None:
        """Return the token that a fetch brought, or None to ask again.

        Raises:
            TalendOAuthError: What the fetch brought instead, when no other token is valid.
        """
        moment = now(self._context.clock)
        if isinstance(outcome, AccessToken):
            # The machine may have been suspended since.
            return outcome if outcome.age(moment) < outcome.expires_in else None
        token = self._cached.state.unexpired(moment)
        if token is None and outcome is not None:
            raise outcome
        return token

    def __deepcopy__(self, memo: object = None) -> Self:
        return self

    __copy__ = __deepcopy__

    def __getstate__(self) -> dict[str, Any]:
        context = Context(**vars(self._context) | {"random": system_random, "transport": None})
        return {**getattr(self, "__dict__", {}), "_context": context}  # the former of a subclass

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._bind(self._context)

    def __repr__(self) -> str:
        return f"TokenSource({self._context.settings!r})"


def internals(source: TokenSource) -> tuple[Context, CachedToken]:
    """Return what the integrations use of a source, and nobody else may."""
    return source._context, source._cached  # pyright: ignore[reportPrivateUsage]


def as_source(
    source: TokenSource | Settings | None,
    options: SettingsOptions,
    *,
    store: TokenStore | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> TokenSource:
    """Return the source that was given, or one of the settings that were given.

    Args:
        source: A source, or settings, or nothing.
        options: Keyword arguments of `Settings`.
        store: As for `TokenSource`.
        on_event: As for `TokenSource`.

    Raises:
        ConfigurationError: When a source comes with anything else; and as `Settings`.
    """
    if not isinstance(source, TokenSource):
        return TokenSource(source, store=store, on_event=on_event, **options)
    _refuse_beside("TokenSource", {**options, "store": store, "on_event": on_event})
    return source


def _refuse_beside(given: str, others: Mapping[str, object]) -> None:
    names = [name for name, value in others.items() if value is not None]
    if names:
        raise ConfigurationError(
            f"{given} and {', '.join(names)} are both given.", hint=f"Put them into the {given}."
        )


def _static_token_error(origin: str, problem: str) -> ConfigurationError:
    """Return the error for callers to whom a static token is of no use."""
    return ConfigurationError(
        f"The access token in {origin} {problem}.",
        hint="Set a new one, or a client ID and secret, which get new tokens by themselves.",
    )


def _check_arguments(settings: object, store: object, on_event: object) -> None:
    """Refuse arguments of another kind than they have to be, such as a secret as the first one."""
    is_store = all(callable(getattr(store, name, None)) for name in ("load", "save", "lock"))
    for name, value, is_right, wanted in (
        ("The first argument", settings, isinstance(settings, Settings), "Settings"),
        ("store", store, is_store, "a store with the methods load, save and lock"),
        ("on_event", on_event, callable(on_event), "a function"),
    ):
        if value is not None and not is_right:
            raise ConfigurationError(
                f"{name} is a {type(value).__name__}, not {wanted}.",
                hint="Give each setting by its name, such as client_secret=... or region=...",
            )


def _key(context: Context) -> Hashable:
    settings, secret = context.settings, context.settings.secret
    assert secret is not None  # noqa: S101 - Settings have either a token or a secret
    return (
        settings.api_url,
        settings.client_id,
        settings.audience,
        settings.talend_version,
        secret.cache_key(settings.client_id, REGISTRY.key),
        # A test's clock or transport is not to be shared with the real one. Bound methods are equal
        # if their objects are the same, also when those cannot be hashed.
        context.clock.monotonic,
        context.transport and context.transport.handle_request,
    )
