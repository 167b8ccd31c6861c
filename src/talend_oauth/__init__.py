"""Gets, caches and refreshes Talend Cloud access tokens, for Python and the shell.

    import httpx
    from talend_oauth import TalendAuth

    with httpx.Client(base_url="https://api.eu.cloud.talend.com", auth=TalendAuth()) as talend:
        talend.get("/account/me").json()

Most names are loaded when they are first used, so that a program that only needs a token from a
store does not wait for httpx.
"""

from __future__ import annotations

from ._settings.secrets import Secret
from ._version import __version__
from .errors import TalendOAuthError, TalendOAuthWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._lifecycle.source import TokenSource
    from ._reporting import Event
    from ._settings.settings import Settings
    from ._stores.encrypted import EncryptedStore
    from ._stores.file import FileStore
    from ._stores.protocol import TokenStore
    from ._stores.redis import RedisStore
    from ._token import AccessToken
    from .integrations.httpx import TalendAuth, async_client, client

__all__ = ["AccessToken", "Event", "Secret", "Settings", "TalendAuth", "TokenSource", "__version__"]
__all__ += ["EncryptedStore", "FileStore", "RedisStore", "TokenStore"]
__all__ += ["TalendOAuthError", "TalendOAuthWarning", "async_client", "client"]

_MODULES = {
    "AccessToken": "_token",
    "EncryptedStore": "_stores.encrypted",
    "Event": "_reporting",
    "FileStore": "_stores.file",
    "RedisStore": "_stores.redis",
    "Settings": "_settings.settings",
    "TalendAuth": "integrations.httpx",
    "TokenSource": "_lifecycle.source",
    "TokenStore": "_stores.protocol",
    "async_client": "integrations.httpx",
    "client": "integrations.httpx",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = found = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
