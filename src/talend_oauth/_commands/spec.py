"""`talend-oauth spec`: the OpenAPI document of the token endpoint, as shipped."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from talend_oauth.errors import ConfigurationError

from . import _console as console
from ._parser import Parser

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_DOCUMENTS = {"3.1": "talend-oauth.yaml", "3.0": "talend-oauth-3.0.json"}


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser(
        "spec",
        "Print the OpenAPI document of Talend's token endpoint.",
        examples=(
            "talend-oauth spec > talend-oauth.yaml",
            "talend-oauth spec --openapi 3.0 --json > talend-oauth.json",
        ),
    )
    found.add_argument(
        "--openapi", choices=("3.1", "3.0"), default="3.1", help="its version (default: 3.1)"
    )
    found.add_json()
    return found


def run(arguments: list[str]) -> int:
    """Print the document.

    Raises:
        ConfigurationError: When it is not where it was installed, or cannot be converted.
    """
    options = parser().parse(arguments)
    data = _read(_DOCUMENTS[options.openapi])
    if options.json and options.openapi == "3.1":
        _print_as_json(data)
    else:
        # The 3.0 document is JSON, which is YAML too (YAML 1.2, section 1.3).
        console.write_bytes(data)
    return 0


def _read(name: str) -> bytes:
    for place in _places():
        try:
            return place.joinpath(name).read_bytes()
        except OSError:
            continue
    raise ConfigurationError(
        "The OpenAPI documents are not where they were installed.",
        hint="Install talend-oauth again; a frozen program needs the data files of talend_oauth.",
    )


def _places() -> list[Traversable]:
    """Return the folders of the documents: in the package, or beside `src` in a checkout."""
    package = files("talend_oauth")
    beside = [package.parents[1] / "openapi"] if isinstance(package, Path) else []
    return [package.joinpath("openapi"), *beside]


def _print_as_json(data: bytes) -> None:
    try:
        import yaml
    except ImportError:
        raise ConfigurationError(
            "PyYAML, which converts the document to JSON, is not installed.",
            hint="pip install pyyaml; or take it as it is, without --json, or --openapi 3.0.",
        ) from None
    console.write_json(yaml.safe_load(data))
