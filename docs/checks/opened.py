"""One page in the browser, and what it did there."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, Request

SITE = Path(__file__).parents[2] / "dist" / "docs"
SHOTS = SITE.parent / "docs-screenshots"
LOCAL = ("file:", "data:", "blob:", "about:")


@dataclass
class Opened:
    """A page in the browser, and what it asked for and complained about.

    Attributes:
        page: Playwright's page.
        outside: Addresses outside the file system that the page asked for.
        complaints: Messages of the console that are warnings or errors, and uncaught errors.
    """

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        if not request.url.startswith(LOCAL):
            self.outside.append(request.url)

    def visit(self, file: str, query: str = "") -> Page:
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self.asked)
        self.page.goto((SITE / file).as_uri() + (f"?{query}" if query else ""))
        return self.page

    def screenshot(self, name: str) -> None:
        """Keep a picture for a person to look at, when one wants it: SCREENSHOTS=1."""
        if not os.environ.get("SCREENSHOTS"):
            return
        self.page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
