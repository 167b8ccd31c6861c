"""Where each setting is: an argument, else a variable of the environment."""

from __future__ import annotations

import os

from talend_oauth.errors import ConfigurationError

from .secret_file import SecretFile
from .secrets import Secret
from .sources import SecretSource, SecretVariable, kind_of, secret_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

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


OPTIONS = (*VARIABLES, "talend_version")


class Found:
    """Looks settings up, and remembers where each was.

    Args:
        options: The arguments, masked.
        names: What the caller calls an argument, where that is not its name: `--region`.

    Attributes:
        origins: For each setting that was found, the argument or variable; holds no value.
    """

    def __init__(
        self, options: Mapping[str, object], names: Mapping[str, str] | None = None
    ) -> None:
        self._options = {**options}
        self._names = names or {}
        self.origins: dict[str, str] = {}

    def name(self, option: str) -> str:
        """Return what the caller calls an argument."""
        return self._names.get(option, option)

    def how_to_set(self, option: str) -> str:
        """Return the variables and the argument of a setting, for hints."""
        return " or ".join((*VARIABLES[option], self._names.get(option, f"{option}=")))

    def check_names(self) -> None:
        """Refuse an option that is none.

        Raises:
            ConfigurationError: When there is one.
        """
        unknown = [name for name in self._options if name not in OPTIONS]
        if unknown:
            raise ConfigurationError(
                f"There is no setting {', '.join(sorted(unknown))}.",
                hint=f"The settings are {', '.join(OPTIONS)}.",
            )

    def given(self, name: str) -> bool:
        """Say whether the setting is an argument."""
        return self._options.get(name) is not None

    def variables(self, name: str) -> list[str]:
        """Return the set variables of a setting."""
        return [variable for variable in VARIABLES.get(name, ()) if os.environ.get(variable)]

    def origin(self, name: str) -> str:
        """Return the argument or variable of a setting that was found, for messages."""
        return self.origins[name]

    def text(self, name: str) -> Secret | None:
        """Return a setting, masked until it is checked, and refuse contradicting variables.

        Raises:
            ConfigurationError: When it is no string, or two variables disagree.
        """
        given = self._options.get(name)
        if given is not None:
            if not isinstance(given, Secret):
                raise ConfigurationError(
                    f"{self.name(name)} is a {kind_of(given)}, not a string.",
                    hint=f"Give {self.name(name)} as str.",
                )
            self.origins[name] = self.name(name)
            return given
        names = self.variables(name)
        if not names:
            return None
        if len({os.environ[variable].strip().rstrip("/") for variable in names}) > 1:
            raise ConfigurationError(
                f"{' and '.join(names)} are both set, and differ.", hint="Unset one of them."
            )
        self.origins[name] = names[0]
        return Secret(os.environ[names[0]])

    def secret(self) -> SecretSource | None:
        """Return where the client secret is to be read, or None.

        Raises:
            ConfigurationError: When it is given twice, or as something that is no secret.
        """
        value, path = self._options.get("client_secret"), self._options.get("client_secret_file")
        if value is not None and path is not None:
            both = " and ".join(map(self.name, ("client_secret", "client_secret_file")))
            raise ConfigurationError(f"{both} are both given.", hint="Give one of them.")
        if value is not None:
            self.origins["client_secret"] = self.name("client_secret")
            return secret_source(value, self.name("client_secret"))
        if path is not None:
            self.origins["client_secret"] = self.name("client_secret_file")
            if not isinstance(path, Secret):
                raise ConfigurationError(
                    f"{self.name('client_secret_file')} is a {kind_of(path)}, not a path.",
                    hint="Give the path of a file that holds the secret.",
                )
            return SecretFile(path, self.name("client_secret_file"))
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
        return SecretFile(Secret(os.environ[names[0]]), names[0])
