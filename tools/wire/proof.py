"""What a proof is, and the places that all of them use."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "talend-oauth.yaml"
NODE_TOOLS = ROOT / "tools" / "node" / "node_modules" / ".bin"
ARAZZO = ROOT / "openapi" / "token.arazzo.yaml"


class Unexpected(Exception):  # noqa: N818 - the outcome of a proof, not a failure of the tool
    """Something else happened than what the proof expects."""


@dataclass(frozen=True)
class Proof:
    """Something to be shown.

    Attributes:
        tool: Who judges.
        what: What is shown.
        run: Shows it and returns what was seen, in short, or raises `Unexpected`.
    """

    tool: str
    what: str
    run: Callable[[], str]


@dataclass(frozen=True)
class Outcome:
    """What became of a proof.

    Attributes:
        proof: Which one.
        seen: What was seen.
        seconds: How long it took.
        as_expected: Whether that is what had to be seen.
    """

    proof: Proof
    seen: str
    seconds: float
    as_expected: bool


def carry_out(proof: Proof) -> Outcome:
    """Carry out a proof."""
    started = time.monotonic()
    try:
        seen, as_expected = proof.run(), True
    except Unexpected as problem:
        seen, as_expected = str(problem), False
    return Outcome(proof, seen, time.monotonic() - started, as_expected)


def require(condition: bool, problem: str) -> None:
    """Raise `Unexpected` unless the condition holds."""
    if not condition:
        raise Unexpected(problem)
