"""Compares two schemas: which values does the new one refuse, and which does it newly allow?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from openapi_document.resolving import ANNOTATIONS, expand, types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openapi_document.loading import Object


class Effect(Enum):
    """What a difference does to the values that are allowed, or to those who use them."""

    NARROWER = "refuses values that were allowed"
    WIDER = "allows values that were refused"
    OTHER = "allows other values"
    GONE = "takes away what clients use"
    NEW = "adds what older clients do not know"
    NAME = "changes names in generated code"
    NOTE = "says more about the same values"
    WORDING = "says the same to machines"


@dataclass(frozen=True)
class Difference:
    """One difference between two schemas.

    Attributes:
        place: Where in the schema, for people: names of properties with dots.
        what: What differs.
        effect: What that does.
    """

    place: str
    what: str
    effect: Effect


_LOWER = {"minimum": None, "exclusiveMinimum": None, "minLength": 0, "minItems": 0}
_LOWER |= {"minProperties": 0}
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Formats of numbers, from narrow to wide; no format is the widest.
_NUMBERS = (("int32", "int64", None), ("float", "double", None))
# What `compare` looks at, beside the bounds above.
_JUDGED = frozenset({"type", "format", "enum", "pattern", "multipleOf", "uniqueItems", "default"})
_JUDGED |= {"properties", "required", "additionalProperties", "items", "allOf", "oneOf", "anyOf"}
_JUDGED |= {"title", "deprecated", *_LOWER, *_UPPER, *ANNOTATIONS}


def _key(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def show(value: object) -> str:
    """Writes a JSON value in a few characters; `...` stands for absence."""
    text = "none" if value is ... else json.dumps(value)
    return text if len(text) <= 50 else text[:47] + "..."


def _order(old: Any, new: Any, *, lower: bool) -> Effect:  # noqa: ANN401 - a number or None
    if new is None or old is None:
        return Effect.WIDER if new is None else Effect.NARROWER
    return Effect.NARROWER if (new > old) == lower else Effect.WIDER


class Comparison:
    """Compares schemas of two documents."""

    def __init__(self, old: Object, new: Object, *, names: bool = True) -> None:
        """Takes the documents that the schemas are in.

        Args:
            old: The earlier document.
            new: The later document.
            names: Whether the names of components count.
        """
        self._old, self._new, self._names = old, new, names
        self._open: set[tuple[str, str]] = set()

    def compare(self, old: object, new: object, place: str = "") -> Iterator[Difference]:
        """Yields the differences between two schemas.

        Args:
            old: A schema of the earlier document.
            new: A schema of the later document.
            place: Where they are, for people.

        Raises:
            DocumentError: A reference cannot be followed.
        """
        before, old_name = expand(self._old, old)
        after, new_name = expand(self._new, new)
        if self._names and old_name != new_name:
            what = f"the schema's name {old_name or 'none'} -> {new_name or 'none'}"
            yield Difference(place, what, Effect.NAME)
        pair = (_key(before), _key(after))
        if pair in self._open:  # a schema that contains itself
            return
        self._open.add(pair)
        try:
            yield from self._compare(before, after, place)
        finally:
            self._open.remove(pair)

    def _compare(self, old: Object, new: Object, place: str) -> Iterator[Difference]:
        yield from self._annotations(old, new, place)
        old, new = ({k: v for k, v in s.items() if k not in ANNOTATIONS} for s in (old, new))
        before, after = self._alternatives(old), self._alternatives(new)
        if before and after:
            yield from self._union(before, after, place)
            if ("oneOf" in old) != ("oneOf" in new):
                effect = Effect.WIDER if "oneOf" in old else Effect.NARROWER
                yield Difference(place, "oneOf <-> anyOf", effect)
        elif (before or after) and (new if after else old).keys() <= {"oneOf", "anyOf"}:
            # One value's schema became several, or the other way round.
            yield from self._union(before or [old], after or [new], place)
            return
        elif before or after:
            effect = Effect.WIDER if before else Effect.NARROWER
            yield Difference(place, "alternatives are " + ("gone" if before else "new"), effect)
        yield from self._values(old, new, place)
        yield from self._bounds(old, new, place)
        yield from self._object(old, new, place)
        if "items" in old or "items" in new:
            yield from self.compare(old.get("items", {}), new.get("items", {}), f"{place}[]")
        yield from self._all_of(old.get("allOf", []), new.get("allOf", []), place)
        for keyword in sorted((old.keys() | new.keys()) - _JUDGED):
            if old.get(keyword, ...) != new.get(keyword, ...):
                effect = Effect.NOTE if keyword.startswith("x-") else Effect.OTHER
                yield Difference(place, f"{keyword} changed", effect)

    @staticmethod
    def _alternatives(schema: Object) -> list[Any]:
        return [*schema.get("oneOf", ()), *schema.get("anyOf", ())]

    def _annotations(self, old: Object, new: Object, place: str) -> Iterator[Difference]:
        for keyword in ANNOTATIONS:
            if old.get(keyword) != new.get(keyword):
                yield Difference(place, f"{keyword} changed", Effect.WORDING)

    def _union(self, old: list[Any], new: list[Any], place: str) -> Iterator[Difference]:
        left, added = list(old), list(new)
        same = {Effect.WORDING}
        for alike in ("equal", "type"):
            for branch in list(left):
                for other in added:
                    found = list(self.compare(branch, other, place))
                    if alike == "equal":
                        fits = {difference.effect for difference in found} <= same
                    else:
                        kinds = (expand(self._old, branch)[0], expand(self._new, other)[0])
                        fits = types(kinds[0]) == types(kinds[1])
                    if fits:
                        yield from found
                        left.remove(branch)
                        added.remove(other)
                        break
        if len(left) == len(added) == 1:
            yield from self.compare(left[0], added[0], place)
            return
        for branch in left:
            yield Difference(place, f"alternative {show(branch)} is gone", Effect.NARROWER)
        for branch in added:
            yield Difference(place, f"alternative {show(branch)} is new", Effect.WIDER)

    def _values(self, old: Object, new: Object, place: str) -> Iterator[Difference]:
        before, after = types(old), types(new)
        if before != after:
            narrower = before is None or (after is not None and after < before)
            wider = after is None or (before is not None and before < after)
            effect = Effect.NARROWER if narrower else Effect.WIDER if wider else Effect.OTHER
            what = f"type {show(old.get('type', ...))} -> {show(new.get('type', ...))}"
            yield Difference(place, what, effect)
        yield from self._enum(old, new, place)
        if old.get("format") != new.get("format"):
            what = f"format {show(old.get('format', ...))} -> {show(new.get('format', ...))}"
            yield Difference(place, what, _format(old.get("format"), new.get("format")))
        if old.get("pattern") != new.get("pattern"):
            what = f"pattern {show(old.get('pattern', ...))} -> {show(new.get('pattern', ...))}"
            effect = Effect.OTHER
            if not ("pattern" in old and "pattern" in new):
                effect = Effect.NARROWER if "pattern" in new else Effect.WIDER
            yield Difference(place, what, effect)
        if old.get("default", ...) != new.get("default", ...):
            what = f"default {show(old.get('default', ...))} -> {show(new.get('default', ...))}"
            yield Difference(place, what, Effect.GONE if "default" in old else Effect.NOTE)
        if old.get("title") != new.get("title"):
            yield Difference(place, "title changed", Effect.NAME)
        if old.get("deprecated", False) != new.get("deprecated", False):
            what = "deprecated" if new.get("deprecated") else "no longer deprecated"
            yield Difference(place, what, Effect.NOTE)

    def _enum(self, old: Object, new: Object, place: str) -> Iterator[Difference]:
        if ("enum" in old) != ("enum" in new):
            effect = Effect.NARROWER if "enum" in new else Effect.WIDER
            yield Difference(
                place, "list of values " + ("new" if "enum" in new else "gone"), effect
            )
            return
        before = {_key(value) for value in old.get("enum", ())}
        after = {_key(value) for value in new.get("enum", ())}
        for value in sorted(before - after):
            yield Difference(place, f"value {value} is gone", Effect.NARROWER)
        for value in sorted(after - before):
            yield Difference(place, f"value {value} is new", Effect.WIDER)

    def _bounds(self, old: Object, new: Object, place: str) -> Iterator[Difference]:
        for keyword in (*_LOWER, *_UPPER):
            before = old.get(keyword, _LOWER.get(keyword))
            after = new.get(keyword, _LOWER.get(keyword))
            if before != after:
                what = f"{keyword} {show(old.get(keyword, ...))} -> {show(new.get(keyword, ...))}"
                yield Difference(place, what, _order(before, after, lower=keyword in _LOWER))
        if (before := old.get("multipleOf")) != (after := new.get("multipleOf")):
            effect = Effect.OTHER
            if before is None or (after is not None and after % before == 0):
                effect = Effect.NARROWER
            elif after is None or before % after == 0:
                effect = Effect.WIDER
            yield Difference(place, f"multipleOf {show(before)} -> {show(after)}", effect)
        if old.get("uniqueItems", False) != new.get("uniqueItems", False):
            effect = Effect.NARROWER if new.get("uniqueItems") else Effect.WIDER
            yield Difference(place, "uniqueItems changed", effect)

    def _object(self, old: Object, new: Object, place: str) -> Iterator[Difference]:
        before, after = old.get("properties", {}), new.get("properties", {})
        prefix = f"{place}." if place else ""
        for name in before:
            if name in after:
                yield from self.compare(before[name], after[name], prefix + name)
            else:
                yield Difference(prefix + name, "property is gone", Effect.GONE)
        # An object that is closed refused what is new; an open one let it pass unseen.
        extra = old.get("additionalProperties", True), new.get("additionalProperties", True)
        for name in after:
            if name not in before:
                effect = Effect.WIDER if extra[0] is False else Effect.NEW
                yield Difference(prefix + name, "property is new", effect)
                if isinstance(extra[0], dict) and extra[0]:
                    yield from self.compare(extra[0], after[name], prefix + name)
        required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(required[1] - required[0]):
            yield Difference(prefix + name, "is now required", Effect.NARROWER)
        for name in sorted(required[0] - required[1]):
            yield Difference(prefix + name, "is no longer required", Effect.WIDER)
        if False in extra and extra[0] is not extra[1]:
            what = "object is now " + ("closed" if extra[1] is False else "open")
            effect = Effect.NARROWER if extra[1] is False else Effect.WIDER
            yield Difference(place, what, effect)
        elif extra[0] != extra[1]:
            yield from self.compare(*extra, f"{prefix}*")

    def _all_of(self, old: list[Any], new: list[Any], place: str) -> Iterator[Difference]:
        for before, after in zip(old, new, strict=False):
            yield from self.compare(before, after, place)
        for branch in old[len(new) :]:
            yield Difference(place, f"allOf {show(branch)} is gone", Effect.WIDER)
        for branch in new[len(old) :]:
            yield Difference(place, f"allOf {show(branch)} is new", Effect.NARROWER)


def _format(old: str | None, new: str | None) -> Effect:
    if {old, new} == {"password", None}:
        return Effect.NOTE  # a hint to hide the value
    for row in _NUMBERS:
        if old in row and new in row:
            return Effect.WIDER if row.index(new) > row.index(old) else Effect.NARROWER
    if old is None or new is None:
        return Effect.NARROWER if old is None else Effect.WIDER
    return Effect.OTHER
