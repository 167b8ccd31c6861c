"""The page of the API leaves no public name out."""

import pytest
from opened import SITE

import talend_oauth
from talend_oauth import errors

PAGE = (SITE / "api.html").read_text(encoding="utf-8")
NAMES = [f"talend_oauth.{name}" for name in talend_oauth.__all__ if name != "__version__"]
ERRORS = [f"talend_oauth.errors.{name}" for name in errors.__all__]
# Re-exported from the errors, where they are described.
ELSEWHERE = {"talend_oauth.TalendOAuthError", "talend_oauth.TalendOAuthWarning"}


@pytest.mark.parametrize("name", sorted({*NAMES, *ERRORS} - ELSEWHERE))
def test_it_is_on_the_page(name: str) -> None:
    assert f'id="{name}"' in PAGE
