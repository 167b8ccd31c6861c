"""Who asks, where, and for what: one frozen class, from arguments and then the environment."""

from __future__ import annotations

from talend_oauth.errors import ConfigurationError

from .checks import find_audience, find_pair, find_place, find_ready_token, find_version
from .lookup import Found
from .regions import list_ids
from .secrets import shown_id
from .sources import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from typing import Any, Self, TypedDict, Unpack

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
    "client_id",
    "secret",
    "api_url",
    "audience",
    "talend_version",
    "access_token",
    "origins",
)


class Settings:
    """What a token request needs.

    Each setting is taken from the argument if there is one, else from the environment. An empty
    variable counts as not set.

    Args:
        client_id: Id of the service account; `TALEND_CLIENT_ID`.
        client_secret: Its secret, or a function that returns it (called for every token);
            `TALEND_CLIENT_SECRET`.
        client_secret_file: A file that holds the secret, read for every token;
            `TALEND_CLIENT_SECRET_FILE`.
        region: Id of the region that hosts the tenant, such as `eu`; `TALEND_REGION`. There is
            no default.
        api_url: Base URL of the region's API, instead of a region; `TALEND_API_URL` or
            `TALEND_BASE_URL`.
        audience: The API that the token is for; the base URL unless given; `TALEND_AUDIENCE`.
        talend_version: Version of Talend's API, `YYYY-MM`.
        access_token: A ready token instead of a client id and secret, served as long as it
            lives; `TALEND_ACCESS_TOKEN` or `TALEND_API_TOKEN`.

    Raises:
        ConfigurationError: When a setting is missing, unknown, contradicts another or cannot be
            right.

    Attributes:
        client_id: As given, or an empty string with a ready token.
        secret: Where the secret is read from, or None with a ready token.
        api_url: Base URL without a slash at its end; None if unknown, with a ready token.
        audience: As given, or the base URL.
        talend_version: As given, or `2021-03`.
        access_token: The ready token, masked, or None.
        origins: For each setting, where it came from; holds no value.
    """

    __slots__ = (*_FIELDS,)

    client_id: str
    secret: SecretSource | None
    api_url: str | None
    audience: str
    talend_version: str
    access_token: Secret | None
    origins: Mapping[str, str]

    def __init__(self, **options: Unpack[SettingsOptions]) -> None:
        options = masked(options)
        _fill(self, Found(options))

    @classmethod
    def from_env(cls) -> Self:
        """Return the settings of the environment alone.

        Raises:
            ConfigurationError: As the class itself.
        """
        return cls()

    @property
    def shown_id(self) -> str:
        """The client id for messages and logs."""
        return shown_id(self.client_id)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Settings are frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Settings are frozen: {name!r} cannot be deleted")

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIELDS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name in _FIELDS:
            object.__setattr__(self, name, state[name])

    def __copy__(self) -> Self:
        return self

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
    options = masked(options)
    settings = Settings.__new__(Settings)
    _fill(settings, Found(options, names))
    return settings


def _fill(settings: Settings, found: Found) -> None:
    found.check_names()
    api_url = find_place(found)
    client_id, secret = "", None
    token = find_ready_token(found)
    if token is None:
        pair = find_pair(found)
        client_id, secret = pair[0].reveal(), pair[1]
    values: Mapping[str, object] = {
        "access_token": token,
        "api_url": api_url,
        "client_id": client_id,
        "secret": secret,
        "audience": find_audience(found, api_url),
        "talend_version": find_version(found),
        "origins": found.origins,
    }
    if token is None and api_url is None:
        raise ConfigurationError(
            "No region is set.",
            hint=f"Set {found.how_to_set('region')} to {list_ids()}; the URL of your portal "
            "names it (talend-oauth regions).",
        )
    for name, value in values.items():
        object.__setattr__(settings, name, value)
