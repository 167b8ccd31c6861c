"""What a site has beside its pages: descriptions, llms.txt, a 404 page, a search for numbers."""

import os
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from repository_pages import show
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util.typing import ExtensionMetadata

ROOT = Path(__file__).parents[2]
# Copied as they are: pages show or link to them under these names.
COPIED = {
    **{
        name: f"openapi/{name}"
        for version in ("talend-oauth", "talend-oauth-3.0")
        for name in (f"{version}.yaml", f"{version}.json")
    },
    "pictures": "docs/pictures",
}
NOT_FOUND = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<base href="{base}">
<title>Page not found - talend-oauth</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; font: 1.1rem system-ui }}
body {{ margin: 15vh auto; max-width: 30rem; padding: 1rem }}
</style>
<h1>Page not found</h1>
<p>It may have moved. <a href="index.html">Start page</a> - <a href="search.html">Search</a></p>
"""


class Search(SearchEnglish):
    """English, and numbers: people arrive with 401, 403 and 429. Sphinx leaves them out."""

    js_splitter_code = (
        "var splitQuery = query => query.replace(/(?<![\\w.])\\d+(?!\\w|\\.\\d)/g, 'n$&')"
        ".split(/[^\\p{Letter}\\p{Number}_\\p{Emoji_Presentation}]+/gu).filter(term => term);"
    )

    def split(self, input: str) -> list[str]:  # noqa: A002 - Sphinx's name
        """Return the words of a text, with a letter before numbers."""
        return super().split(re.sub(r"(?<![\w.])\d+(?!\w|\.\d)", r"n\g<0>", input))


def description(doctree: nodes.document | None) -> str:
    """Return the first paragraph of a page as plain text."""
    for found in doctree.findall(nodes.paragraph) if doctree else ():
        if not any(found.findall(nodes.raw)):
            return " ".join(found.astext().split())[:300]
    return ""


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put a description of the page, for search engines and previews, into its head."""
    del page, template
    tags = {
        "description": ("name", description(doctree) or app.config.site_description),
        "og:title": ("property", context.get("title") or app.config.project),
        "og:site_name": ("property", app.config.project),
    }
    for name, (kind, text) in tags.items():
        text = re.sub(r"<[^>]*>", "", str(text)).replace('"', "&quot;")
        context["metatags"] = (
            f'{context.get("metatags", "")}<meta {kind}="{name}" content="{text}">\n'
        )


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the files beside the pages."""
    if error or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for name, source in COPIED.items():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, site / name, dirs_exist_ok=True)
        else:
            shutil.copyfile(ROOT / source, site / name)
    base = app.config.html_baseurl or "/"
    (site / "404.html").write_text(NOT_FOUND.format(base=base), encoding="utf-8")
    lines = [f"# {app.config.project}", "", f"> {app.config.site_description}", "", "## Pages", ""]
    for name in sorted(app.env.found_docs):
        title, text = app.env.titles[name].astext(), description(app.env.get_doctree(name))
        lines.append(f"- [{title}]({name}.md): {text}")
        source = Path(os.fspath(app.env.doc2path(name)))
        shown = show(source.read_text(encoding="utf-8"), source.parent, app.config.repository_files)
        (site / f"{name}.md").write_text(shown, encoding="utf-8")
    lines += ["", "## OpenAPI", "", "- [The document](talend-oauth.yaml): OpenAPI 3.1.1"]
    (site / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_config_value("site_description", default="", rebuild="html", types=str)
    app.add_search_language(Search)
    app.add_lexer("crontab", TextLexer)
    app.add_js_file(
        None,
        body="DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== 'file:'",
        priority=900,
    )
    app.connect("html-page-context", describe)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
