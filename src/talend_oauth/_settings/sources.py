"""The places a secret can come from; each is read again for every token."""

from __future__ import annotations

import os

from talend_oauth.errors import ConfigurationError

from .secrets import Secret, Unusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .settings import SettingsOptions


class SecretSource:
    """Where the secret is; read again for every token, so that it can change meanwhile."""

    __slots__ = ("_origin",)

    def __init__(self, origin: str) -> None:
        self._origin = origin

    @property
    def origin(self) -> str:
        """The argument or variable, for messages."""
        return self._origin

    def read(self, client_id: str = "") -> Secret:
        """Return the secret as it is now.

        Args:
            client_id: The id that it belongs to, for the checks.

        Raises:
            ConfigurationError: When it cannot be read or cannot be a secret.
        """
        raise NotImplementedError

    def identity(self, client_id: str, key: bytes) -> object:
        """Return something equal for sources that give the same secret now.

        Args:
            client_id: The id that it belongs to, for the checks.
            key: The key of the hash.
        """
        return self.read(client_id).fingerprint(key)

    def holds(self, text: Secret) -> bool:
        """Say whether the secret is known without looking it up, and is this text."""
        del text
        return False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.origin!r})"


class SecretValue(SecretSource):
    """The secret itself."""

    __slots__ = ("_secret",)

    def __init__(self, secret: Secret, origin: str = "client_secret") -> None:
        super().__init__(origin)
        self._secret = secret

    def read(self, client_id: str = "") -> Secret:
        """Return the value."""
        return self._secret.checked(self.origin, client_id)

    def holds(self, text: Secret) -> bool:
        """Say whether the value is this text."""
        return self._secret == text


class SecretVariable(SecretSource):
    """A variable of the environment."""

    __slots__ = ()

    def read(self, client_id: str = "") -> Secret:
        """Return what the variable holds now."""
        return Secret(os.environ.get(self.origin, "")).checked(self.origin, client_id)

    def holds(self, text: Secret) -> bool:
        """Say whether the variable holds this text now."""
        return Secret(os.environ.get(self.origin, "")) == text


class SecretCallable(SecretSource):
    """A function that returns the secret, such as a look-up in a vault."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], object], origin: str = "client_secret()") -> None:
        super().__init__(origin)
        self._function = function

    def read(self, client_id: str = "") -> Secret:
        """Return what the function returns now."""
        failure = ""
        try:
            secret = self._call()
        except Exception as error:  # noqa: BLE001 - the user's function may raise anything
            failure = f"raised {type(error).__name__}"
        else:
            if secret is not None:
                return secret.checked(self.origin, client_id)
            failure = "did not return a string"
        raise ConfigurationError(
            f"{self.origin} {failure}.",
            hint="Call the function by hand to see why; it has to return the secret as str.",
        )

    def _call(self) -> Secret | None:
        # A frame that raises only what the function raised; the text is never one of its locals.
        return _wrapped(self._function())

    def identity(self, client_id: str, key: bytes) -> object:
        """Return the function: calling it may be slow, and is left to the renewal."""
        del client_id, key
        try:
            hash(self._function)
        except TypeError:
            return self
        return self._function


def _wrapped(value: object) -> Secret | None:
    if isinstance(value, Secret):
        return value
    return Secret(value) if isinstance(value, str) else None


def secret_source(given: object, origin: str = "client_secret") -> SecretSource:
    """Return the source for what a user gave as `client_secret`, which is masked by now.

    Args:
        given: A `Secret`, a `SecretSource`, or a function that returns the string.
        origin: The name of the argument, for messages.

    Raises:
        ConfigurationError: When it is none of those.
    """
    if isinstance(given, SecretSource):
        return given
    if isinstance(given, Secret):
        return SecretValue(given, origin)
    if callable(given):
        return SecretCallable(given, f"{origin}()")
    raise ConfigurationError(
        f"{origin} is a {kind_of(given)}, not a string or a function that returns one.",
        hint="Give the plain secret, or a function without arguments that looks it up.",
    )


def kind_of(value: object) -> str:
    """Return the name of a value's type, also of one that was masked."""
    return value.kind if isinstance(value, Unusable) else type(value).__name__


def masked(options: SettingsOptions) -> SettingsOptions:
    """Wrap every argument of a public function, as the first thing it does.

    Every one, since a secret may be given in a wrong place: `id:secret` as the id, a password
    within a URL, the secret as the name of its file.

    Args:
        options: Keyword arguments; not changed.
    """
    wrapped: dict[str, Any] = {name: _masked(value) for name, value in options.items()}
    return wrapped  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


def _masked(value: object) -> object:
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, os.PathLike):
        return Secret(os.fsdecode(value))  # pyright: ignore[reportUnknownArgumentType]
    kinds = (Secret, SecretSource, Unusable, type(None))
    return value if isinstance(value, kinds) or callable(value) else Unusable(value)
