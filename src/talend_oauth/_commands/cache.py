"""`talend-oauth cache`: where the shared tokens are, and how to be rid of them."""

from __future__ import annotations

import sys

from ._options import store_folder
from ._parser import Parser


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser("cache", "Show the folder of stored tokens, or empty it.")
    found.add_argument("action", choices=("path", "clear"), help="path: print it; clear: empty it")
    return found


def run(arguments: list[str]) -> int:
    """Print the folder's path, or remove what is stored in it.

    Raises:
        ConfigurationError: When the store is switched off or cannot be emptied.
    """
    from talend_oauth._stores.file import FileStore
    from talend_oauth.errors import ConfigurationError

    action = parser().parse(arguments).action
    folder = store_folder()
    if folder is None:
        raise ConfigurationError(
            "The store is switched off: TALEND_OAUTH_STORE is 'off'.",
            hint="Unset it, or set it to a folder.",
        )
    store = FileStore(folder or None)
    if action == "path":
        sys.stdout.write(f"{store.folder}\n")
        return 0
    failure = ""
    try:
        count = store.clear()
    except OSError as error:
        failure = error.strerror or type(error).__name__
    else:
        sys.stderr.write(f"talend-oauth: {count} removed from {store.folder}\n")
        return 0
    raise ConfigurationError(
        f"{store.folder} cannot be emptied: {failure}.", hint="Look at its owner and mode."
    )
