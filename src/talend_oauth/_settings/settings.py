"""`Settings`: what a token request needs, each from an argument, else from the environment."""

from __future__ import annotations

import os

from . import checks, regions, sources
from .checks import wrong
from .secrets import Secret, hides_arguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn, Self, TypedDict, Unpack

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

    client_id: str
    secret: SecretSource | None
    api_url: str | None
    audience: str
    talend_version: str
    access_token: Secret | None
    origins: Mapping[str, str]

    @hides_arguments
    def __init__(self, **options: Unpack[SettingsOptions]) -> None:
        _fill(self, options, {})

    @property
    def shown_id(self) -> str:
        """The client ID for messages and logs."""
        return checks.shown_id(self.client_id)

    def __setattr__(self, name: str, value: object = None) -> NoReturn:
        raise AttributeError(f"Settings are frozen: {name!r} cannot be changed")

    __delattr__ = __setattr__

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __repr__(self) -> str:
        is_static = self.access_token is not None
        who = "access_token=***" if is_static else f"client_id={self.shown_id!r}, client_secret=***"
        return f"Settings({who}, api_url={self.api_url!r}, audience={self.audience!r})"


@hides_arguments
def settings_named(options: SettingsOptions, names: Mapping[str, str]) -> Settings:
    """Return settings whose messages call the arguments what the user calls them.

    Args:
        options: Those of `Settings`.
        names: The shown name by argument, such as `{"region": "--region"}`.

    Raises:
        ConfigurationError: As `Settings`.
    """
    settings = Settings.__new__(Settings)
    _fill(settings, options, names)
    return settings


def _fill(settings: Settings, options: Mapping[str, object], names: Mapping[str, str]) -> None:
    lookup = Lookup(options, names)
    api_url = find_api_url(lookup)
    # Credentials outrank the variable of a static token.
    is_static = "access_token" in lookup.options or not lookup.given(*_CREDENTIALS)
    text = lookup.string("access_token") if is_static else None
    origin = lookup.origins.get("access_token", "")
    token = None if text is None else sources.check_secret(Secret(text), origin)
    client_id, secret = find_credentials(lookup) if token is None else ("", None)
    audience = lookup.checked("audience", checks.problem_with_audience) or api_url or ""
    version = lookup.checked("talend_version", checks.problem_with_version) or checks.TALEND_VERSION
    if token is None and api_url is None:
        hint = lookup.misspelt("region", "api_url") + regions.HINT
        raise wrong("No region", f"(set {lookup.how_to_set('region')})", hint)
    found = (client_id, secret, api_url, audience, version, token, lookup.origins)
    vars(settings).update(zip(Settings.__annotations__, found, strict=True))


# Each setting with the variables that are read for it, in order.
VARIABLES: dict[str, tuple[str, ...]] = {
    "client_id": ("TALEND_CLIENT_ID",),
    "client_secret": ("TALEND_CLIENT_SECRET",),
    "client_secret_file": ("TALEND_CLIENT_SECRET_FILE",),
    "region": ("TALEND_REGION",),
    "api_url": ("TALEND_API_URL", "TALEND_BASE_URL"),
    "audience": ("TALEND_AUDIENCE",),
    "access_token": ("TALEND_ACCESS_TOKEN", "TALEND_API_TOKEN"),
    "talend_version": (),
}
_CREDENTIALS = ("client_id", "client_secret", "client_secret_file")


