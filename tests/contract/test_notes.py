"""Every part of the document has a section in NOTES.md that says where it is from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .reading import ROOT, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import Contract

SECTION = re.compile(r"^## (?P<title>.+)\n\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)


def sections() -> dict[str, str]:
    """Return the text of each section of NOTES.md by its title."""
    text = (ROOT / "openapi" / "NOTES.md").read_text(encoding="utf-8")
    return {found["title"]: found["text"] for found in SECTION.finditer(text)}


def field(text: str, name: str) -> str:
    """Return what follows `- Name:` in a section, or nothing."""
    found = re.search(rf"^- {name}: (.+)$", text, re.MULTILINE)
    return found[1] if found else ""


def section_for(part: str) -> str:
    """Return the text of the section with the longest pointer that speaks for `part`."""
    found = {
        place: text
        for text in sections().values()
        for place in re.findall(r"`([^`]+)`", field(text, "Applies to"))
        if part == place or part.startswith(f"{place}/")
    }
    return found[max(found, key=len)] if found else ""


def pointers() -> list[str]:
    """Return every JSON pointer that a section applies to."""
    return [
        place
        for text in sections().values()
        for place in re.findall(r"`([^`]+)`", field(text, "Applies to"))
    ]


def parts(contract: Contract) -> Iterator[str]:
    """Yield the pointers of what has to be explained."""
    yield "/servers"
    yield "/security"
    for operation in contract.operations:
        yield operation.pointer
    for kind, components in contract.document["components"].items():
        for name in components:
            yield pointer("components", kind, name)
    for schema, description in contract.schemas.items():
        for name in description.get("properties", {}):
            yield pointer("components", "schemas", schema, "properties", name)


@pytest.mark.parametrize("title", sections())
def test_a_section_says_what_it_applies_to_its_status_and_its_reason(title: str) -> None:
    text = sections()[title]
    assert field(text, "Applies to")
    assert field(text, "Status") in {"documented", "decided", "ours"}
    assert field(text, "In short").endswith(".")
    assert field(text, "Source") or field(text, "Status") == "ours"


def test_every_pointer_leads_somewhere(contract: Contract) -> None:
    for place in pointers():
        try:
            contract.at(place)
        except (KeyError, IndexError, ValueError):
            pytest.fail(f"NOTES.md speaks of {place}, which is not in the document")


def test_no_pointer_has_two_sections() -> None:
    assert len(set(pointers())) == len(pointers())


def test_every_part_of_the_document_has_a_section(contract: Contract) -> None:
    missing = [part for part in parts(contract) if not section_for(part)]
    assert not missing, f"no section of openapi/NOTES.md applies to {', '.join(missing)}"


def test_every_property_is_spoken_of_by_name(contract: Contract) -> None:
    missing = [
        part
        for part in parts(contract)
        if "/properties/" in part and part.rpartition("/")[2] not in section_for(part)
    ]
    assert not missing, f"openapi/NOTES.md says nothing of {', '.join(missing)}"
