"""Settings of Sphinx for the documentation site; scripts/docs builds it."""

import sys
import tomllib
from pathlib import Path

from talend_oauth import __version__

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "extensions"))
_described = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Nobody has published the repository yet: [project.urls] of pyproject.toml will name it.
_repository = (
    _described.get("urls", {}).get("Source", "https://example.com/talend-oauth").rstrip("/")
)

project = "talend-oauth"
author = "The talend-oauth maintainers"
copyright = "The talend-oauth maintainers. Apache-2.0. Not affiliated with Talend or Qlik"  # noqa: A001
release = version = __version__

extensions = [
    "docstring_examples",
    "myst_parser",
    "repository_pages",
    "site_files",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["checks", "extensions", "page", "pictures", "samples"]
repository_files = f"{_repository}/blob/main"
site_description = (
    "Gets, caches and refreshes Talend Cloud access tokens, for Python and the shell."
)

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
# Docstrings are written with single backticks, as the rest of the project is.
default_role = "literal"
# Our public names have to resolve; those of httpx and the standard library have no page here.
nitpick_ignore_regex = [("py:class", r"(?!talend_oauth\.).*|.*\._.*|.*\.AuthFlow")]

smartquotes_action = "D"
pygments_dark_style = "github-dark"

html_baseurl = f"{_described['urls']['Documentation']}/" if "urls" in _described else ""
html_theme = "furo"
html_title = f"talend-oauth {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_copy_source = False  # site_files.py writes the Markdown, which llms.txt names
html_show_sphinx = False
html_theme_options = {
    "source_edit_link": f"{_repository}/edit/main/docs/{{filename}}",
    "source_view_link": f"{_repository}/blob/main/docs/{{filename}}?plain=true",
    "footer_icons": [{"name": "Source", "url": _repository, "html": "Source code", "class": ""}],
    "light_css_variables": {"color-brand-primary": "#2f5fd0", "color-brand-content": "#2f5fd0"},
    "dark_css_variables": {"color-brand-primary": "#7da2ff", "color-brand-content": "#7da2ff"},
}
copybutton_prompt_text = "$ "
