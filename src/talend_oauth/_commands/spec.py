"""`talend-oauth spec`: the OpenAPI document of the token endpoint, as shipped."""

from __future__ import annotations

import os
import sys

from talend_oauth.errors import ConfigurationError

from ._parser import Parser

_DOCUMENTS = {"3.1": "talend-oauth.yaml", "3.0": "talend-oauth-3.0.json"}


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = Parser("spec", "Print the OpenAPI document of Talend's token endpoint.")
    found.add_argument(
        "--openapi", choices=("3.1", "3.0"), default="3.1", help="its version (default: 3.1)"
    )
    found.add_argument(
        "--format", choices=("yaml", "json"), default="yaml", help="its form (default: yaml)"
    )
    return found


def run(arguments: list[str]) -> int:
    """Print the document.

    Raises:
        ConfigurationError: When it is not where it was installed, or cannot be converted.
    """
    options = parser().parse(arguments)
    text = _read(_DOCUMENTS[options.openapi])
    if options.format == "json" and options.openapi == "3.1":
        text = _as_json(text)
    # The 3.0 document is JSON, which is YAML too (YAML 1.2, section 1.3).
    sys.stdout.write(text)
    return 0


def folder() -> str | None:
    """Return the folder of the documents: in the package, or beside `src` in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    above = os.path.dirname(os.path.dirname(package))  # noqa: PTH120
    for found in (os.path.join(package, "openapi"), os.path.join(above, "openapi")):  # noqa: PTH118
        if os.path.isfile(os.path.join(found, _DOCUMENTS["3.1"])):  # noqa: PTH113, PTH118
            return found
    return None


def _read(name: str) -> str:
    found = folder()
    if found is None:
        raise ConfigurationError(
            "The OpenAPI documents are not where they were installed.",
            hint="Install talend-oauth again.",
        )
    with open(os.path.join(found, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()


def _as_json(text: str) -> str:
    import json

    try:
        import yaml
    except ImportError:
        raise ConfigurationError(
            "The document is kept as YAML, and PyYAML, which converts it, is not installed.",
            hint="pip install pyyaml; or take it as it is (--format yaml), or --openapi 3.0.",
        ) from None
    return json.dumps(yaml.safe_load(text), indent=2, ensure_ascii=False) + "\n"