class Lookup:
    """Finds settings, and remembers where each was.

    Args:
        options: The arguments.
        names: What the user calls an argument, where that is not its name: `--region`.

    Attributes:
        options: The arguments.
        origins: For each setting that was found, the argument or variable. Holds no value.

    Raises:
        ConfigurationError: When an argument is no setting.
    """

    def __init__(self, options: Mapping[str, object], names: Mapping[str, str]) -> None:
        self.options = {name: value for name, value in options.items() if value is not None}
        self._names = names
        self.origins: dict[str, str] = {}
        for name in sorted(options.keys() - VARIABLES.keys()):
            close = checks.closest(name, [*VARIABLES])
            hint = f"Did you mean {close!r}? " if close else ""
            hint += f"The settings are {', '.join(VARIABLES)}. A timeout is set on the client."
            raise wrong("Unknown setting", repr(name), hint)

    def given(self, *options: str) -> list[tuple[str, str]]:
        """Return the name and setting of each argument that is given, else of each variable.

        An empty variable counts as not set.
        """
        arguments = [(self._names.get(it, it), it) for it in options if it in self.options]
        variables = [(name, it) for it in options for name in VARIABLES[it] if os.environ.get(name)]
        return arguments or variables

    def how_to_set(self, option: str, *others: str) -> str:
        """Return the variables and the argument of a setting, for messages."""
        names = [name for each in (option, *others) for name in VARIABLES[each]]
        return " or ".join((*names, self._names.get(option, f"{option}=")))

    def misspelt(self, *options: str) -> str:
        """Return a sentence if a variable is set whose name is nearly that of a setting."""
        known = {variable for variables in VARIABLES.values() for variable in variables}
        others = {name.upper(): name for name in os.environ.keys() - known}
        for variable in (variable for option in options for variable in VARIABLES[option]):
            close = checks.closest(variable, [*others])
            if close.startswith("TALEND"):
                return f"{others[close]} is set; did you mean {variable}? "
        return ""

    def string(self, option: str) -> str | None:
        """Return a setting as it was given; None when it is not set.

        Raises:
            ConfigurationError: When it is no string, or two variables differ.
        """
        names = [name for name, _ in self.given(option)]
        if not names:
            return None
        name = self.origins[option] = names[0]
        value = self.options.get(option, os.environ.get(name))
        value = value.reveal() if isinstance(value, Secret) else value
        value = os.fsdecode(value) if isinstance(value, os.PathLike) else value  # pyright: ignore[reportUnknownArgumentType]
        if not isinstance(value, str):
            kind = type(value).__name__
            raise wrong(name, f"must be a string, not {kind}", f"Give {name} as str.")
        if len({os.environ.get(name, "").strip().rstrip("/") for name in names}) > 1:
            raise wrong(" and ".join(names), "are both set, and differ", "Unset one of them.")
        return value

    def checked(self, option: str, check: Callable[[str], checks.Problem | None]) -> str | None:
        """Return a setting without white space around it; None when it is not set.

        Args:
            option: Name of the setting.
            check: Returns what is wrong with it.

        Raises:
            ConfigurationError: When something is.
        """
        given = self.string(option)
        return None if given is None else sources.checked(given, self.origins[option], check)


def find_api_url(lookup: Lookup) -> str | None:
    """Return the base URL of the API, by its region or by itself; None if neither is set."""
    readers = {"region": regions.api_url_of_region, "api_url": regions.check_api_url}
    found: dict[str, str] = {}
    for _, option in lookup.given(*readers):
        text = checks.clean(lookup.string(option) or "")
        found[option] = readers[option](text, lookup.origins[option])
    if len(set(found.values())) > 1:
        given_as = [f"{lookup.origins[option]} ({url})" for option, url in found.items()]
        hint = "Set only one of them: the region, or the base URL of its API."
        raise wrong(" and ".join(given_as), "disagree", hint)
    return next(iter(found.values()), None)


def find_credentials(lookup: Lookup) -> tuple[str, SecretSource]:
    """Return the client ID, and where its secret is read from."""
    client_id, secret = lookup.checked("client_id", checks.problem_with_id), _find_secret(lookup)
    if client_id is None or secret is None:
        missing = {
            f"client ID (set {lookup.how_to_set('client_id')})": client_id,
            f"client secret (set {lookup.how_to_set(*_CREDENTIALS[1:])})": secret,
        }
        hint = "Talend Management Console shows both, the secret only when the account is created."
        what = " and no ".join(name for name, found in missing.items() if found is None)
        raise wrong("No", what, lookup.misspelt(*_CREDENTIALS) + hint)
    origin = lookup.origins["client_id"]
    # Noticed here and not by a fetch, since a client ID is shown.
    if secret.cache_key(client_id, b"same") == Secret(client_id).fingerprint(b"same"):
        hint = "Set each to its own value; both are shown when the account is created."
        raise wrong(f"{origin} and {lookup.origins['client_secret']}", "are the same", hint)
    checks.warn_if_unlikely(client_id, origin)
    return client_id, secret


def _find_secret(lookup: Lookup) -> SecretSource | None:
    found = lookup.given("client_secret", "client_secret_file")
    if not found:
        return None
    [(name, option), *others] = found
    if others:
        raise wrong(f"{name} and {others[0][0]}", "are both given", "Use one of them.")
    lookup.origins["client_secret"] = name
    if option == "client_secret":
        given = lookup.options.get(option, sources.SecretVariable(name))
        return sources.secret_source(given, name)
    path = lookup.checked(option, checks.problem_with_path)
    del lookup.origins[option]
    return None if path is None else sources.SecretFile(path, name)
