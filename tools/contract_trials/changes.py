"""The ways to damage a checkout: edits of the document's tree, and exact edits of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What YAML gives: objects, lists and values in one another.
Tree: TypeAlias = Any

DOCUMENT = "openapi/talend-oauth.yaml"


class DoesNotApplyError(Exception):
    """A mutation no longer fits what it is to damage."""


@dataclass(frozen=True)
class Mutation:
    """One damage.

    Attributes:
        name: What is wrong afterwards.
        apply: Does it to the checkout in the given folder.
        noticeable: False if no consumer could tell; then only the drift check may see it.
    """

    name: str
    apply: Callable[[Path], None]
    noticeable: bool = True


def node(document: Tree, pointer: str) -> Tree:
    """Return what a JSON pointer leads to."""
    for key in pointer.split("/")[1:]:
        key = key.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def in_document(change: Callable[[Tree], None]) -> Callable[[Path], None]:
    """Return what applies `change` to the document's tree and writes it back."""

    def apply(checkout: Path) -> None:
        path = checkout / DOCUMENT
        before, after = (yaml.safe_load(path.read_text(encoding="utf-8")) for _ in range(2))
        change(after)
        if written(after) == written(before):
            raise DoesNotApplyError("the document is as it was")
        path.write_text(written(after), encoding="utf-8")

    return apply


def written(tree: Tree) -> str:
    """Return a tree as YAML, its keys in their order."""
    return yaml.safe_dump(tree, sort_keys=False)


def put(pointer: str, key: str | int, value: Tree) -> Callable[[Path], None]:
    """Set `key` of the object at `pointer`."""

    def change(document: Tree) -> None:
        node(document, pointer)[key] = value

    return in_document(change)


def drop(pointer: str, key: str | int) -> Callable[[Path], None]:
    """Remove `key` from the object or list at `pointer`."""

    def change(document: Tree) -> None:
        del node(document, pointer)[key]

    return in_document(change)


def rename(pointer: str, old: str, new: str) -> Callable[[Path], None]:
    """Rename a key of the object at `pointer`, in its place."""

    def change(document: Tree) -> None:
        there = node(document, pointer)
        items = [(new if key == old else key, value) for key, value in there.items()]
        there.clear()
        there.update(items)

    return in_document(change)


def swap(pointer: str, first: int, second: int) -> Callable[[Path], None]:
    """Exchange two items of the list at `pointer`."""

    def change(document: Tree) -> None:
        there = node(document, pointer)
        there[first], there[second] = there[second], there[first]

    return in_document(change)


def text(name: str, old: str, new: str, *, everywhere: bool = False) -> Callable[[Path], None]:
    """Replace a text of a file; it has to be there exactly once, or at least once `everywhere`."""

    def apply(checkout: Path) -> None:
        path = checkout / name
        content = path.read_text(encoding="utf-8")
        found = content.count(old)
        if found == 0 or (found > 1 and not everywhere):
            raise DoesNotApplyError(f"{name} has {found} times {old!r}")
        path.write_text(content.replace(old, new), encoding="utf-8")

    return apply


def remove(name: str) -> Callable[[Path], None]:
    """Delete a file."""
    return lambda checkout: (checkout / name).unlink()


def create(name: str, content: str) -> Callable[[Path], None]:
    """Write a file that was not there."""

    def apply(checkout: Path) -> None:
        with (checkout / name).open("x", encoding="utf-8") as file:
            file.write(content)

    return apply
