"""The command `talend-oauth sandbox`."""

import argparse
import json
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from talend_oauth.errors import ConfigurationError

from ._accounts import load_accounts
from ._faults import Fault
from ._sandbox import Sandbox
from ._settings import ExpiresIn

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
FORMATS = ("export", "env", "json")


def main(argv: Sequence[str]) -> int:
    """Run the sandbox until SIGINT or SIGTERM.

    Args:
        argv: The arguments after `talend-oauth sandbox`.

    Returns:
        The exit code: 0 after SIGTERM, 130 after SIGINT, 2 for settings that cannot be right.
    """
    arguments = parser().parse_args(argv)
    try:
        accounts = None if arguments.accounts is None else load_accounts(arguments.accounts)
        sandbox = Sandbox(
            host=arguments.host,
            port=arguments.port,
            accounts=accounts,
            token_lifetime=arguments.token_lifetime,
            expires_in=arguments.expires_in,
            same_token=arguments.same_token,
            opaque_tokens=arguments.opaque_tokens,
            polls=arguments.polls,
        )
        for text in arguments.fault:
            sandbox.faults.add(_fault(text))
    except (ConfigurationError, ValueError, OSError) as problem:
        sys.stderr.write(f"talend-oauth sandbox: {problem}\n")
        return EXIT_USAGE
    return serve(sandbox, arguments.format)


def serve(sandbox: Sandbox, form: str = "export") -> int:
    """Start a sandbox, say how to reach it, and wait for a signal.

    The variables go to standard output, everything else to standard error.

    Args:
        sandbox: One that was not started.
        form: `export` for a shell, `env` for a file of variables, or `json`.
    """
    stopped = threading.Event()
    code = 0

    def stop(number: int, frame: object) -> None:
        nonlocal code
        del frame
        code = EXIT_INTERRUPTED if number == signal.SIGINT else 0
        stopped.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        try:
            sandbox.start()
        except OSError as problem:
            sys.stderr.write(f"talend-oauth sandbox: {problem.strerror}\n")
            return EXIT_USAGE
        sys.stdout.write(f"{_variables(sandbox, form)}\n")
        sys.stdout.flush()
        sys.stderr.write(f"{_addresses(sandbox)}\n")
        sys.stderr.flush()
        stopped.wait()
    finally:
        sandbox.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code


def _variables(sandbox: Sandbox, form: str) -> str:
    variables = sandbox.environment()
    if form == "json":
        return json.dumps(variables)
    prefix = "export " if form == "export" else ""
    quote = shlex.quote if form == "export" else str
    return "\n".join(f"{prefix}{name}={quote(value)}" for name, value in variables.items())


def _addresses(sandbox: Sandbox) -> str:
    return "\n".join(
        (
            f"A local Talend listens on {sandbox.url} until Ctrl+C.",
            f"  token    POST {sandbox.url}/security/oauth/token",
            f"  who am I GET  {sandbox.url}/account/me",
            f"  keys     GET  {sandbox.url}/.well-known/jwks.json",
            f"  control       {sandbox.url}/_sandbox/ (health, log, faults, settings, revoke)",
        )
    )


def _fault(text: str) -> Fault:
    try:
        return Fault.from_json(json.loads(text))
    except json.JSONDecodeError:
        raise ValueError("--fault needs a JSON object") from None


def parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(
        prog="talend-oauth sandbox",
        description="A local Talend for tests and trials. The variables it prints make a client "
        "use it: eval them, or write them to a file with --format env.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="a loopback address (default: 127.0.0.1)")
    add("--port", type=_port, default=0, help="0, the default, takes any free one")
    add("--token-lifetime", type=float, default=1800, metavar="SECONDS", help="default: 1800")
    add(
        "--expires-in",
        choices=get_args(ExpiresIn),
        default="integer",
        help="how an answer states the life (default: integer)",
    )
    add(
        "--accounts",
        type=Path,
        metavar="FILE",
        help="JSON list of objects with client_id, client_secret and, if wanted, name, "
        "tenant_id, permissions, on_allowlist (default: one account with a random pair)",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="JSON",
        help='what goes wrong first, for instance \'{"status": 503, "times": 2}\'; may be repeated',
    )
    add("--same-token", action="store_true", help="answer with the same token while it lives")
    add("--opaque-tokens", action="store_true", help="issue random text in place of JWTs")
    add("--polls", type=int, default=3, help="polls until an execution is done (default: 3)")
    add("--format", choices=FORMATS, default="export", help="form of the variables")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port
