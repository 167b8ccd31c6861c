"""Tests that need POSIX, or a Windows that is not Wine, say so by a marker with the reason.

What needs a package that cannot be installed is skipped: some have no wheels for a Python yet.
"""

from __future__ import annotations

import gc
import os
import sys
import sysconfig
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


def _is_wine() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.windll.ntdll, "wine_get_version")


# Only there may a package be missing: elsewhere that is a fault, and no reason to skip.
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
COMPILED = ("cryptography", "hypothesis", "joserfc", "jsonschema", "openapi_core")
MISSING = {name for name in COMPILED if FREE_THREADED and find_spec(name) is None}
# A program that a test starts is run as a user runs it, also where warnings are errors here.
os.environ.pop("PYTHONWARNINGS", None)
LACKS = {"posix": os.name != "posix", "wine": _is_wine()}


@pytest.hookimpl(optionalhook=True)  # there may be no xdist
def pytest_xdist_auto_num_workers() -> int:
    """Return two workers for each core, eight at most: many tests wait more than they compute."""
    return min(8, 2 * (os.cpu_count() or 1))


@pytest.fixture(scope="session")
def _key() -> RSAPrivateKey:
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048).private_key


@pytest.fixture
def _one_key(_key: RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sandboxes have the same key, which takes 40 ms to make."""
    from joserfc.jwk import RSAKey

    monkeypatch.setattr(RSAKey.binding, "generate_private_key", lambda _size: _key)


@pytest.fixture
def _own_garbage() -> Generator[None]:
    """`gc.collect()` looks at what the test made, and not at all that is imported."""
    gc.freeze()
    yield
    gc.unfreeze()


@contextmanager
def _skipping_without_wheels() -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in MISSING:
            pytest.skip(f"needs {error.name}, which has no wheel for this Python")
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    for name, applies in LACKS.items():
        marker = item.get_closest_marker(name)
        if applies and marker is not None:
            pytest.skip(f"{name}: {marker.args[0]}")
    with _skipping_without_wheels():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    with _skipping_without_wheels():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    names = [name for name in MISSING if f"No module named '{name}" in str(report.longrepr)]
    if report.failed and names:
        reason = f"Skipped: needs {names[0]}, which has no wheel for this Python"
        report.outcome, report.longrepr = "skipped", (str(collector.path), 1, reason)
    return report
