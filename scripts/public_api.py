"""Lists the public API as griffe reads it from the source; see scripts/public-api."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "public-api.txt"
MODULES = (
    "talend_oauth",
    "talend_oauth.errors",
    "talend_oauth.integrations.airflow",
    "talend_oauth.integrations.httpx2",
    "talend_oauth.integrations.requests",
    "talend_oauth.sandbox",
    "talend_oauth.testing",
)


def main() -> int:
    """Write the snapshot, or compare with it."""
    package = griffe.load("talend_oauth", search_paths=[ROOT / "src"], resolve_aliases=True)
    text = "".join(f"{line}\n" for name in MODULES for line in module_lines(package, name))
    if sys.argv[1:] != ["--check"]:
        SNAPSHOT.write_text(text)
        return 0
    known = SNAPSHOT.read_text()
    diff = difflib.unified_diff(
        known.splitlines(), text.splitlines(), "known", "found", lineterm=""
    )
    differences = list(diff)
    if differences:
        print("\n".join(differences))
        print("The public API has changed. If that is meant: scripts/public-api, and CHANGELOG.md.")
    return 1 if differences else 0


def module_lines(package: griffe.Object | griffe.Alias, name: str) -> Iterator[str]:
    """Yield a line for each public name of a module, and for each public member of a class."""
    module = package if name == package.path else package[name.removeprefix(f"{package.path}.")]
    for export in sorted(str(export) for export in module.exports or ()):
        member = module.members[export]
        target = member.final_target if isinstance(member, griffe.Alias) else member
        yield from lines(f"{name}.{export}", target)


def lines(path: str, item: griffe.Object) -> Iterator[str]:
    """Yield the lines of one name."""
    if isinstance(item, griffe.Function):
        yield f"{path}{signature(item)}"
    elif isinstance(item, griffe.Class):
        bases = ", ".join(str(base) for base in item.bases)
        yield f"{path}({bases})"
        for name, member in sorted({**inherited(item), **item.members}.items()):
            if isinstance(member, griffe.Object) and (
                name == "__init__" or not name.startswith("_")
            ):
                yield from lines(f"{path}.{name}", member)
    else:
        annotation = getattr(item, "annotation", None)
        yield f"{path}: {annotation}" if annotation is not None else path


def inherited(item: griffe.Class) -> dict[str, griffe.Object]:
    """Return the members that a class has from classes of ours that are not public themselves."""
    targets = {
        name: alias.final_target
        for name, alias in item.inherited_members.items()
        if isinstance(alias, griffe.Alias)
    }
    return {
        name: target
        for name, target in targets.items()
        if target.parent is not None and target.parent.name not in (target.module.exports or ())
    }


def signature(function: griffe.Function) -> str:
    """Return parameters and result as they are written."""
    parts: list[str] = []
    starred = False
    for parameter in function.parameters:
        if parameter.name.startswith("_"):
            continue
        kind = parameter.kind
        if kind is griffe.ParameterKind.keyword_only and not starred:
            parts.append("*")
            starred = True
        mark = {
            griffe.ParameterKind.var_positional: "*",
            griffe.ParameterKind.var_keyword: "**",
        }.get(kind, "")
        starred = starred or mark == "*"
        annotation = "" if parameter.annotation is None else f": {parameter.annotation}"
        default = "" if parameter.default is None or mark else f" = {parameter.default}"
        parts.append(f"{mark}{parameter.name}{annotation}{default}")
    return f"({', '.join(parts)}) -> {function.returns}"


if __name__ == "__main__":
    sys.exit(main())
