"""State of the sandbox, shared by its server and by the test that watches it."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from ._accounts import Account
from ._clock import OffsetClock
from ._faults import Fault, FaultQueue
from ._gate import Gate
from ._log import LogEntry, RequestLog
from ._settings import ExpiresIn, Settings
from ._tokens import Issuer


class Options(TypedDict, total=False):
    """Options of a sandbox: accounts, and the fields of `Settings`."""

    accounts: Iterable[Account] | None
    token_lifetime: float
    expires_in: ExpiresIn
    same_token: bool
    opaque_tokens: bool
    check_credentials: bool
    check_body: bool
    polls: int


@dataclass
class Execution:
    """A simulated run of a task.

    Attributes:
        id: Its identifier.
        executable: Id of the task or plan.
        polls: How often its status was requested.
    """

    id: str
    executable: str
    polls: int = 0


class SandboxState:
    """State of a sandbox, shared by its server and by the test that watches it.

    Every method may be called from any thread.

    Args:
        **options: Accounts (one with random credentials when there are none) and settings.

    Attributes:
        settings: What can be changed while it runs.
        clock: The sandbox's time; `clock.advance(60)` lets a minute pass for its tokens.
        issuer: The base URL that tokens name as their issuer.
        watch: Called with a line of text for each request, which holds no secret.
        on_stop: Called by `POST /_sandbox/stop`; None where a program owns the sandbox.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        values: dict[str, Any] = dict(options)
        accounts: tuple[Account, ...] = tuple(values.pop("accounts", None) or [Account()])
        ids = [account.client_id for account in accounts]
        if len(set(ids)) != len(ids):
            raise ValueError("two accounts have the same client_id")
        self.accounts = accounts
        self.settings = Settings(**values)
        self.clock = OffsetClock()
        self.issuer = "https://sandbox.invalid"
        self.watch: Callable[[str], object] = _ignore
        self.on_stop: Callable[[], object] | None = None
        self.faults = FaultQueue()
        self.gate = Gate()
        self.requests = RequestLog()
        self.tokens = Issuer(self.settings, self.clock)
        self.executions: dict[str, Execution] = {}

    @property
    def client_id(self) -> str:
        """Client id of the first account."""
        return self.accounts[0].client_id

    @property
    def client_secret(self) -> str:
        """Secret of the first account."""
        return self.accounts[0].client_secret

    @property
    def token_requests(self) -> int:
        """How many POSTs reached the token endpoint, with or without a fault."""
        return self.gate.arrived

    @property
    def log(self) -> list[LogEntry]:
        """The requests so far, masked, oldest first; those to the control API are left out."""
        return self.requests.entries()

    def fail(
        self,
        status: int | None = None,
        *,
        times: int | None = 1,
        path: str = "/security/oauth/token",
        delay: float = 0,
        reset: bool = False,
        body: object = None,
        merge: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        truncate: bool = False,
        drip: float = 0,
    ) -> None:
        """Script a failure of the next requests; see `Fault` for the arguments."""
        fault = Fault(
            status=status,
            times=times,
            path=path,
            delay=delay,
            reset=reset,
            body=body,
            merge=merge,
            content_type=content_type,
            headers=headers or {},
            truncate=truncate,
            drip=drip,
        )
        self.faults.add(fault)

    def hold(self) -> None:
        """Hold token requests inside the server until `release`."""
        self.gate.close()

    def release(self) -> None:
        """Let the held token requests and all later ones continue."""
        self.gate.open()

    def wait_for_requests(self, count: int, timeout: float = 10) -> None:
        """Block until so many token requests have arrived since the start.

        In a coroutine, call it through `asyncio.to_thread`.

        Args:
            count: How many.
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: When they have not.
        """
        self.gate.wait_for(count, timeout)

    def revoke(self, token: str) -> bool:
        """Make a token invalid; return whether it was one of this sandbox's."""
        return self.tokens.revoke(token)

    def run(self, executable: str) -> Execution:
        """Start a run of a task."""
        execution = Execution(str(uuid.uuid4()), executable)
        self.executions[execution.id] = execution
        return execution


def _ignore(line: str) -> None:
    del line
