"""Tokens for other HTTP libraries; each module needs the library it is named after."""

from __future__ import annotations


def explain_missing(error: ModuleNotFoundError, library: str) -> ModuleNotFoundError:
    """Return the error for a library that is not installed; `error` itself for another module.

    Args:
        error: Raised by the import of the library.
        library: Its name, and that of our module and of our extra.
    """
    if error.name != library:
        return error
    return ModuleNotFoundError(
        f"talend_oauth.integrations.{library} needs {library}, which is not installed.\n"
        f"Install it: pip install 'talend-oauth[{library}]'",
        name=library,
    )
