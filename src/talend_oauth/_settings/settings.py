"""`Settings`: what a token request needs, from arguments and the environment."""

from __future__ import annotations

from talend_oauth.errors import ConfigurationError

from .checks import TALEND_VERSION, problem_with_audience, problem_with_version, shown_id
from .lookup import Lookup, find_api_url, find_credentials, find_static_token
from .regions import list_ids
from .secrets import guarded
from .sources import wrap_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from typing import Self, TypedDict, Unpack

    from .secrets import Secret
    from .sources import SecretSource

    class SettingsOptions(TypedDict, total=False):
        """The keyword arguments of `Settings`, and of everything that makes one."""

        client_id: str | None
        client_secret: str | Secret | SecretSource | Callable[[], str] | None
        client_secret_file: str | os.PathLike[str] | None
        region: str | None
        api_url: str | None
        audience: str | None
        talend_version: str | None
        access_token: str | Secret | None


_FIELDS = (
    *("client_id", "secret", "api_url", "audience"),
    *("talend_version", "access_token", "origins"),
)


class Settings:
    """What a token request needs: who asks, where, and for what.

    Each setting is taken from the argument if there is one, else from the environment. An empty
    variable counts as not set.

    Args:
        client_id: Id of the service account; `TALEND_CLIENT_ID`.
        client_secret: Its secret, or a function that returns it (called for every fetch);
            `TALEND_CLIENT_SECRET`.
        client_secret_file: A file that holds the secret, read for every fetch, or `-` for
            standard input, read once; `TALEND_CLIENT_SECRET_FILE`.
        region: Id of the region that hosts the tenant, such as `eu`; `TALEND_REGION`. There is
            no default.
        api_url: Base URL of the region's API, instead of a region; `TALEND_API_URL` or
            `TALEND_BASE_URL`.
        audience: The API that the token is for; the base URL unless given; `TALEND_AUDIENCE`.
        talend_version: Version of Talend's API, `YYYY-MM`.
        access_token: A static token instead of a client ID and secret, used until it expires;
            `TALEND_ACCESS_TOKEN` or `TALEND_API_TOKEN`.

    Raises:
        ConfigurationError: When a setting is missing, unknown, contradicts another or cannot be
            right.

    Attributes:
        client_id: As given, or an empty string with a static token.
        secret: Where the secret is read from, or None with a static token.
        api_url: Base URL without a slash at its end; None if unknown, with a static token.
        audience: As given, or the base URL.
        talend_version: As given, or `2021-03`.
        access_token: The static token, masked, or None.
        origins: For each setting, the argument or variable that it came from; holds no value.
    """

    __slots__ = _FIELDS

    client_id: str
    secret: SecretSource | None
    api_url: str | None
    audience: str
    talend_version: str
    access_token: Secret | None
    origins: Mapping[str, str]

    def __init__(self, **options: Unpack[SettingsOptions]) -> None:
        options = wrap_options(options)
        guarded(_fill, self, options)

    @classmethod
    def from_env(cls) -> Self:
        """Return the settings of the environment alone.

        Raises:
            ConfigurationError: As the class itself.
        """
        return cls()

    @property
    def shown_id(self) -> str:
        """The client ID for messages and logs."""
        return shown_id(self.client_id)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Settings are frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Settings are frozen: {name!r} cannot be deleted")

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in _FIELDS}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __repr__(self) -> str:
        if not hasattr(self, "origins"):  # seen in the traceback of a constructor that raised
            return "Settings(incomplete)"
        if self.access_token is not None:
            return f"Settings(access_token=***, api_url={self.api_url!r})"
        return (
            f"Settings(client_id={self.shown_id!r}, client_secret=***, "
            f"api_url={self.api_url!r}, audience={self.audience!r})"
        )


def settings_named(options: SettingsOptions, names: Mapping[str, str]) -> Settings:
    """Return settings whose messages call the arguments what the user calls them.

    Args:
        options: Those of `Settings`.
        names: The shown name by argument, such as `{"region": "--region"}`.

    Raises:
        ConfigurationError: As `Settings`.
    """
    options = wrap_options(options)
    settings = Settings.__new__(Settings)
    guarded(_fill, settings, options, names)
    return settings


def _fill(
    settings: Settings, options: Mapping[str, object], names: Mapping[str, str] | None = None
) -> None:
    lookup = Lookup(options, names)
    api_url, token = find_api_url(lookup), find_static_token(lookup)
    client_id, secret = ("", None) if token is not None else find_credentials(lookup)
    audience = lookup.checked("audience", problem_with_audience) or api_url or ""
    version = lookup.checked("talend_version", problem_with_version) or TALEND_VERSION
    if token is None and api_url is None:
        raise ConfigurationError(
            f"No region (set {lookup.how_to_set('region')}).",
            hint=lookup.misspelt("region", "api_url")
            + f"It is {list_ids()}: the URL of your portal "
            "names it. `talend-oauth regions` lists all.",
        )
    found = (client_id, secret, api_url, audience, version, token, lookup.origins)
    settings.__setstate__(dict(zip(_FIELDS, found, strict=True)))
