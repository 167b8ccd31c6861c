"""Help for testing code that uses Talend Cloud: a local Talend for every test.

With pytest nothing needs to be imported: the fixtures `talend_sandbox` and `talend_token_source`
are there once `talend-oauth[sandbox]` is installed. With unittest, derive from `SandboxTestCase`;
elsewhere, use `sandbox_environment`. `check_store` is for a token store of your own.
"""

from __future__ import annotations

import os
import time
import unittest
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar
from unittest import mock

from ._store_checks import check_store

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Unpack

    from ._lifecycle.source import TokenSource
    from .sandbox import Sandbox
    from .sandbox._state import Options

__all__ = ["SandboxTestCase", "check_store", "sandbox_environment", "sandbox_variables"]
__all__ += ["token_source"]


class SandboxClock:
    """The clocks of a `TokenSource`, moved by the sandbox's.

    Waiting lets the sandbox's time pass in place of the machine's, so that a test of an outage
    does not last as long as the outage.

    Args:
        sandbox: Whose clock it is.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return self._sandbox.clock()

    def monotonic(self) -> float:
        """Return seconds since some start."""
        return time.monotonic() + self._sandbox.clock.offset

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._sandbox.clock.advance(seconds)


def sandbox_variables(sandbox: Sandbox) -> dict[str, str | None]:
    """Return the variables to set, and with None those to unset, so that nothing else is asked.

    Every variable whose name begins with `TALEND_` is among them: a test must not reach a real
    tenant because a developer's shell names one.
    """
    present = dict.fromkeys((name for name in os.environ if name.startswith("TALEND_")), None)
    return {**present, **sandbox.environment()}


@contextmanager
def sandbox_environment(**options: Unpack[Options]) -> Generator[Sandbox]:
    """Run a sandbox, with the environment pointing at it, and yield it.

        with sandbox_environment(token_lifetime=60) as sandbox:
            sandbox.fail(503, times=2)

    Args:
        **options: Those of `Sandbox`: `accounts`, `token_lifetime`, `expires_in` and so on.

    Raises:
        ImportError: When the extra `sandbox` is not installed.
    """
    from .sandbox import Sandbox

    with Sandbox(**options) as sandbox, mock.patch.dict(os.environ):
        for name, value in sandbox_variables(sandbox).items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        yield sandbox


def token_source(sandbox: Sandbox) -> TokenSource:
    """Return a `TokenSource` for a sandbox that lives in its time.

    `sandbox.clock.advance(1800)` is half an hour for both: no test of a renewal has to wait.
    """
    from ._lifecycle.source import TokenSource

    return TokenSource(
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        api_url=sandbox.url,
        _clock=SandboxClock(sandbox),
    )


class SandboxTestCase(unittest.TestCase):
    """A test case with a sandbox of its own for every test, and the environment pointing at it.

    Attributes:
        sandbox_options: The options of `Sandbox`, for a class to set.
        talend_sandbox: The `Sandbox`.
        talend_token_source: A `TokenSource` for it; see `token_source`.
    """

    sandbox_options: ClassVar[Options] = {}
    talend_sandbox: Sandbox
    talend_token_source: TokenSource

    def setUp(self) -> None:
        """Start the sandbox; a class that has its own `setUp` calls this one first."""
        super().setUp()
        self.talend_sandbox = self.enterContext(sandbox_environment(**self.sandbox_options))
        self.talend_token_source = token_source(self.talend_sandbox)
