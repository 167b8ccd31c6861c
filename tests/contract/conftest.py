"""What the contract tests share: the document, and a run of a test for each part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .reading import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .wire import Recorder


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the document."""
    return Contract.read()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Yield a server on loopback that keeps what it is sent."""
    from .wire import Recorder

    with Recorder() as recorder:
        yield recorder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each operation, or named schema, of the document."""
    contract = Contract.read()
    if "operation" in metafunc.fixturenames:
        metafunc.parametrize("operation", contract.operations, ids=lambda it: it.name)
    for kind in ("object", "enum"):
        if f"{kind}_schema" in metafunc.fixturenames:
            metafunc.parametrize(f"{kind}_schema", contract.named(kind))
    if "enum_property" in metafunc.fixturenames:
        found = [
            (schema, name)
            for schema in contract.named("object")
            for name, description in contract.schemas[schema]["properties"].items()
            if "enum" in contract.plain(description)
        ]
        metafunc.parametrize("enum_property", found, ids=".".join)
