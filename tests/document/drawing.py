"""What the property tests draw from, and how: the same examples in each run, without a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import settings
from openapi_document.loading import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

steady = settings(deadline=None, derandomize=True, database=None)


def places(node: Any, at: str = "") -> Iterator[str]:
    """Yields the JSON pointers of all that is in a value."""
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        here = at + pointer(key)
        yield here
        if isinstance(child, dict | list):
            yield from places(child, here)
