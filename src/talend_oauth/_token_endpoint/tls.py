"""The TLS context of token requests: made once, as its authorities take 20 ms to load.

That is a seventh of the processor time of a program that wants one token, and a renewal that did
it again would hold up the callers behind whose back it runs.
"""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import httpx

_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # which httpx reads, too


def tls_context(url: str) -> ssl.SSLContext:
    """Return what httpx would make for a URL.

    Args:
        url: Of the API. To `http:` TLS is not spoken, so that context trusts nobody.

    Raises:
        OSError: When the authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR` cannot be read.
        ssl.SSLError: When they are none; it is an OSError, too.
    """
    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _verifying(*(_stamp(os.environ.get(name)) for name in _AUTHORITIES))


def _stamp(path: str | None) -> tuple[str | None, int]:
    """Return a path and when it changed: a program that runs for long may get other authorities."""
    changed = 0
    if path:
        with suppress(OSError, ValueError):
            changed = Path(path).stat().st_mtime_ns
    return path, changed


@lru_cache(maxsize=1)
def _verifying(*_: tuple[str | None, int]) -> ssl.SSLContext:
    return httpx.create_ssl_context()
