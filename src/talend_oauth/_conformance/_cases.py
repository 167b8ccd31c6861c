"""The requirements, and the cases that are run for them, as they are shipped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from talend_oauth.errors import ConfigurationError

Level = Literal["core", "resilient", "fleet"]
LEVELS: tuple[Level, ...] = get_args(Level)
USUAL_LIFETIME = 1800.0

_LEVEL = re.compile(r"^## Level ([a-z]+)$")
_REQUIREMENT = re.compile(r"^### (R\d+) (.+)$")
_VERSION = re.compile(r"^Version (\d+\.\d+)\b", re.MULTILINE)


@dataclass(frozen=True)
class Requirement:
    """A numbered sentence of `BEHAVIOUR.md`.

    Attributes:
        id: Such as `R7`; it stays, whatever is added.
        level: The first level that it belongs to.
        title: A few words.
        text: The sentence.
    """

    id: str
    level: Level
    title: str
    text: str


@dataclass(frozen=True)
class Case:
    """What is done to a client, and what has to come of it.

    Attributes:
        id: Name of its file.
        requirement: What it is run for.
        title: What it shows, in a few words.
        steps: In their order; `case.schema.json` describes each.
        lifetime: Seconds that its tokens are valid.
        needs: Ids of the cases without which it would show nothing new.
        account: What is special about the service account: `client_id`, `client_secret`.
        environment: More variables for the client.
        clients: How many processes of the client are started.
        secret_file: Whether the secret is given in a file, by `TALEND_CLIENT_SECRET_FILE`.
        store: Whether the processes are given a common folder, by `TALEND_OAUTH_STORE`.
        settings: Of the sandbox.
        json_only: Whether it makes no sense for a client that sends forms.
    """

    id: str
    requirement: Requirement
    title: str
    steps: tuple[Mapping[str, Any], ...]
    lifetime: float = USUAL_LIFETIME
    needs: tuple[str, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    clients: int = 1
    secret_file: bool = False
    store: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    json_only: bool = False


def folder() -> Path:
    """Return the folder of the requirements and cases: in the package, or in a checkout.

    Raises:
        ConfigurationError: When there is none.
    """
    package = Path(__file__).resolve().parents[1]
    for found in (package / "conformance", package.parents[1] / "conformance"):
        if (found / "BEHAVIOUR.md").is_file():
            return found
    raise ConfigurationError(
        "The conformance cases are not where they were installed.",
        hint="Install talend-oauth again.",
    )


def behaviour_version() -> str:
    """Return the version of the requirements."""
    match = _VERSION.search((folder() / "BEHAVIOUR.md").read_text(encoding="utf-8"))
    return match[1] if match else "unknown"


@cache
def load_requirements() -> Mapping[str, Requirement]:
    """Return the requirements by id: headings, and the first paragraph below each."""
    found: dict[str, Requirement] = {}
    text = (folder() / "BEHAVIOUR.md").read_text(encoding="utf-8")
    level: Level = "core"
    paragraphs = text.split("\n\n")
    for paragraph, after in pairwise(paragraphs):
        line = paragraph.strip().splitlines()[-1]
        if match := _LEVEL.match(line):
            level = cast("Level", match[1])
        elif match := _REQUIREMENT.match(line):
            found[match[1]] = Requirement(match[1], level, match[2], " ".join(after.split()))
    return found


@cache
def load_cases() -> tuple[Case, ...]:
    """Return all cases, by the numbers of their requirements and each after those it needs."""
    order = list(load_requirements())
    files = (folder() / "cases").glob("*.yaml")
    cases = sorted(map(_read, files), key=lambda c: (order.index(c.requirement.id), c.id))
    known = {case.id: case for case in cases}
    sorted_cases: dict[str, Case] = {}

    def add(case: Case) -> None:
        for need in case.needs:
            add(known[need])
        sorted_cases.setdefault(case.id, case)

    for case in cases:
        add(case)
    return tuple(sorted_cases.values())


def select_cases(level: Level, only: str | None = None) -> tuple[Case, ...]:
    """Return the cases of a level and those below it, or one case with those that it needs.

    Raises:
        ConfigurationError: When there is no such case.
    """
    cases = load_cases()
    if only is None:
        levels = LEVELS[: LEVELS.index(level) + 1]
        return tuple(case for case in cases if case.requirement.level in levels)
    by_id = {case.id: case for case in cases}
    if only not in by_id:
        raise ConfigurationError(
            "There is no such case.", hint="See talend-oauth conformance --list."
        )
    wanted: set[str] = set()

    def want(name: str) -> None:
        wanted.add(name)
        for need in by_id[name].needs:
            want(need)

    want(only)
    return tuple(case for case in cases if case.id in wanted)


def _read(path: Path) -> Case:
    fields = cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
    requirement = load_requirements()[fields.pop("requirement")]
    fields["steps"] = tuple(fields["steps"])
    fields["needs"] = tuple(fields.get("needs", ()))
    return Case(id=path.stem, requirement=requirement, **fields)
