"""The page of the document, as someone sees it who opens the file."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from opened import Opened
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
DOCUMENT = yaml.safe_load((ROOT / "openapi/talend-oauth.yaml").read_text(encoding="utf-8"))
OPERATION = DOCUMENT["paths"]["/security/oauth/token"]["post"]
SAMPLES = tomllib.loads((ROOT / "docs/page/samples.toml").read_text(encoding="utf-8"))["sample"]

# Scalar draws a section when it comes near the window, so the reader has to go there.
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 400) {
    scrollTo({top: y, behavior: "instant"});
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}"""
CONTRAST = """(selector) => {
  const rgb = text => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (rgb(colour)[3] === 255) return colour;
    }
    return "white";
  };
  return [...document.querySelectorAll(selector)].filter(e => e.checkVisibility()).map(e => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(rgb(behind(e)))];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  });
}"""


@pytest.fixture(scope="module")
def opened(window):
    return Opened(window.new_page())


@pytest.fixture(scope="module")
def page(opened):
    shown = opened.visit("endpoint.html")
    expect(shown.locator("#scalar h1").first).to_be_visible()
    shown.evaluate(SCROLL)
    expect(shown.locator("#scalar").get_by_text("talend-version", exact=True)).to_be_visible()
    return shown


def test_it_opens_alone_without_a_request_or_a_complaint(page, opened, width, scheme):
    opened.screenshot(f"endpoint-{width}-{scheme}")
    assert opened.outside == []
    assert opened.complaints == []


def test_it_shows_the_operation_and_both_version_parameters(page):
    reference = page.locator("#scalar")
    for text in [
        OPERATION["summary"],
        OPERATION["operationId"],
        "talendVersion",
        "talend-version",
        "grant_type",
        "audience",
    ]:
        expect(reference.get_by_text(text, exact=True).first).to_be_visible()
    places = r"Query Parameters\s+talendVersion\b[\s\S]*\sHeaders\s+talend-version\b"
    assert re.search(places, reference.inner_text())


def test_it_shows_every_status(page):
    responses = page.locator("#scalar .responses-list--tree > li")
    expect(responses.first).to_be_visible()
    shown = [text.split()[0] for text in responses.all_inner_texts()]
    assert shown == list(OPERATION["responses"])


def test_it_shows_every_sample_in_its_tab(page):
    tabs = page.locator(".tabs [role=tab]")
    assert tabs.all_inner_texts() == [each["label"] for each in SAMPLES]
    for number, sample in enumerate(SAMPLES):
        tabs.nth(number).click()
        shown = page.locator(".tabs [role=tabpanel]:not([hidden]) pre")
        expect(shown).to_have_count(1)
        source = (ROOT / sample["file"]).read_text(encoding="utf-8")
        lines = [line.strip() for line in shown.inner_text().splitlines() if line.strip()]
        assert len(lines) > 2
        assert [line for line in lines if line not in source] == []


def test_each_sample_stands_there_once(page):
    expect(page.locator("#scalar .request-card").first).to_be_hidden()


def test_the_tabs_work_from_the_keyboard(page):
    tabs = page.locator(".tabs [role=tab]")
    tabs.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(tabs.last).to_be_focused()
    expect(tabs.last).to_have_attribute("aria-selected", "true")


def test_it_offers_no_way_to_send_a_secret_from_it(page):
    assert page.locator("#scalar input[type=password]").count() == 0
    for text in ["Test Request", "Open API Client", "Send"]:
        expect(page.locator("#scalar").get_by_role("button", name=text)).to_have_count(0)


def test_the_document_is_downloaded_under_its_own_name(page):
    button = page.locator("#scalar").get_by_role("button", name="Download OpenAPI Document").first
    with page.expect_download() as downloaded:
        button.click()
    assert downloaded.value.suggested_filename.startswith("talend-oauth.")


def test_it_never_scrolls_sideways(page, width):
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_shows_one_picture_and_the_right_one(page, width):
    shown = page.locator(".life svg:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_have_class("life-tall" if width == 400 else "life-wide")


def test_its_colours_follow_the_scheme_and_can_be_read(page, scheme):
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    shown = page.evaluate(CONTRAST, ".landing :is(h1, h2, h3, p, li, td, code, pre span, button)")
    assert len(shown) > 30
    assert min(shown) >= 4.5
