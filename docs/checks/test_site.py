"""Every page of the site: links, requests, complaints, width."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from opened import SITE, Opened
from playwright.sync_api import BrowserContext, expect

PAGES = sorted(
    str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if path.name != "endpoint.html"
)

UNDESCRIBED = {"404.html", "genindex.html", "py-modindex.html", "search.html"}


class Links(HTMLParser):
    """Collects the links and the anchors of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value for name, value in attrs if value}
        self.anchors |= {named[key] for key in ("id", "name") if key in named}
        if tag == "a" and "href" in named:
            self.hrefs.append(named["href"])
        if tag in {"img", "script", "iframe"} and "src" in named:
            self.loaded.append(named["src"])
        if tag == "link" and named.get("rel") in {"stylesheet", "icon", "search"}:
            self.loaded.append(named["href"])


@pytest.fixture(scope="module")
def links() -> dict[str, Links]:
    assert len(PAGES) > 2
    return {str(path.relative_to(SITE)): Links(path) for path in SITE.rglob("*.html")}


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page: str, links: dict[str, Links]) -> None:
    broken = []
    for href in [*links[page].hrefs, *links[page].loaded]:
        parts = urlsplit(href)
        if parts.scheme in {"data", "http", "https", "mailto"}:
            continue
        target = (SITE / page).parent / unquote(parts.path) if parts.path else SITE / page
        anchors = links.get(str(target.resolve().relative_to(SITE)))
        if not target.is_file() or (
            parts.fragment and anchors and unquote(parts.fragment) not in anchors.anchors
        ):
            broken.append(href)
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_it_loads_nothing_from_another_host(page: str, links: dict[str, Links]) -> None:
    assert [src for src in links[page].loaded if urlsplit(src).netloc] == []


@pytest.mark.parametrize("page", PAGES)
def test_it_opens_without_a_request_a_complaint_or_a_sideways_scroll(
    page: str, window: BrowserContext, width: int, scheme: str
) -> None:
    opened = Opened(window.new_page())
    shown = opened.visit(page)
    opened.screenshot(f"{page.removesuffix('.html').replace('/', '-')}-{width}-{scheme}")
    assert opened.outside == []
    assert opened.complaints == []
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    shown.close()


@pytest.mark.parametrize("words", ["outage", "401", "403", "429", "refresh", "proxy"])
def test_the_search_finds_what_people_arrive_with(words: str, window: BrowserContext) -> None:
    opened = Opened(window.new_page())
    shown = opened.visit("search.html", query=f"q={words}")
    expect(shown.locator("#search-results li").first).to_be_visible()
    if words.isdigit():
        expect(shown.locator("#search-results li", has_text="Errors").first).to_be_visible()
    assert opened.complaints == []
    shown.close()


@pytest.mark.parametrize("page", [name for name in PAGES if name not in UNDESCRIBED])
def test_its_head_describes_it(page: str) -> None:
    text = (SITE / page).read_text(encoding="utf-8")
    found = re.findall(r'<meta name="description" content="([^"]*)">', text)
    assert [len(each) > 20 for each in found] == [True]
    assert '_static/favicon.svg"' in text


def test_others_can_link_to_the_api_and_machines_can_read_the_pages() -> None:
    assert (SITE / "objects.inv").read_bytes().startswith(b"# Sphinx inventory version 2")
    named = re.findall(r"\]\(([^)]+)\)", (SITE / "llms.txt").read_text(encoding="utf-8"))
    assert len(named) > 20
    assert [name for name in named if not (SITE / name).is_file()] == []
    assert "```{" not in (SITE / "start.md").read_text(encoding="utf-8")
