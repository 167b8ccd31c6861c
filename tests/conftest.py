"""Tests that need POSIX, or a Windows that is not Wine, say so by a marker with the reason."""

from __future__ import annotations

import os
import sys

import pytest


def _is_wine() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.windll.ntdll, "wine_get_version")


LACKS = {"posix": os.name != "posix", "wine": _is_wine()}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, applies in LACKS.items():
        marker = item.get_closest_marker(name)
        if applies and marker is not None:
            pytest.skip(f"{name}: {marker.args[0]}")
