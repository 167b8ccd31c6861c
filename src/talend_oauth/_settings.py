"""Who asks, where, and for what: one frozen class, from arguments and then the environment."""

from __future__ import annotations

import re

from ._lookup import VARIABLES, Found
from ._regions import Place, list_regions, place_of_region, place_of_url
from ._secret_sources import SecretSource, masked
from ._secrets import Secret, general_problem, is_encoded_pair, shown_id, warn_once
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
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
_VERSION = re.compile(r"\d{4}-\d{2}")
_OPTIONS = (*VARIABLES, "talend_version")
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
        _check_names(options)
        found = Found(options)
        place = _find_place(found)
        self._set("api_url", place)
        self._set("access_token", _find_ready_token(found))
        self._set("client_id", "")
        self._set("secret", None)
        if self.access_token is None:
            pair = _find_pair(found)
            self._set("client_id", pair[0].reveal())
            self._set("secret", pair[1])
        self._set("audience", _find_audience(found, place))
        self._set("talend_version", _find_version(found))
        if self.access_token is None and place is None:
            raise ConfigurationError(
                "No region is set, and there is no default.",
                hint=f"Set TALEND_REGION (or region=) to one of {list_regions()}; "
                "the address of your Talend portal names it.",
            )
        self._set("origins", dict(found.origins))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

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
            self._set(name, state[name])

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


def _check_names(options: Mapping[str, object]) -> None:
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise ConfigurationError(
            f"There is no setting {', '.join(sorted(unknown))}.",
            hint=f"The settings are {', '.join(_OPTIONS)}.",
        )


def _find_place(found: Found) -> str | None:
    # An argument of either kind outranks the variables of both.
    kinds = [name for name in ("region", "api_url") if found.given(name)] or ["region", "api_url"]
    region = found.text("region") if "region" in kinds else None
    url = found.text("api_url") if "api_url" in kinds else None
    from_region = from_url = None
    if region is not None:
        from_region = _agreed(place_of_region(region.reveal(), found.origin("region")))
    if url is not None:
        from_url = _agreed(place_of_url(url.reveal(), found.origin("api_url")))
    if from_region is not None and from_url is not None and from_region != from_url:
        raise ConfigurationError(
            f"{found.origin('region')} ({from_region}) and {found.origin('api_url')} ({from_url}) "
            "disagree.",
            hint="Set only one of them: the region, or the base URL of its API.",
        )
    return from_url or from_region


def _agreed(place: Place | ConfigurationError) -> str:
    if isinstance(place, ConfigurationError):
        raise place
    if place.warning:
        warn_once(place.warning)
    return place.api_url


def _find_ready_token(found: Found) -> Secret | None:
    token = found.text("access_token") if found.given("access_token") else None
    pair = ("client_id", "client_secret", "client_secret_file")
    if token is None and not any(found.given(name) or found.variables(name) for name in pair):
        token = found.text("access_token")
    return None if token is None else token.checked(found.origin("access_token"))


def _find_pair(found: Found) -> tuple[Secret, SecretSource]:
    client_id, secret = found.text("client_id"), found.secret()
    if client_id is not None and secret is not None:
        if secret.holds(client_id):
            raise ConfigurationError(
                f"{found.origin('client_id')} and {found.origin('client_secret')} are the same.",
                hint="Set each to its own value; both are shown when the account is created.",
            )
        return _checked_client_id(client_id, found.origin("client_id")), secret
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


def _checked_client_id(client_id: Secret, origin: str) -> Secret:
    client_id = Secret(client_id.reveal().strip())
    problem = _problem_with_id(client_id.reveal())
    if problem is not None:
        raise ConfigurationError(f"{origin} {problem[0]}.", hint=problem[1])
    return client_id


def _problem_with_id(text: str) -> tuple[str, str] | None:
    if not text:
        return "is empty", "Set it to the service account's id."
    problem = general_problem(text)
    if problem is not None:
        return problem
    alone = "Give the id alone, as Talend Management Console shows it."
    if ":" in text:
        return "contains ':', which HTTP Basic cannot carry in a user name (RFC 7617)", alone
    if is_encoded_pair(text):
        return "looks already encoded: it is the base64 of an id and a secret", alone
    return None


def _find_audience(found: Found, place: str | None) -> str:
    audience = found.text("audience")
    if audience is None:
        return place or ""
    audience = Secret(audience.reveal().strip())
    problem = _problem_with_audience(audience.reveal())
    if problem:
        raise ConfigurationError(
            f"{found.origin('audience')} {problem}.",
            hint="Leave it out to use the base URL of the API.",
        )
    return audience.reveal()


def _problem_with_audience(text: str) -> str:
    if not text:
        return "is empty"
    if any(c.isspace() or not c.isprintable() for c in text):
        return "has white space or a control character inside"
    return "holds a user name or password" if "@" in text else ""


def _find_version(found: Found) -> str:
    version = found.text("talend_version")
    if version is None:
        return DEFAULT_TALEND_VERSION
    if not _VERSION.fullmatch(version.reveal()):
        raise ConfigurationError(
            "talend_version is not of the form YYYY-MM.",
            hint=f"The current one is {DEFAULT_TALEND_VERSION}; Talend answers an unknown one "
            "with its oldest, silently.",
        )
    return version.reveal()
