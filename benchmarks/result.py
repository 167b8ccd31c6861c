"""A row of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """One figure, measured.

    Attributes:
        name: Under which it stands in the JSON.
        figure: What was measured.
        limit: What it is held against.
        best: The best of the other libraries; empty when none was measured.
        ours: The same of this library.
        met: Whether the limit is; None when it could not be measured.
        figures: All numbers behind the row.
    """

    name: str
    figure: str
    limit: str
    best: str
    ours: str
    met: bool | None
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """One word for the table."""
        return {True: "yes", False: "NO", None: "-"}[self.met]
