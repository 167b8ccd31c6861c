"""Who asks, where, and for what: one frozen class, from arguments and then the environment."""

from __future__ import annotations

import os
import re

from ._regions import api_url_of, checked_api_url, list_regions
from ._secrets import (
    Secret,
    SecretFile,
    SecretSource,
    SecretVariable,
    masked,
    secret_source,
)
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Self, TypedDict, Unpack

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


DEFAULT_TALEND_VERSION = "2021-03"

# Each setting with the variables that are read for it, in order.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "client_id": ("TALEND_CLIENT_ID",),
    "client_secret": ("TALEND_CLIENT_SECRET",),
    "client_secret_file": ("TALEND_CLIENT_SECRET_FILE",),
    "region": ("TALEND_REGION",),
    "api_url": ("TALEND_API_URL", "TALEND_BASE_URL"),
    "audience": ("TALEND_AUDIENCE",),
    "access_token": ("TALEND_ACCESS_TOKEN", "TALEND_API_TOKEN"),
}
_VERSION = re.compile(r"\d{4}-\d{2}")
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
        ConfigurationError: When a setting is missing, contradicts another or cannot be right.

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
        found = _Found(options)
        fields: dict[str, Any] = {"secret": None, "access_token": None, "client_id": ""}
        fields["api_url"] = _find_api_url(found)
        fields.update(_find_credentials(found))
        fields["audience"] = _checked_audience(found, fields["api_url"])
        fields["talend_version"] = _checked_version(options)
        if fields["access_token"] is None and fields["api_url"] is None:
            raise ConfigurationError(
                "No region is set, and there is no default.",
                hint=f"Set TALEND_REGION (or region=) to one of {list_regions()}; "
                "the address of your Talend portal names it.",
            )
        fields["origins"] = dict(found.origins)
        self.__setstate__(fields)

    @classmethod
    def from_env(cls) -> Self:
        """Return the settings of the environment alone.

        Raises:
            ConfigurationError: As the class itself.
        """
        return cls()

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
        if self.access_token is not None:
            return f"Settings(access_token=***, api_url={self.api_url!r})"
        return (
            f"Settings(client_id={self.client_id!r}, client_secret=***, "
            f"api_url={self.api_url!r}, audience={self.audience!r})"
        )


class _Found:
    """Looks settings up, and remembers where each was."""

    def __init__(self, options: SettingsOptions) -> None:
        self._options = options
        self.origins: dict[str, str] = {}

    def given(self, name: str) -> bool:
        """Say whether the setting is an argument."""
        return self._options.get(name) is not None

    def variables(self, name: str) -> list[str]:
        """Return the set variables of a setting."""
        return [variable for variable in VARIABLES[name] if os.environ.get(variable)]

    def text(self, name: str) -> str | None:
        """Return a setting that is not secret, and refuse contradicting variables."""
        given = self._options.get(name)
        if given is not None:
            if not isinstance(given, str):
                raise ConfigurationError(
                    f"{name} is a {type(given).__name__}, not a string.",
                    hint=f"Give {name} as str.",
                )
            self.origins[name] = _argument(name)
            return given
        names = self.variables(name)
        values = {os.environ[variable].strip().rstrip("/") for variable in names}
        if len(values) > 1:
            raise ConfigurationError(
                f"{' and '.join(names)} disagree: {' and '.join(sorted(values))}.",
                hint="Unset one of them.",
            )
        if not names:
            return None
        self.origins[name] = names[0]
        return os.environ[names[0]]

    def secret(self) -> SecretSource | None:
        """Return where the client secret is to be read, or None."""
        value, path = self._options.get("client_secret"), self._options.get("client_secret_file")
        if value is not None and path is not None:
            raise ConfigurationError(
                "client_secret and client_secret_file are both given.", hint="Give one of them."
            )
        if value is not None:
            self.origins["client_secret"] = _argument("client_secret")
            return secret_source(value)
        if path is not None:
            self.origins["client_secret"] = _argument("client_secret_file")
            return SecretFile(path)
        names = self.variables("client_secret") + self.variables("client_secret_file")
        if len(names) > 1:
            raise ConfigurationError(
                f"{' and '.join(names)} are both set.", hint="Unset one of them."
            )
        if not names:
            return None
        self.origins["client_secret"] = names[0]
        if names[0] in VARIABLES["client_secret"]:
            return SecretVariable(names[0])
        return SecretFile(os.environ[names[0]], names[0])

    def access_token(self) -> Secret | None:
        """Return the ready token, or None."""
        given = self._options.get("access_token")
        if given is not None:
            self.origins["access_token"] = _argument("access_token")
            return given if isinstance(given, Secret) else Secret(given)
        for name in self.variables("access_token"):
            self.origins["access_token"] = name
            return Secret(os.environ[name])
        return None


