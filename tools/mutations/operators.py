"""Mutation operators that cosmic-ray lacks: a statement that is not run, an argument not given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import parso
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import OPERATOR_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parso.tree import NodeOrLeaf

    Position = tuple[int, int]


class RemoveStatement(Operator):
    """Put `pass` in the place of a call or of an assignment to an attribute or item."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[tuple[Position, Position]]:
        """Yield where such a statement is."""
        if node.parent is None or node.parent.type != "simple_stmt":
            return
        first = node.children[0] if node.type == "expr_stmt" else node
        if first.type in {"atom_expr", "await"} or first.get_code().strip() == "await":
            yield node.start_pos, node.end_pos

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        """Return what is put in its place."""
        del index
        return parso.parse(node.get_first_leaf().prefix + "pass")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Return what it does."""
        return (Example("f(x)", "pass"), Example("self.x = 1", "pass"))


class RemoveArgument(Operator):
    """Leave a keyword argument out of a call with several arguments."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[tuple[Position, Position]]:
        """Yield where such an argument is."""
        for argument in self._arguments(node):
            yield argument.start_pos, argument.end_pos

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        """Return the call's arguments without it."""
        place = node.children.index(self._arguments(node)[index])
        del node.children[place : place + 2]
        return node

    @staticmethod
    def _arguments(node: NodeOrLeaf) -> list[NodeOrLeaf]:
        if node.type != "arglist" or node.parent.type != "trailer":
            return []
        return [n for n in node.children if n.type == "argument" and n.children[1] == "="]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Return what it does."""
        return (Example("f(x, y=1)", "f(x,)"),)


OPERATOR_PROVIDERS["here"] = {c.__name__: c for c in (RemoveStatement, RemoveArgument)}
