"""Compares two versions of the document: what is breaking, what is compatible, and why."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from openapi_document.changes import NAMED, Change, Verdict
from openapi_document.loading import DocumentError, differences
from openapi_document.operation_changes import OperationComparison, rest
from openapi_document.resolving import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openapi_document.loading import Object

BREAKING, COMPATIBLE, WORDING = Verdict.BREAKING, Verdict.COMPATIBLE, Verdict.WORDING

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_TOP = frozenset({"openapi", "info", "paths", "components", "servers", "security", "tags"})


def compare(old: Object, new: Object) -> list[Change]:
    """Lists the changes from one version of the document to another, the worst first.

    `info.version` is not looked at. Nothing is passed over: what no rule understands is breaking.

    Args:
        old: The earlier version.
        new: The later version.

    Raises:
        DocumentError: One of them is not valid: the lint says more.
    """
    try:
        found = dict.fromkeys(_changes(old, new))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise DocumentError(f"not valid, see scripts/lint-document: {error!r}") from error
    if not found:
        for at, _, _ in differences(old, new):
            if at != "/info/version":
                reason = "it means the same"
                found[Change(WORDING, at, "is written in another way", reason)] = None
    return sorted(found, key=lambda change: -change.verdict)


def _changes(old: Object, new: Object) -> Iterator[Change]:
    before, after = str(old.get("openapi")), str(new.get("openapi"))
    if before != after:
        verdict = WORDING if before.split(".")[:2] == after.split(".")[:2] else BREAKING
        what = f"{before} -> {after}"
        yield Change(verdict, "openapi", what, "tools are made for one version of OpenAPI")
    for key in ("info", "tags"):
        if _without_version(old.get(key)) != _without_version(new.get(key)):
            yield Change(WORDING, key, "changed", "for people only")
    yield from _paths(old, new)
    yield from _components(old.get("components", {}), new.get("components", {}))
    yield from rest(old, new, "document", _TOP)


def _without_version(value: object) -> object:
    return {k: v for k, v in value.items() if k != "version"} if isinstance(value, dict) else value


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _paths(old: Object, new: Object) -> Iterator[Change]:
    comparison = OperationComparison(old, new)
    before, after = old.get("paths", {}), new.get("paths", {})
    shapes = {_shape(path): path for path in after}
    for path, item in before.items():
        other = path if path in after else shapes.get(_shape(path))
        if other is None:
            yield Change(BREAKING, path, "path is gone", "clients call it")
            continue
        if other != path:
            yield Change(BREAKING, path, f"is now {other}", NAMED)
        items = resolve(old, item)[0], resolve(new, after[other])[0]
        yield from _item(old, new, items, path, comparison)
    known = {_shape(path) for path in before}
    for path in after:
        if _shape(path) not in known:
            yield Change(COMPATIBLE, path, "path is new", "older clients do not call it")


def _item(
    old: Object,
    new: Object,
    items: tuple[Object, Object],
    path: str,
    comparison: OperationComparison,
) -> Iterator[Change]:
    for method in METHODS:
        place = f"{method.upper()} {path}"
        before, after = (item.get(method) for item in items)
        if before is None and after is None:
            continue
        if after is None:
            yield Change(BREAKING, place, "operation is gone", "clients call it")
        elif before is None:
            yield Change(COMPATIBLE, place, "operation is new", "older clients do not call it")
        else:
            yield from comparison.compare((items[0], before), (items[1], after), place)
            yield from _security(old, new, (before, after), place)
            servers = (
                _servers(document, item, operation)
                for document, item, operation in zip(
                    (old, new), items, (before, after), strict=True
                )
            )
            yield from _server_changes(*servers)
    yield from rest(*items, path, {*METHODS, "parameters", "servers"})


def _servers(document: Object, item: Object, operation: Object) -> dict[str, Object]:
    listed = operation.get("servers") or item.get("servers") or document.get("servers")
    return {server["url"]: server for server in listed or [{"url": "/"}]}


def _server_changes(old: dict[str, Object], new: dict[str, Object]) -> Iterator[Change]:
    for url, server in old.items():
        if url not in new:
            yield Change(BREAKING, "servers", f"{url} is gone", "clients call it")
            continue
        before, after = server.get("variables", {}), new[url].get("variables", {})
        for name in dict.fromkeys([*before, *after]):
            yield from _variable(before.get(name, {}), after.get(name, {}), f"{url} {name}")
        yield from rest(server, new[url], f"servers {url}", {"url", "variables"})
    for url in new:
        if url not in old:
            yield Change(COMPATIBLE, "servers", f"{url} is new", "older clients do not call it")
    if next(iter(old)) != next(iter(new)) and next(iter(old)) in new:
        what = f"the first is now {next(iter(new))}"
        yield Change(BREAKING, "servers", what, "it is the default of most generated clients")
    elif list(old) != [url for url in new if url in old] and all(url in new for url in old):
        reason = "some generated clients choose a server by its number"
        yield Change(BREAKING, "servers", "their order changed", reason)


def _variable(old: Object, new: Object, place: str) -> Iterator[Change]:
    if old.get("default") != new.get("default"):
        reason = "clients that set nothing call another server"
        yield Change(BREAKING, place, "default changed", reason)
    before, after = old.get("enum"), new.get("enum")
    if after is not None and (before is None or set(before) - set(after)):
        yield Change(BREAKING, place, "values are gone", "clients set them")
    elif before != after:
        yield Change(COMPATIBLE, place, "values are new", "older clients do not set them")
    yield from rest(old, new, place, {"default", "enum"})


def _requirements(document: Object, operation: Object) -> list[frozenset[str]]:
    """Gives the alternatives of an operation's security, each as schemes with their scopes."""
    listed = operation.get("security", document.get("security", []))
    schemes = document.get("components", {}).get("securitySchemes", {})
    alternatives: list[frozenset[str]] = []
    for requirement in listed or [{}]:
        parts: set[str] = set()
        for name, scopes in requirement.items():
            scheme = dict(resolve(document, schemes.get(name, {"type": name}))[0])
            scheme.pop("description", None)
            text = json.dumps(scheme, sort_keys=True)
            parts |= {text, *(f"{text} with {scope}" for scope in scopes)}
        alternatives.append(frozenset(parts))
    return alternatives


