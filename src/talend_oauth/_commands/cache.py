"""`talend-oauth cache`: shows or empties the folder of stored tokens."""

from __future__ import annotations

from . import _console as console
from ._parser import Parser


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser(
        "cache",
        "Show the folder of stored tokens, or empty it. TALEND_OAUTH_STORE names another folder.",
        examples=("talend-oauth cache path", "talend-oauth cache clear"),
    )
    found.add_argument(
        "action",
        choices=("path", "clear"),
        help="path: print the folder; clear: remove the tokens in it",
    )
    return found


def run(arguments: list[str]) -> int:
    """Print the folder's path, or remove what is stored in it.

    Raises:
        ConfigurationError: When the store is switched off or cannot be emptied.
    """
    from talend_oauth._stores.file import FileStore
    from talend_oauth._stores.variable import plain_store
    from talend_oauth.errors import ConfigurationError

    action = parser().parse(arguments).action
    store = plain_store()
    if store is None:
        raise ConfigurationError(
            "The store is switched off by TALEND_OAUTH_STORE.",
            hint="Unset it, or set it to a folder.",
        )
    if not isinstance(store, FileStore):
        raise ConfigurationError(
            "TALEND_OAUTH_STORE is a Redis, and this command knows folders only.",
            hint="What is in a Redis expires by itself; a token can be replaced: token --refresh.",
        )
    if not store.folder:
        raise ConfigurationError(
            "This user has no home folder, so tokens are not stored.",
            hint="Set TALEND_OAUTH_STORE to the full path of a folder, or HOME.",
        )
    if action == "path":
        console.write(f"{store.folder}\n")
        return 0
    failure = ""
    try:
        count = store.clear()
    except OSError as error:
        failure = error.strerror or type(error).__name__
    else:
        console.say(f"{count} removed from {store.folder}")
        return 0
    raise ConfigurationError(
        f"{store.folder} cannot be emptied: {failure}.", hint="Look at its owner and mode."
    )
