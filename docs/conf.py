"""Settings of Sphinx for the documentation site; scripts/docs builds it."""

import sys
from pathlib import Path

from talend_oauth._version import __version__

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "talend-oauth"
author = "The talend-oauth maintainers"
copyright = "The talend-oauth maintainers. Apache-2.0. Not affiliated with Talend or Qlik"  # noqa: A001
release = version = __version__

extensions = [
    "bench_results",
    "docstring_examples",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["checks", "extensions", "page", "pictures", "samples"]
bench_results_required = True

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
nitpick_ignore_regex = [("py:class", r"(?!talend_oauth\.).*|.*\._.*")]

smartquotes_action = "D"
pygments_dark_style = "github-dark"

html_theme = "furo"
html_title = "talend-oauth"
html_static_path = ["_static"]
html_css_files = ["life.css", "site.css"]
# Summaries are fetched, which a browser does not do from the file system.
html_show_search_summary = False
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#2f5fd0", "color-brand-content": "#2f5fd0"},
    "dark_css_variables": {"color-brand-primary": "#7da2ff", "color-brand-content": "#7da2ff"},
}
copybutton_prompt_text = "$ "
