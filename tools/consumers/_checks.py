"""What every program has to show, against a sandbox of its own."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from talend_oauth.sandbox import Account, Sandbox

from ._commands import StepError, run

PROGRAM_TIMEOUT = 60.0
TOKEN_LIFE = 1234
SHOWN_LINES = 4


class Trial:
    """One program and the sandbox that it talks to.

    Args:
        program: Command that runs the program.
        cwd: Where it runs.
        environment: Its environment, to which the account is added.
    """

    def __init__(self, program: tuple[str, ...], cwd: Path, environment: Mapping[str, str]) -> None:
        self._program = program
        self._cwd = cwd
        self._environment = environment
        # Random texts: a program that prints what it did not receive cannot know them.
        self.account = Account(name=f"account {secrets.token_hex(4)}")
        self.without_permission = Account(permissions=())
        self.sandbox = Sandbox(
            accounts=[self.account, self.without_permission], token_lifetime=TOKEN_LIFE
        )

    def run(self, account: Account | None = None, **environment: str) -> tuple[int, list[str]]:
        """Run the program and return its exit status and the lines it printed."""
        account = account or self.account
        outcome = run(
            self._program,
            self._cwd,
            {
                **self._environment,
                "TALEND_API_URL": self.sandbox.url,
                "TALEND_CLIENT_ID": account.client_id,
                "TALEND_CLIENT_SECRET": account.client_secret,
                **environment,
            },
            PROGRAM_TIMEOUT,
        )
        return outcome.status, outcome.output.splitlines()

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Use the control API of the sandbox."""
        answer = httpx.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def expect(self, got: tuple[int, list[str]], status: int, *lines: str) -> None:
        """Hold a run against the exit status and the lines that it should have.

        Raises:
            StepError: When it differs.
        """
        if got != (status, list(lines)):
            raise StepError(
                f"expected exit status {status} and {list(lines)},"
                f" got exit status {got[0]} and {got[1][:SHOWN_LINES]}"
            )


def _lifetime(setting: str, line: str) -> Callable[[Trial], None]:
    def check(trial: Trial) -> None:
        trial.control("PATCH", "settings", {"expires_in": setting})
        trial.expect(trial.run(), 0, f"lifetime: {line}", f"account: {trial.account.name}")

    return check


def _versions(trial: Trial) -> None:
    query, header = (f"{2100 + secrets.randbelow(100)}-0{month}" for month in (1, 2))
    trial.control("DELETE", "log")
    status, lines = trial.run(TALEND_VERSION_QUERY=query, TALEND_VERSION_HEADER=header)
    request = trial.control("GET", "log")["requests"][0]
    arrived = (request["talend_version_query"], request["talend_version_header"])
    if status != 0 or arrived != (query, header):
        raise StepError(
            f"sent {query} and {header}, arrived {arrived}; it printed {lines[:SHOWN_LINES]}"
        )


def _refused(trial: Trial, account: Account, status: int) -> None:
    message = f"refused {secrets.token_hex(4)}"
    trial.control("POST", "faults", {"merge": {"message": message}})
    trial.expect(trial.run(account), 1, f"refused: {status} {message}")


def _wrong_secret(trial: Trial) -> None:
    _refused(trial, Account(client_id=trial.account.client_id), 401)


def _no_permission(trial: Trial) -> None:
    _refused(trial, trial.without_permission, 403)


def _not_json(trial: Trial) -> None:
    """An error in front of Talend answers as it likes: here without any body, and in HTML."""
    bodies = {"": "", "<h1>unavailable</h1>": "text/html"}
    for body, content_type in bodies.items():
        fault = {"status": 503, "body": body, "content_type": content_type}
        trial.control("POST", "faults", fault)
        status, lines = trial.run()
        if status != 1 or len(lines) != 1 or not lines[0].startswith("refused: 503"):
            raise StepError(f"503 with the body {body!r}: exit status {status} and {lines}")


def _me(trial: Trial) -> None:
    trial.control("DELETE", "log")
    trial.run()
    seen = [
        (entry["method"], entry["path"], entry["scheme"], entry["client_id"], entry["status"])
        for entry in trial.control("GET", "log")["requests"]
    ]
    client_id = trial.account.client_id
    expected = [
        ("POST", "/security/oauth/token", "Basic", client_id, 200),
        ("GET", "/account/me", "Bearer", client_id, 200),
    ]
    if seen != expected:
        raise StepError(f"expected {expected}, the log has {seen}")


CHECKS: dict[str, Callable[[Trial], None]] = {
    "number": _lifetime("integer", f"{TOKEN_LIFE} s, a number"),
    "string": _lifetime("string", f"{TOKEN_LIFE} s, a string"),
    "absent": _lifetime("absent", "absent"),
    "versions": _versions,
    "401": _wrong_secret,
    "403": _no_permission,
    "no json": _not_json,
    "me": _me,
}
