"""Options that several subcommands share, and the source of tokens that they describe."""

from __future__ import annotations

import os
import sys

from talend_oauth._clock import SYSTEM_CLOCK, now
from talend_oauth._settings.secrets import Secret
from talend_oauth._settings.settings import Settings
from talend_oauth._settings.sources import SecretCallable
from talend_oauth._stores.file import FileStore
from talend_oauth.errors import ConfigurationError

from ._parser import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from talend_oauth._lifecycle.source import TokenSource
    from talend_oauth._settings.settings import SettingsOptions
    from talend_oauth._token import AccessToken


def parser_for(name: str, description: str) -> Parser:
    """Return a parser with the options that say who asks, where and for what.

    There is none for the secret itself: arguments are visible to every user of the machine.

    Args:
        name: Of the subcommand.
        description: For its help.
    """
    parser = Parser(name, description)
    parser.add_argument("--client-id", metavar="ID", help="id of the service account")
    parser.add_argument(
        "--client-secret-file", metavar="FILE", help="file that holds the secret; - reads stdin"
    )
    parser.add_argument("--prompt", action="store_true", help="ask for the secret")
    parser.add_argument("--region", metavar="REGION", help="region of the tenant, such as eu")
    parser.add_argument("--api-url", metavar="URL", help="base URL of the region's API instead")
    parser.add_argument("--audience", metavar="URL", help="the API that the token is for")
    parser.add_argument(
        "--no-store", action="store_true", help="do not share tokens with other processes"
    )
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    """Return the settings that the options and the environment describe.

    Raises:
        ConfigurationError: As `Settings`.
    """
    chosen: SettingsOptions = {
        "client_id": options.client_id,
        "region": options.region,
        "api_url": options.api_url,
        "audience": options.audience,
    }
    if options.prompt and options.client_secret_file:
        raise ConfigurationError(
            "--prompt and --client-secret-file are both given.", hint="Give one of them."
        )
    if options.prompt:
        chosen["client_secret"] = _ask()
    elif options.client_secret_file == "-":  # noqa: S105 - the name of stdin
        chosen["client_secret"] = SecretCallable(_read_stdin, "the secret on stdin").read()
    elif options.client_secret_file:
        chosen["client_secret_file"] = options.client_secret_file
    return Settings(**chosen)


def _read_stdin() -> str:
    return sys.stdin.buffer.read(65536).decode()


def _ask() -> Secret:
    from getpass import getpass

    return Secret(getpass("Client secret: "))


def store_from(options: argparse.Namespace) -> FileStore | None:
    """Return the store of shared tokens, or None when it is switched off."""
    folder = store_folder()
    return None if options.no_store or folder is None else FileStore(folder or None)


def store_folder() -> str | None:
    """Return the folder of the store; empty for the usual one, None when it is switched off."""
    folder = os.environ.get("TALEND_OAUTH_STORE", "")
    return None if folder.lower() == "off" else folder


def source_from(options: argparse.Namespace) -> TokenSource:
    """Return the source of tokens that the options describe."""
    from talend_oauth._lifecycle.source import TokenSource

    return TokenSource(settings_from(options), store=store_from(options))


def token_from(options: argparse.Namespace) -> AccessToken:
    """Return a valid token; one from the store without importing an HTTP client.

    Raises:
        TalendOAuthError: One of its kinds, when no token can be had.
    """
    settings, store = settings_from(options), store_from(options)
    stored = _stored(settings, store)
    if stored is not None:
        return stored
    from talend_oauth._lifecycle.source import TokenSource

    return TokenSource(settings, store=store).token()


def _stored(settings: Settings, store: FileStore | None) -> AccessToken | None:
    """Return the stored token if more than its last minute is left."""
    from talend_oauth._policy import Schedule
    from talend_oauth._stores.record import StoredToken

    if store is None or settings.secret is None:
        return None
    shared = StoredToken(store, settings, settings.secret.read(settings.client_id))
    moment = now(SYSTEM_CLOCK)
    token = shared.load(moment)
    if token is None:
        return None
    action = Schedule(token.expires_in, jitter=0.0).decide(token.age(moment))
    return token if action in ("serve", "serve and refresh") else None