def _argument(name: str) -> str:
    return f"argument {name}"


def _find_api_url(found: _Found) -> str | None:
    # An argument of either kind outranks the variables of both.
    kinds = [name for name in ("region", "api_url") if found.given(name)] or ["region", "api_url"]
    region = found.text("region") if "region" in kinds else None
    url = found.text("api_url") if "api_url" in kinds else None
    from_region = api_url_of(region) if region is not None else None
    if url is None:
        return from_region
    from_url = checked_api_url(url, setting=found.origins["api_url"].removeprefix("argument "))
    if from_region is not None and from_region != from_url:
        raise ConfigurationError(
            f"The region {region!r} ({from_region}) and the URL {from_url} disagree.",
            hint="Set only one of them: the region, or the base URL of its API.",
        )
    return from_url


def _find_credentials(found: _Found) -> dict[str, Any]:
    if found.given("access_token"):
        return {"access_token": _checked_token(found)}
    client_id, secret = found.text("client_id"), found.secret()
    if client_id is not None and secret is not None:
        client_id = _checked_client_id(client_id, found.origins["client_id"])
        return {"client_id": client_id, "secret": secret}
    if client_id is None and secret is None and found.variables("access_token"):
        return {"access_token": _checked_token(found)}
    missing = [
        f"{what} (set {variables} or {argument})"
        for what, variables, argument, value in (
            ("client id", "TALEND_CLIENT_ID", "client_id=", client_id),
            (
                "client secret",
                "TALEND_CLIENT_SECRET or TALEND_CLIENT_SECRET_FILE",
                "client_secret=",
                secret,
            ),
        )
        if value is None
    ]
    raise ConfigurationError(
        f"No {' and no '.join(missing)}.",
        hint="Both are shown once, when a service account is created in Talend Management Console.",
    )


def _checked_token(found: _Found) -> Secret:
    token = found.access_token()
    assert token is not None  # noqa: S101 - asked for only where there is one
    return token.checked(found.origins["access_token"].removeprefix("argument "))


def _checked_client_id(text: str, origin: str) -> str:
    name = text.strip()
    setting = origin.removeprefix("argument ")
    if not name:
        raise ConfigurationError(f"{setting} is empty.", hint="Set it to the service account's id.")
    problem = ""
    if ":" in name:
        problem = "contains ':', which HTTP Basic cannot carry in a user name (RFC 7617)"
    elif name[0] == name[-1] and name[0] in "\"'`" and len(name) > 1:
        problem = "has quotes around it"
    elif any(c.isspace() or ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in name):
        problem = "has white space or a control character inside"
    elif any(0xD800 <= ord(c) < 0xE000 for c in name):
        problem = "is not valid UTF-8"
    if problem:
        raise ConfigurationError(
            f"{setting} {problem}.",
            hint="Give the id alone, as Talend Management Console shows it.",
        )
    return name


def _checked_audience(found: _Found, api_url: str | None) -> str:
    audience = found.text("audience")
    if audience is None:
        return api_url or ""
    if not audience.strip() or any(ord(c) < 0x20 or ord(c) == 0x7F for c in audience.strip()):
        raise ConfigurationError(
            "The audience is empty or has a control character inside.",
            hint="Leave it out to use the base URL of the API.",
        )
    return audience.strip()


def _checked_version(options: SettingsOptions) -> str:
    version = options.get("talend_version")
    if version is None:
        return DEFAULT_TALEND_VERSION
    if not _VERSION.fullmatch(version):
        raise ConfigurationError(
            f"talend_version {version!r} is not of the form YYYY-MM.",
            hint=f"The current one is {DEFAULT_TALEND_VERSION}; Talend answers an unknown one "
            "with its oldest, silently.",
        )
    return version
