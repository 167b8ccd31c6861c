"""Small edits of a document, each at a JSON pointer that has to be there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from openapi_document.loading import DocumentError

if TYPE_CHECKING:
    from openapi_document.loading import Object

Edit = Callable[["Object"], None]


def _parts(at: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]


def find(document: Object, at: str) -> Any:  # noqa: ANN401 - any JSON value
    """Gives what stands at a JSON pointer.

    Raises:
        DocumentError: Nothing does.
    """
    node: Any = document
    for part in _parts(at):
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise DocumentError(f"{at}: nothing there") from None
    return node


def _parent(document: Object, at: str) -> tuple[Any, Any]:
    *above, last = _parts(at)
    node = find(document, "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in above))
    return node, int(last) if isinstance(node, list) else last


def put(at: str, value: object) -> Edit:
    """Sets a value; what is above it has to be there."""

    def edit(document: Object) -> None:
        node, last = _parent(document, at)
        node[last] = value

    return edit


def remove(at: str) -> Edit:
    """Removes a value."""

    def edit(document: Object) -> None:
        find(document, at)
        node, last = _parent(document, at)
        del node[last]

    return edit


def append(at: str, value: object) -> Edit:
    """Adds an item at the end of a list."""

    def edit(document: Object) -> None:
        find(document, at).append(value)

    return edit


def rename(at: str, old: str, new: str) -> Edit:
    """Gives a key of an object another name, in its place."""

    def edit(document: Object) -> None:
        node = find(document, at)
        if old not in node:
            raise DocumentError(f"{at}: has no {old!r}")
        items = [(new if key == old else key, value) for key, value in node.items()]
        node.clear()
        node.update(items)

    return edit
