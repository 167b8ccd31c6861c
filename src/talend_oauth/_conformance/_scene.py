"""One case: its servers, its clients, and its steps, one after another."""

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from talend_oauth.sandbox import Account, Fault

from ._cases import Case
from ._client import Client, Item, NoResult, Silence, Stopped
from ._expect import Mismatch, check, check_items
from ._server import RecordingSandbox

PAUSE = 0.2  # seconds between two looks at something that is waited for


class Failed(Exception):  # noqa: N818 - an outcome of a case
    """A client did not do what a step expects."""


class NotScored(Exception):  # noqa: N818 - an outcome of a case
    """A client cannot be held to this case; the text says why."""


class Scene:
    """What a case is run in: a context manager.

    Args:
        case: The case.
        command: Starts a client.
        patience: Seconds to wait for a result, at most.
        forms: Whether the sandbox takes forms.
        lifetime: Seconds that tokens are valid.
        stopped: Set when the run is to end at once.
    """

    def __init__(
        self,
        case: Case,
        command: Sequence[str],
        *,
        patience: float,
        forms: bool,
        lifetime: float,
        stopped: threading.Event,
    ) -> None:
        self._case = case
        self._command = command
        self._patience = patience
        self._lifetime = lifetime
        self._stopped = stopped
        account = Account(**case.account)
        self.sandbox = RecordingSandbox(
            forms=forms, accounts=[account], token_lifetime=lifetime, **case.settings
        )
        self._stranger: RecordingSandbox | None = None
        self._secrets = [account.client_secret, *case.environment.values()]
        self._clients: list[Client] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Start the servers and the clients.

        Raises:
            OSError: When a client cannot be started.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.sandbox)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-"))
            self._folder = Path(folder)
            environment = self._environment()
            for _ in range(self._case.clients):
                client = Client(self._command, environment, self._stopped)
                stack.callback(client.close)
                self._clients.append(client)
            # Comes first at the end: no client has to wait for it then.
            stack.callback(self.sandbox.release)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            for client in self._clients:
                client.kill()
        self._stack.close()

    @property
    def spoke(self) -> bool:
        """Whether a client has reported anything."""
        return any(client.spoke for client in self._clients)

    def run(self) -> None:
        """Do every step.

        Raises:
            Failed: At the first that is not as expected.
            NotScored: When the client says that it does not do what a step asks.
            Stopped: When the run is to end.
        """
        for number, step in enumerate(self._case.steps, 1):
            fields = self._filled(dict(step))
            kind = next(iter(fields))
            action: Callable[..., None] = getattr(self, f"_do_{kind}")
            try:
                action(fields.pop(kind), **fields)
            except Mismatch as mismatch:
                raise Failed(f"step {number}, {kind}: {mismatch}") from None
            except NoResult as problem:
                raise Failed(f"step {number}, {kind}: {problem}") from None

    def _environment(self) -> dict[str, str]:
        account = self.sandbox.accounts[0]
        # A proxy of the user's has no way to a server on this machine.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TALEND_") and not name.lower().endswith("_proxy")
        }
        given = {**kept, **self.sandbox.environment(), **self._case.environment}
        if self._case.secret_file:
            self._write_secret(account.client_secret)
            del given["TALEND_CLIENT_SECRET"]
            given["TALEND_CLIENT_SECRET_FILE"] = str(self._folder / "secret")
        if self._case.store:
            given["TALEND_OAUTH_STORE"] = str(self._folder / "store")
        return given

    def _write_secret(self, secret: str) -> None:
        file = self._folder / "secret"
        file.write_text(f"{secret}\n", encoding="utf-8")
        file.chmod(0o600)

    def _filled(self, value: Any) -> Any:  # noqa: ANN401 - walks what a step holds
        """Put addresses and credentials where a case has only their names."""
        if isinstance(value, Mapping):
            return {name: self._filled(part) for name, part in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if isinstance(value, list):
            return [self._filled(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(value, str) or "${" not in value:
            return value
        account = self.sandbox.accounts[0]
        for name, text in (
            ("${api}", self.sandbox.url),
            ("${client_id}", account.client_id),
            ("${client_secret}", account.client_secret),
        ):
            value = value.replace(name, text)
        return value.replace("${stranger}", self._stranger_host()) if "${" in value else value

    def _stranger_host(self) -> str:
        """Return another server, which has a host and a port of its own."""
        if self._stranger is None:
            stranger = RecordingSandbox(stranger_to=self.sandbox)
            self._stranger = self._stack.enter_context(stranger)
        return f"localhost:{urlsplit(self._stranger.url).port}"

    # The steps, each named by its first key.

    def _do_send(
        self,
        line: str,
        *,
        results: str = "ok",
        client: int = 0,
        times: int = 1,
        before_age: float | None = None,
    ) -> None:
        for _ in range(times):
            self._clients[client].send(line)
            self._finish(self._clients[client], results, before_age)

    def _do_start(self, line: str, *, client: int | None = None) -> None:
        for each in self._clients if client is None else [self._clients[client]]:
            each.send(line)

    def _do_finish(
        self, results: str, *, client: int | None = None, before_age: float | None = None
    ) -> None:
        for each in self._clients if client is None else [self._clients[client]]:
            self._finish(each, results, before_age)

    def _finish(self, client: Client, results: str, before_age: float | None = None) -> None:
        until = monotonic() + self._patience
        if before_age is not None:
            until = min(until, self._at_age(before_age))
        try:
            items = client.result(until)
        except Silence as silence:
            when = f"in {self._patience:g} s (--patience)"
            if before_age is not None:
                when = f"before {before_age:.0%} of the lifetime"
            raise NoResult(f"no result came {when}{silence}") from None
        check_items(_supported(items), results)

    def _do_poll(
        self,
        line: str,
        *,
        until: Mapping[str, Any],
        results: str = "ok",
        before_age: float | None = None,
    ) -> None:
        end = monotonic() + self._patience if before_age is None else self._at_age(before_age)
        while True:
            self._do_send(line, results=results, before_age=before_age)
            try:
                self._do_expect(until)
            except Mismatch:
                if monotonic() >= end:
                    raise
                self._pause(PAUSE)
            else:
                return

    def _do_await(self, wanted: Mapping[str, Any]) -> None:
        end = monotonic() + self._patience
        while True:
            try:
                self._do_expect(wanted)
            except Mismatch:
                if monotonic() >= end:
                    raise
                self._pause(PAUSE)
            else:
                return

    def _do_expect(
        self, wanted: Mapping[str, Any], *, in_first_seconds: float | None = None
    ) -> None:
        check(wanted, self._seen(in_first_seconds))

    def _do_age(self, fraction: float) -> None:
        self._pause(max(0.0, self._at_age(fraction) - monotonic()))

    def _do_wait(self, seconds: float) -> None:
        self._pause(seconds)

    def _do_hold(self, why: str) -> None:
        del why
        self.sandbox.hold()

    def _do_release(self, why: str) -> None:
        del why
        self.sandbox.release()

    def _do_fault(self, fault: Mapping[str, Any]) -> None:
        fields = dict(fault)
        self.sandbox.late = fields.pop("late", self.sandbox.late)
        self.sandbox.endless = fields.pop("endless", self.sandbox.endless)
        if fields:
            self.sandbox.faults.add(Fault.from_json(fields))

    def _do_clear(self, why: str) -> None:
        del why
        self.sandbox.late, self.sandbox.endless = 0.0, False
        self.sandbox.faults.clear()

    def _do_revoke(self, why: str) -> None:
        del why
        self.sandbox.tokens.revoke_all()

    def _do_rotate(self, why: str) -> None:
        del why
        secret = secrets.token_urlsafe(24)
        self._secrets.append(secret)
        old = self.sandbox.accounts[0]
        self._write_secret(secret)
        self.sandbox.accounts = (Account(client_id=old.client_id, client_secret=secret),)

    def _do_kill(self, client: int) -> None:
        self._clients[client].kill()

    def _do_exit(self, why: str) -> None:
        del why
        for client in self._clients:
            client.close()

    def _pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Stopped

    def _at_age(self, fraction: float) -> float:
        """Return the monotonic time at which the newest token has this part of its lifetime."""
        return self.sandbox.issued[-1].time + fraction * self._lifetime

    def _seen(self, in_first_seconds: float | None) -> dict[str, Any]:
        entries = self.sandbox.entries
        if in_first_seconds is not None and entries:
            end = entries[0].time + in_first_seconds
            entries = [entry for entry in entries if entry.time < end]
        stranger = self._stranger.entries if self._stranger else []
        credentials = [*self.sandbox.credentials(), *self._secrets]
        secret = self.sandbox.secrets() + self._secrets
        outputs = [client.output for client in self._clients]
        return {
            "token_requests": [e.fields for e in entries if e.is_for_token],
            "api_requests": [e.fields for e in entries if not e.is_for_token],
            "stranger_requests": [e.fields for e in stranger],
            "bytes_sent": self.sandbox.bytes_sent,
            "output_leaks": sum(text in output for output in outputs for text in secret),
            "store_leaks": _leaks_of(self._folder / "store", credentials),
        }


def _supported(items: Sequence[Item]) -> Sequence[Item]:
    for item in items:
        if item.unsupported is not None:
            raise NotScored(f"the client does not do this: {item.unsupported}")
    return items


def _leaks_of(folder: Path, secret: Sequence[str]) -> list[str]:
    """Return what of a store others could read, and the files that hold the secret."""
    found: list[str] = []
    for path in [folder, *sorted(folder.rglob("*"))]:
        if path.is_file():
            ways = [path, *[p for p in path.parents if p == folder or folder in p.parents]]
            if os.name == "posix" and all(way.stat().st_mode & 0o077 for way in ways):
                found.append(f"others can read {path.name}")
            text = path.read_text(encoding="utf-8", errors="replace")
            if any(value in text for value in secret):
                found.append(f"{path.name} holds the secret")
    return found
