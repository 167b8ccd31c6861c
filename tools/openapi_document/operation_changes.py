"""Compares two operations: parameters, request body, responses, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openapi_document.changes import Change, Verdict, judge
from openapi_document.resolving import ANNOTATIONS, resolve
from openapi_document.schema_changes import Comparison, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openapi_document.loading import Object

BREAKING, COMPATIBLE, WORDING = Verdict.BREAKING, Verdict.COMPATIBLE, Verdict.WORDING

_OPERATION = frozenset({"operationId", "tags", "parameters", "requestBody", "responses"})
_OPERATION |= {"deprecated", "security", "servers"}
_PARAMETER = frozenset({"name", "in", "required", "schema", "content", "deprecated"})
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def rest(old: Object, new: Object, place: str, judged: Iterable[str] = ()) -> Iterator[Change]:
    """Yields the changes of an object's keys that no rule looks at.

    Args:
        old: The earlier object.
        new: The later object.
        place: Where it is.
        judged: The keys that rules look at.
    """
    for key in sorted((old.keys() | new.keys()) - set(judged)):
        if old.get(key, ...) == new.get(key, ...):
            continue
        if key in ANNOTATIONS:
            yield Change(WORDING, place, f"{key} changed", "for people only")
        elif key.startswith("x-"):
            yield Change(COMPATIBLE, place, f"{key} changed", "tools may read it")
        else:
            yield Change(BREAKING, place, f"{key} changed", "no rule knows what this means")


class OperationComparison:
    """Compares operations of two documents."""

    def __init__(self, old: Object, new: Object, *, names: bool = True) -> None:
        """Takes the documents; see `Comparison`."""
        self._old, self._new = old, new
        self._schemas = Comparison(old, new, names=names)

    def compare(
        self, old: tuple[Object, Object], new: tuple[Object, Object], place: str
    ) -> Iterator[Change]:
        """Yields the changes between two operations.

        Args:
            old: The earlier path item and operation.
            new: The later path item and operation.
            place: Where they are.
        """
        before, after = old[1], new[1]
        for key, reason in (
            ("operationId", "generated code names the function after it"),
            ("tags", "generated code groups functions by it"),
        ):
            if before.get(key) != after.get(key):
                what = f"{key} {show(before.get(key))} -> {show(after.get(key))}"
                yield Change(BREAKING, place, what, reason)
        if before.get("deprecated", False) != after.get("deprecated", False):
            yield Change(COMPATIBLE, place, "deprecated changed", "it works as before")
        yield from self._parameters(
            self.parameters(self._old, *old), self.parameters(self._new, *new), place
        )
        yield from self._body(before.get("requestBody"), after.get("requestBody"), place)
        yield from self._responses(before.get("responses", {}), after.get("responses", {}), place)
        yield from rest(before, after, place, _OPERATION)

    @staticmethod
    def parameters(document: Object, item: Object, operation: Object) -> dict[str, Object]:
        """Gives an operation's parameters, in order, by place and name."""
        found: dict[str, Object] = {}
        for listed in (item.get("parameters", ()), operation.get("parameters", ())):
            for parameter in listed:
                value, _ = resolve(document, parameter)
                name = value["name"].lower() if value["in"] == "header" else value["name"]
                found[f"{value['in']} {name}"] = value
        return found

    def _parameters(
        self, old: dict[str, Object], new: dict[str, Object], place: str
    ) -> Iterator[Change]:
        for key in old:
            where = f"{place} {key}"
            if key not in new:
                yield Change(BREAKING, where, "parameter is gone", "clients send it")
            else:
                yield from self._parameter(old[key], new[key], where)
        for key in new:
            if key not in old and new[key].get("required", False):
                what, reason = "required parameter is new", "older clients do not send it"
                yield Change(BREAKING, f"{place} {key}", what, reason)
            elif key not in old:
                what, reason = "optional parameter is new", "older clients do not send it"
                yield Change(COMPATIBLE, f"{place} {key}", what, reason)
        kept = [key for key in old if key in new]
        if [key for key in new if key in old] != kept or list(new)[: len(kept)] != kept:
            reason = "generated code numbers or orders arguments by position"
            yield Change(BREAKING, place, "order of the parameters changed", reason)

    def _parameter(self, old: Object, new: Object, place: str) -> Iterator[Change]:
        if old["name"] != new["name"]:
            yield Change(
                COMPATIBLE, place, f"written {new['name']}", "names of headers have no case"
            )
        if new.get("required", False) and not old.get("required", False):
            yield Change(BREAKING, place, "is now required", "clients may leave it out")
        elif old.get("required", False) and not new.get("required", False):
            yield Change(COMPATIBLE, place, "is no longer required", "clients may still send it")
        if old.get("deprecated", False) != new.get("deprecated", False):
            yield Change(COMPATIBLE, place, "deprecated changed", "it works as before")
        style = [p.get("style", _STYLES.get(p["in"])) for p in (old, new)]
        explode = [p.get("explode", s == "form") for p, s in zip((old, new), style, strict=True)]
        if (style[0], explode[0]) != (style[1], explode[1]):
            what, reason = "style or explode changed", "the same value is written in another way"
            yield Change(BREAKING, place, what, reason)
        if ("schema" in old) != ("schema" in new):
            reason = "the same value is written in another way"
            yield Change(BREAKING, place, "schema <-> content", reason)
        elif "schema" in old:
            found = self._schemas.compare(old["schema"], new["schema"])
            yield from judge(found, place, request=True)
        contents = old.get("content", {}), new.get("content", {})
        yield from self._content(*contents, place, request=True)
        yield from rest(old, new, place, _PARAMETER | {"style", "explode"})

    def _body(self, old: object, new: object, place: str) -> Iterator[Change]:
        before, after = resolve(self._old, old)[0], resolve(self._new, new)[0]
        place = f"{place} request"
        if before is None and after is None:
            return
        if after is None:
            yield Change(BREAKING, place, "body is gone", "clients send it")
        elif before is None and after.get("required", False):
            yield Change(BREAKING, place, "required body is new", "older clients do not send it")
        elif before is None:
            yield Change(COMPATIBLE, place, "optional body is new", "older clients do not send it")
        else:
            required = before.get("required", False), after.get("required", False)
            if required == (False, True):
                yield Change(BREAKING, place, "is now required", "clients may leave it out")
            elif required == (True, False):
                yield Change(
                    COMPATIBLE, place, "is no longer required", "clients may still send it"
                )
            yield from self._content(before["content"], after["content"], place, request=True)
            yield from rest(before, after, place, {"required", "content"})

    def _responses(self, old: Object, new: Object, place: str) -> Iterator[Change]:
        for status in old:
            where = f"{place} {status}"
            found = next((s for s in (status, f"{status[0]}XX", "default") if s in new), None)
            if found is None:
                reason = "clients and generated code treat it apart"
                yield Change(BREAKING, where, "response is gone", reason)
            else:
                before, _ = resolve(self._old, old[status])
                after, _ = resolve(self._new, new[found])
                yield from self._response(before, after, where)
        for status in new:
            if status in old:
                continue
            if status[0] in "45d":
                reason = "clients have to expect failures that are not listed"
                yield Change(COMPATIBLE, f"{place} {status}", "response is new", reason)
            else:
                reason = "clients do not take it for a success"
                yield Change(BREAKING, f"{place} {status}", "response is new", reason)

    def _response(self, old: Object, new: Object, place: str) -> Iterator[Change]:
        contents = old.get("content", {}), new.get("content", {})
        yield from self._content(*contents, place, request=False)
        headers = [
            {name.lower(): header for name, header in response.get("headers", {}).items()}
            for response in (old, new)
        ]
        for name, header in headers[0].items():
            where = f"{place} header {name}"
            if name not in headers[1]:
                yield Change(BREAKING, where, "is gone", "clients read it")
                continue
            before = resolve(self._old, header)[0]
            after = resolve(self._new, headers[1][name])[0]
            if before.get("required", False) != after.get("required", False):
                verdict = BREAKING if before.get("required", False) else COMPATIBLE
                yield Change(verdict, where, "required changed", "clients may rely on it")
            found = self._schemas.compare(before.get("schema", {}), after.get("schema", {}))
            yield from judge(found, where, request=False)
            yield from rest(before, after, where, {"required", "schema"})
        for name in headers[1]:
            if name not in headers[0]:
                where = f"{place} header {name}"
                yield Change(COMPATIBLE, where, "is new", "older clients pass over it")
        yield from rest(old, new, place, {"content", "headers"})

    def _content(self, old: Object, new: Object, place: str, *, request: bool) -> Iterator[Change]:
        before, after = (
            {name.lower().replace(" ", ""): value for name, value in content.items()}
            for content in (old, new)
        )
        for name in before:
            where = f"{place} {name}"
            if name not in after:
                reason = "clients send it" if request else "clients ask for it"
                yield Change(BREAKING, where, "media type is gone", reason)
                continue
            schemas = (value.get("schema", {}) for value in (before[name], after[name]))
            yield from judge(self._schemas.compare(*schemas), place, request=request)
            yield from rest(before[name], after[name], where, {"schema"})
        for name in after:
            if name not in before:
                reason = (
                    "older clients do not send it" if request else "older clients ask for theirs"
                )
                yield Change(COMPATIBLE, f"{place} {name}", "media type is new", reason)
