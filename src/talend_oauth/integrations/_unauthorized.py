"""What the integrations share: whose token is sent to which hosts, and the rule for a 401."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from talend_oauth._clock import now
from talend_oauth._lifecycle.source import TokenSource, as_source, internals
from talend_oauth._reporting import logger
from talend_oauth._settings.secrets import WrongType
from talend_oauth._settings.settings import Settings
from talend_oauth._settings.sources import wrap_options
from talend_oauth.errors import ConfigurationError, NotReplayedError

from ._hosts import AllowedHosts, wrap_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from typing import Unpack

    from talend_oauth._reporting import Event
    from talend_oauth._settings.settings import SettingsOptions
    from talend_oauth._stores.protocol import TokenStore
    from talend_oauth._token import AccessToken
    from talend_oauth.errors import TalendOAuthError

    Address = tuple[str, str, int | None]  # scheme, host, port of a URL
    Arguments = tuple[
        TokenSource | Settings | None,
        Iterable[str],
        TokenStore | None,
        Callable[[Event], object] | None,
        SettingsOptions,
    ]

UNAUTHORIZED = 401
_STORE_METHODS = ("load", "save", "lock")


class BearerAuth:
    """Base of the `TalendAuth` classes.

    A 401 is acted on only if the request carried our token to a host that may have it. Then the
    token is discarded, and the request is worth a second try with a new one, unless the token was
    issued for this very request, or another new token was rejected a moment ago: then the reason
    is not the token, and a new one would only cost a request.

    Attributes:
        source: Where the tokens are from.
    """

    def __init__(
        self,
        source: TokenSource | Settings | None = None,
        *,
        hosts: Iterable[str] = (),
        store: TokenStore | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Unpack[SettingsOptions],
    ) -> None:
        source, hosts, store, on_event, options = wrap_arguments(
            source, hosts, store, on_event, options
        )
        _refuse_wrong(source=source, store=store, on_event=on_event)
        self.source = as_source(source, options, store=store, on_event=on_event)
        inner = internals(self.source)
        self._hosts = AllowedHosts(inner.settings.api_url, hosts)
        self._monotonic = inner.clock.monotonic  # read for every request

    def _may_send(self, address: Address, headers: Container[str]) -> bool:
        """Return whether a request may carry the token; if not, warn.

        A request that has credentials of its own for another host needs no warning.

        Raises:
            ConfigurationError: Over plain http to a host that may have the token.
        """
        if self._hosts.allows(*address):
            return True
        if "Authorization" not in headers:
            self._hosts.explain(*address[:2])
        return False

    def _is_rejected(
        self, token: AccessToken, status: int, address: Address, sent: str | None
    ) -> bool:
        """Return whether a response is the 401 of a host that was sent this token.

        Args:
            token: That was put on the first request.
            status: Of the response.
            address: Of the request that got the response, which may be the last of redirects.
            sent: The `Authorization` header of that request.
        """
        return (
            status == UNAUTHORIZED and sent == token.authorization and self._hosts.allows(*address)
        )

    def _discard(self, token: AccessToken, started: float) -> bool:
        """Discard a rejected token; return whether a new one is worth trying.

        Args:
            token: The one that was sent.
            started: Monotonic time at which the request began.
        """
        inner, is_new = internals(self.source), token.requested.monotonic >= started
        if not inner.cached.is_renewable or is_new or inner.cached.is_unhelpful(now(inner.clock)):
            return False
        self.source.discard(token)
        return True

    def _note_unhelpful(self) -> None:
        """Remember that a new token was rejected as well, so that others are not tried."""
        inner = internals(self.source)
        inner.cached.note_unhelpful(now(inner.clock))

    def __getstate__(self) -> dict[str, Any]:
        state = {**vars(self)}
        del state["_monotonic"]  # of a clock that may be neither copied nor pickled
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._monotonic = internals(self.source).clock.monotonic

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'source', 'incomplete')!r})"


def wrap_arguments(
    source: TokenSource | Settings | None,
    hosts: Iterable[str],
    store: TokenStore | None,
    on_event: Callable[[Event], object] | None,
    options: SettingsOptions,
) -> Arguments:
    """Return the arguments of a public function so that no traceback shows a secret among them.

    Called first: a secret may be given in the wrong place, such as `TalendAuth("secret")`.
    """
    return (
        cast("Any", source if isinstance(source, TokenSource | Settings) else _wrong(source)),
        wrap_hosts(hosts),
        cast("Any", store if _is_store(store) else _wrong(store)),
        cast("Any", on_event if callable(on_event) else _wrong(on_event)),
        wrap_options(options),
    )


def _wrong(value: object) -> WrongType | None:
    return value if value is None or isinstance(value, WrongType) else WrongType(value)


def _is_store(store: object) -> bool:
    return all(callable(getattr(store, name, None)) for name in _STORE_METHODS)


def _refuse_wrong(*, source: object, store: object, on_event: object) -> None:
    """Refuse arguments that are of another kind than they have to be.

    Raises:
        ConfigurationError: It names the kind, and does not show the value.
    """
    for name, value, wanted in (
        ("source", source, "a TokenSource or Settings"),
        ("store", store, "a store with the methods load, save and lock"),
        ("on_event", on_event, "a function"),
    ):
        if isinstance(value, WrongType):
            raise ConfigurationError(
                f"{name} is a {value.name}, not {wanted}.",
                hint="Give each setting by its name, such as client_secret=... or region=...",
            )


def not_replayed_error(host: str) -> NotReplayedError:
    """Return the error for a rejected request whose body cannot be sent again."""
    return NotReplayedError(
        f"{host} rejected the token (401), and the request's body was streamed, so it cannot be "
        "sent again.",
        hint="Send the request again: it gets a new token. Give the body as bytes to have this "
        "done for you.",
        status=UNAUTHORIZED,
    )


def log_not_renewed(error: TalendOAuthError) -> None:
    """Log that an API's 401 is returned because no other token could be fetched."""
    logger().warning("an API rejected the token, and no new one came: %s", type(error).__name__)
