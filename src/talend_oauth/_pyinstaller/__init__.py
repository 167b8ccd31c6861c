"""Tells PyInstaller, by an entry point, what a frozen program needs beside the code."""

from __future__ import annotations

import os


def hook_dirs() -> list[str]:
    """Return the folder of the hook."""
    return [os.path.dirname(__file__)]  # noqa: PTH120
