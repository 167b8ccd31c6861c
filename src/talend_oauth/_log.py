"""The one logger, `talend_oauth`, silent unless the application listens.

`logging` is imported at the first event, not at start: a cached token logs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging


def logger() -> logging.Logger:
    """Return the logger that every event of this library goes to."""
    import logging

    found = logging.getLogger("talend_oauth")
    if not found.handlers:
        found.addHandler(logging.NullHandler())
    return found
