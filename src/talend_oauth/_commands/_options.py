"""Options that several subcommands share, and the token that they describe."""

from __future__ import annotations

import time

from talend_oauth._clock import SYSTEM_CLOCK, now
from talend_oauth._settings.secrets import Secret
from talend_oauth._settings.settings import settings_named
from talend_oauth._stores.variable import store_of_environment
from talend_oauth.errors import ConfigurationError, TalendOAuthError

from . import _console as console
from ._parser import Parser, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from talend_oauth._lifecycle.source import TokenSource
    from talend_oauth._reporting import Event
    from talend_oauth._settings.settings import Settings, SettingsOptions
    from talend_oauth._stores.protocol import TokenStore
    from talend_oauth._token import AccessToken

_NAMES = {
    "client_id": "--client-id",
    "client_secret": "--client-secret-file",
    "client_secret_file": "--client-secret-file",
    "region": "--region",
    "api_url": "--api-url",
    "audience": "--audience",
    "talend_version": "--talend-version",
}


def parser_for(name: str, description: str, examples: Sequence[str] = ()) -> Parser:
    """Return a parser with the options of a service account.

    There is none for the secret itself: every user of the machine can read arguments.

    Args:
        name: Of the subcommand.
        description: For its help.
        examples: For its help.
    """
    parser = Parser(name, description, examples=examples, reads_settings=True)
    add = parser.add_argument
    add("--client-id", metavar="ID", help="client ID of the service account")
    add("--client-secret-file", metavar="FILE", help="file that holds the secret; - reads stdin")
    add("--prompt", action="store_true", help="ask for the secret")
    add("--region", metavar="REGION", help="region of the tenant, such as eu")
    add("--api-url", metavar="URL", help="base URL of the region's API instead")
    add("--audience", metavar="URL", help="the API that the token is for")
    add("--talend-version", metavar="YYYY-MM", help="version of Talend's API")
    add("--no-store", action="store_true", help="do not share tokens with other processes")
    return parser


def add_freshness(parser: Parser) -> None:
    """Add the options that say how new a token has to be."""
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="fetch a new token, for instance after a permission was granted",
    )
    parser.add_argument(
        "--min-lifetime",
        type=number(0, 86400),
        default=0.0,
        metavar="SECONDS",
        help="the token must be valid for at least so long",
    )


def settings_from(options: argparse.Namespace) -> Settings:
    """Return the settings that the options and the environment describe.

    Raises:
        ConfigurationError: As `Settings`.
    """
    if options.prompt and options.client_secret_file:
        raise ConfigurationError(
            "--prompt and --client-secret-file are both given.", hint="Give one of them."
        )
    chosen: SettingsOptions = {
        "client_id": options.client_id,
        "region": options.region,
        "api_url": options.api_url,
        "audience": options.audience,
        "talend_version": options.talend_version,
    }
    names = dict(_NAMES)
    if options.prompt:
        names["client_secret"] = "--prompt"  # noqa: S105 - a name
        chosen["client_secret"] = Secret(console.ask("Client secret: "))
    elif options.client_secret_file:
        chosen["client_secret_file"] = options.client_secret_file
    settings = settings_named(chosen, names)
    if options.verbose:
        found = ", ".join(f"{name} from {origin}" for name, origin in settings.origins.items())
        console.say(f"{settings.api_url or 'no region'}; {found}")
    return settings


def store_from(options: argparse.Namespace) -> TokenStore | None:
    """Return the store of shared tokens, or None when it is switched off."""
    return None if options.no_store else store_of_environment()


def source_from(options: argparse.Namespace, settings: Settings) -> TokenSource:
    """Return the source of tokens that the options describe."""
    from talend_oauth._lifecycle.source import TokenSource

    return TokenSource(settings, store=store_from(options), on_event=listener(options))


def listener(options: argparse.Namespace) -> Callable[[Event], object] | None:
    """Return the function that shows events, or None without `--verbose`."""
    return _say_event if options.verbose else None


def _say_event(event: Event) -> None:
    console.say(repr(event))


def token_from(options: argparse.Namespace) -> AccessToken:
    """Return a valid token; one from the store without importing an HTTP client.

    A stored token is refreshed in the last third of its lifetime: no background does it here.

    Raises:
        TalendOAuthError: When there is no valid token.
    """
    settings, store = settings_from(options), store_from(options)
    stored = _stored(settings, store)
    if stored is not None and _is_enough(stored, options):
        if options.verbose:
            console.say(f"the stored token is valid for {_left(stored):.0f} s")
        return stored
    try:
        token = _fetched(options, settings, store, stored)
    except TalendOAuthError as error:
        if stored is None or options.refresh or _left(stored) < max(options.min_lifetime, 1.0):
            raise
        console.say(
            f"the token was not refreshed; it is valid for {_left(stored):.0f} s more. "
            f"{error.message}",
            prefix="warning: ",
            colour=console.YELLOW,
        )
        return stored
    if _left(token) < options.min_lifetime:
        raise ConfigurationError(
            f"The token is valid for {_left(token):.0f} s, less than --min-lifetime "
            f"{options.min_lifetime:g}.",
            hint="Talend's tokens are usually valid for 1800 s.",
        )
    return token


def _stored(settings: Settings, store: TokenStore | None) -> AccessToken | None:
    from talend_oauth._stores.record import StoredToken

    if store is None or settings.secret is None:
        return None
    shared = StoredToken(store, settings, settings.secret.read(settings.client_id))
    return shared.load(now(SYSTEM_CLOCK))


def _is_enough(token: AccessToken, options: argparse.Namespace) -> bool:
    from talend_oauth._policy import Schedule

    schedule = Schedule(token.expires_in, jitter=0.0)
    is_young = schedule.decide(token.age(now(SYSTEM_CLOCK))) == "serve"
    return is_young and not options.refresh and _left(token) >= options.min_lifetime


def _left(token: AccessToken) -> float:
    return token.expires_in - token.age(now(SYSTEM_CLOCK))


def _fetched(
    options: argparse.Namespace,
    settings: Settings,
    store: TokenStore | None,
    stored: AccessToken | None,
) -> AccessToken:
    from talend_oauth._lifecycle.source import TokenSource

    source = TokenSource(settings, store=store, on_event=listener(options))
    if options.refresh:
        return source.refresh()
    if stored is not None:
        source.discard(stored)  # another process may have stored a newer one by now
    return source.token()


def expiry(token: AccessToken) -> tuple[int, int] | None:
    """Return the seconds until a token expires and when that is; None when it does not say."""
    if token.expires_in == float("inf"):
        return None
    return max(0, int(token.expires_at - time.time())), int(token.expires_at)
