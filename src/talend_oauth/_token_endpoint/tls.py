"""The TLS context of token requests, loaded once: its authorities take 20 ms of processor time."""

from __future__ import annotations

import os
import ssl
from _thread import RLock
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import httpx

from talend_oauth.errors import ConfigurationError

_loading = RLock()  # held while OpenSSL works: a child forked then would miss its locks


def tls_context(url: str) -> ssl.SSLContext:
    """Return the context in which to speak to a URL.

    Args:
        url: Of the API. To `http:` no TLS is spoken, so that context trusts nobody.

    Raises:
        ConfigurationError: When a file that the environment names cannot be used.
    """
    if not url.startswith("https:"):
        with _loading:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return _verifying(*map(_path_and_mtime, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
    except (OSError, ValueError) as error:
        # OpenSSL names no file in its errors, Python the one that it cannot write.
        variable = "SSLKEYLOGFILE" if getattr(error, "filename", None) else "SSL_CERT_FILE"
        reason = getattr(error, "reason", "") or getattr(error, "strerror", "") or "no path"
    raise ConfigurationError(
        f"The file that {variable} names cannot be used ({reason}).",
        hint="SSL_CERT_FILE names certificates in PEM form, SSLKEYLOGFILE a file to write to.",
    )


def _path_and_mtime(variable: str) -> tuple[str | None, int]:
    """Return a path and when it changed: a long run may be given other authorities."""
    path, changed = os.environ.get(variable), 0
    if path:
        with suppress(OSError, ValueError):
            changed = Path(path).stat().st_mtime_ns
    return path, changed


@lru_cache(maxsize=1)
def _verifying(*_: tuple[str | None, int]) -> ssl.SSLContext:
    with _loading:
        return httpx.create_ssl_context()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_loading.acquire, after_in_parent=_loading.release, after_in_child=_loading.release
    )