def _security(
    old: Object, new: Object, operations: tuple[Object, Object], place: str
) -> Iterator[Change]:
    before, after = _requirements(old, operations[0]), _requirements(new, operations[1])
    for alternative in before:
        if not any(other <= alternative for other in after):
            what = f"{_who(alternative)} no longer suffices"
            yield Change(BREAKING, f"{place} security", what, "clients are refused")
    for alternative in after:
        if alternative not in before:
            what = f"{_who(alternative)} suffices now"
            yield Change(COMPATIBLE, f"{place} security", what, "older clients need not know it")


def _who(alternative: frozenset[str]) -> str:
    return " with ".join(sorted(alternative)) or "no credential"


def _components(old: Object, new: Object) -> Iterator[Change]:
    for name in old.get("schemas", {}):
        if name not in new.get("schemas", {}):
            what = "schema is gone or has another name"
            yield Change(BREAKING, f"schema {name}", what, "generated code has a type of this name")
    for name in new.get("schemas", {}):
        if name not in old.get("schemas", {}):
            reason = "older generated code does not have it"
            yield Change(COMPATIBLE, f"schema {name}", "schema is new", reason)
    schemes = old.get("securitySchemes", {}), new.get("securitySchemes", {})
    for name in dict.fromkeys([*schemes[0], *schemes[1]]):
        before, after = (part.get(name, {}).get("description") for part in schemes)
        if name in schemes[0] and name in schemes[1] and before != after:
            yield Change(
                WORDING, f"security scheme {name}", "description changed", "for people only"
            )
