"""The page of the API leaves no public name out."""

import inspect
import re
from pathlib import Path

import pytest
from opened import SITE

import talend_oauth
from talend_oauth import errors
from talend_oauth._settings import settings

SOURCE = (Path(__file__).parents[1] / "api.md").read_text(encoding="utf-8")
PAGE = (SITE / "api.html").read_text(encoding="utf-8")
NAMES = [f"talend_oauth.{name}" for name in talend_oauth.__all__ if name != "__version__"]
ERRORS = [f"talend_oauth.errors.{name}" for name in errors.__all__]
# Re-exported from the errors, where they are described.
ELSEWHERE = {"talend_oauth.TalendOAuthError", "talend_oauth.TalendOAuthWarning"}


@pytest.mark.parametrize("name", sorted({*NAMES, *ERRORS} - ELSEWHERE))
def test_it_is_on_the_page(name: str) -> None:
    assert f'id="{name}"' in PAGE


# The page spells out what the code takes as **options, so that a reader sees it at once.
SPELLED = re.findall(r"^.. auto\w+:: ([\w.]+)\((.*)\)$", SOURCE, re.MULTILINE)
_, _, declared = inspect.getsource(settings).partition("class SettingsOptions")
OPTIONS = re.findall(r"^        (\w+): ", declared.partition("\n\n\n")[0], re.MULTILINE)


@pytest.mark.parametrize(("name", "given"), SPELLED)
def test_it_spells_out_the_keyword_arguments(name: str, given: str) -> None:
    module, _, last = name.rpartition(".")
    found = inspect.signature(getattr(__import__(module or "talend_oauth", fromlist=[last]), last))
    public = {parameter for parameter in found.parameters if not parameter.startswith("_")}
    taken = {*public, *OPTIONS} - {"options"}
    assert {part.split("=")[0].strip() for part in given.split(",")} - {"*"} == taken
