"""Where each setting is found: in an argument, else in a variable of the environment."""

from __future__ import annotations

import os

from talend_oauth._reporting import warn_once
from talend_oauth.errors import ConfigurationError

from .checks import clean, doubt_about, problem_with_id, problem_with_path
from .regions import api_url_of_region, check_api_url
from .secrets import Secret, type_name
from .sources import SecretFile, SecretSource, SecretVariable, check_secret, secret_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .checks import Problem

# Each setting with the variables that are read for it, in order.
VARIABLES: Mapping[str, tuple[str, ...]] = {
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
        options: The arguments, wrapped.
        names: What the user calls an argument, where that is not its name: `--region`.

    Attributes:
        options: The arguments.
        origins: For each setting that was found, the argument or variable. Holds no value.

    Raises:
        ConfigurationError: When an argument is no setting.
    """

    def __init__(
        self, options: Mapping[str, object], names: Mapping[str, str] | None = None
    ) -> None:
        self.options = {**options}
        self._names = names or {}
        self.origins: dict[str, str] = {}
        for name in sorted(options.keys() - VARIABLES.keys()):
            close = _closest(name, VARIABLES)
            raise ConfigurationError(
                f"Unknown setting {name!r}." + (f" Did you mean {close!r}?" if close else ""),
                hint=f"The settings are {', '.join(VARIABLES)}.",
            )

    def name(self, option: str) -> str:
        """Return what the user calls an argument."""
        return self._names.get(option, option)

    def how_to_set(self, option: str, *others: str) -> str:
        """Return the variables and the argument of a setting, for messages."""
        names = [name for each in (option, *others) for name in VARIABLES[each]]
        return " or ".join((*names, self._names.get(option, f"{option}=")))

    def misspelt(self, *options: str) -> str:
        """Return a sentence if a variable is set whose name is nearly that of a setting."""
        known = {variable for variables in VARIABLES.values() for variable in variables}
        others = {name.upper(): name for name in os.environ.keys() - known}
        for variable in (variable for option in options for variable in VARIABLES[option]):
            close = _closest(variable, others)
            if close.startswith("TALEND"):
                return f"{others[close]} is set; did you mean {variable}? "
        return ""

    def is_argument(self, option: str) -> bool:
        """Return whether the setting is an argument."""
        return self.options.get(option) is not None

    def variables(self, option: str) -> list[str]:
        """Return the variables of a setting that are set. An empty one counts as not set."""
        return [variable for variable in VARIABLES[option] if os.environ.get(variable)]

    def string(self, option: str) -> Secret | None:
        """Return a setting as it was given, wrapped until it is checked; None when it is not set.

        Raises:
            ConfigurationError: When it is no string, or two variables differ.
        """
        given = self.options.get(option)
        if given is not None:
            self.origins[option] = self.name(option)
            if isinstance(given, Secret):
                return given
            raise ConfigurationError(
                f"{self.name(option)} must be a string, not {type_name(given)}.",
                hint=f"Give {self.name(option)} as str.",
            )
        names = self.variables(option)
        if not names:
            return None
        if len({os.environ[name].strip().rstrip("/") for name in names}) > 1:
            raise ConfigurationError(
                f"{' and '.join(names)} are both set, and differ.", hint="Unset one of them."
            )
        name = self.origins[option] = names[0]
        return Secret(os.environ[name])

    def checked(self, option: str, check: Callable[[str], Problem | None]) -> str | None:
        """Return a setting without white space around it; None when it is not set.

        Args:
            option: Name of the setting.
            check: Returns what is wrong with it.

        Raises:
            ConfigurationError: When something is.
        """
        given = self.string(option)
        if given is None:
            return None
        text, origin = clean(given.reveal()), self.origins[option]
        problem = check(text)
        if problem is not None:
            raise ConfigurationError(f"{origin} {problem[0]}.", hint=problem[1])
        return text


def find_api_url(lookup: Lookup) -> str | None:
    """Return the base URL of the API, by its region or by itself; None if neither is set."""
    # An argument of either kind outranks the variables of both.
    checks = {"region": api_url_of_region, "api_url": check_api_url}
    found: dict[str, str] = {}
    for option in list(filter(lookup.is_argument, checks)) or list(checks):
        given = lookup.string(option)
        if given is not None:
            found[option] = checks[option](clean(given.reveal()), lookup.origins[option])
    if len(set(found.values())) > 1:
        given_as = " and ".join(
            f"{lookup.origins[option]} ({url})" for option, url in found.items()
        )
        raise ConfigurationError(
            f"{given_as} disagree.",
            hint="Set only one of them: the region, or the base URL of its API.",
        )
    return next(iter(found.values()), None)


def find_static_token(lookup: Lookup) -> Secret | None:
    """Return the static token, if one is to be used: credentials outrank its variable."""
    has_credentials = any(lookup.is_argument(it) or lookup.variables(it) for it in _CREDENTIALS)
    if has_credentials and not lookup.is_argument("access_token"):
        return None
    token = lookup.string("access_token")
    return None if token is None else check_secret(token, lookup.origins["access_token"])


def find_credentials(lookup: Lookup) -> tuple[str, SecretSource]:
    """Return the client ID, and where its secret is read from."""
    client_id, secret = lookup.checked("client_id", problem_with_id), _find_secret(lookup)
    if client_id is None or secret is None:
        missing: list[str] = []
        if client_id is None:
            missing.append(f"client ID (set {lookup.how_to_set('client_id')})")
        if secret is None:
            how = lookup.how_to_set("client_secret", "client_secret_file")
            missing.append(f"client secret (set {how})")
        hint = (
            "Talend Management Console shows both when a service account is created, and the "
            "secret only then."
        )
        raise ConfigurationError(
            f"No {' and no '.join(missing)}.", hint=lookup.misspelt(*_CREDENTIALS) + hint
        )
    origin = lookup.origins["client_id"]
    # Noticed here and not by a fetch, since a client ID is shown.
    if secret.cache_key(client_id, b"same") == Secret(client_id).fingerprint(b"same"):
        raise ConfigurationError(
            f"{origin} and {lookup.origins['client_secret']} are the same.",
            hint="Set each to its own value; both are shown when the account is created.",
        )
    doubt = doubt_about(client_id)
    if doubt:
        warn_once(f"{origin} {doubt}")
    return client_id, secret


def _find_secret(lookup: Lookup) -> SecretSource | None:
    options = ("client_secret", "client_secret_file")
    given = [lookup.name(option) for option in options if lookup.is_argument(option)]
    found = given or [name for option in options for name in lookup.variables(option)]
    if len(found) > 1:
        raise ConfigurationError(
            f"{' and '.join(found)} are both {'given' if given else 'set'}.",
            hint="Use one of them.",
        )
    [name] = found or [""]
    lookup.origins["client_secret"] = name
    if lookup.is_argument("client_secret"):
        return secret_source(lookup.options["client_secret"], name)
    if name in VARIABLES["client_secret"]:
        return SecretVariable(name)
    path = lookup.checked("client_secret_file", problem_with_path)
    lookup.origins.pop("client_secret_file", None)
    return None if path is None else SecretFile(path, name)


def _closest(name: str, names: Iterable[str]) -> str:
    """Return the name that is nearly the same; empty when there is none."""
    from difflib import get_close_matches

    return "".join(get_close_matches(name, names, n=1, cutoff=0.8))
