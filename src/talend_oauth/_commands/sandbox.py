"""`talend-oauth sandbox`: a local mock of Talend Cloud; needs the extra `sandbox`."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, cast

from talend_oauth.errors import ConfigurationError

from . import _console as console
from ._parser import Parser, number
from ._programs import run_beside, this_command

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import BinaryIO

    from talend_oauth.sandbox import Sandbox

_USAGE = "talend-oauth sandbox [options] [-- PROGRAM [ARGUMENT ...]]"
_OWN = ("TALEND_CLIENT_ID", "TALEND_CLIENT_SECRET", "TALEND_API_URL")
# What would contradict the sandbox's own variables.
_OTHERS = (
    "TALEND_CLIENT_SECRET_FILE",
    "TALEND_REGION",
    "TALEND_BASE_URL",
    "TALEND_AUDIENCE",
    "TALEND_ACCESS_TOKEN",
    "TALEND_API_TOKEN",
)
_STOP_TIMEOUT = 10.0


def parser() -> Parser:
    """Return the parser of the arguments; works without the extra, for the completion."""
    found = Parser(
        "sandbox",
        "Run a local mock of Talend Cloud for tests and trials. It prints the variables that make "
        "clients use it, and a line for each request.",
        examples=(
            'eval "$(talend-oauth sandbox --background)"     start it for this shell',
            'eval "$(talend-oauth sandbox --stop)"           stop it again',
            "talend-oauth sandbox -- pytest                 run a program inside",
            'talend-oauth sandbox --fault \'{"status": 503, "times": 2}\'',
        ),
    )
    found.usage = _USAGE
    add = found.add_argument
    add("--background", action="store_true", help="return as soon as it listens")
    add("--stop", action="store_true", help="stop the one that TALEND_API_URL or --port names")
    add("--host", default="127.0.0.1", help="a loopback address (default: 127.0.0.1)")
    add(
        "--port",
        type=number(0, 65535, whole=True),
        default=0,
        help="0, the default, takes any free one",
    )
    add(
        "--token-lifetime",
        type=number(0, 1e9),
        default=1800,
        metavar="SECONDS",
        help="default: 1800",
    )
    add(
        "--expires-in",
        choices=("integer", "string", "absent"),
        default="integer",
        help="how a response states the lifetime (default: integer)",
    )
    add(
        "--accounts",
        metavar="FILE",
        help="JSON list of objects with client_id, client_secret and, if wanted, name, "
        "tenant_id, permissions, on_allowlist (default: one account with random credentials)",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="JSON",
        help="a failure of the first requests, as in the example; may be repeated",
    )
    add("--same-token", action="store_true", help="issue the same token until it expires")
    add("--opaque-tokens", action="store_true", help="issue random text instead of JWTs")
    add(
        "--polls",
        type=number(0, 1e9, whole=True),
        default=3,
        help="polls until an execution is finished (default: 3)",
    )
    add(
        "--format",
        choices=("export", "powershell", "env", "json"),
        default="powershell" if os.name == "nt" else "export",
        help="form of the variables: for a shell, for PowerShell, NAME=value, or JSON "
        "(default: export; powershell on Windows)",
    )
    add("--json", action="store_const", const="json", dest="format", help="print JSON")
    return found


def run(arguments: list[str]) -> int:
    """Run the sandbox until SIGINT, SIGTERM or `--stop`, or around a program.

    Returns:
        0 after SIGTERM and `--stop`, 130 after SIGINT; with a program, its exit status.

    Raises:
        ConfigurationError: When the extra is not installed, or an option is wrong.
    """
    options, program = parser().parse_before_program(arguments)
    if options.stop:
        return _stop(options)
    sandbox = _made(options)
    if options.background:
        return _start_in_background(arguments, options)
    if program:
        return _run_inside(sandbox, program, is_verbose=options.verbose)
    return _serve(sandbox, options.format)


def _made(options: argparse.Namespace) -> Sandbox:
    try:
        from talend_oauth.sandbox import Sandbox, load_accounts
    except ImportError:
        raise ConfigurationError(
            "The sandbox is not installed.", hint="Install it: pip install 'talend-oauth[sandbox]'"
        ) from None
    from pathlib import Path

    problem = ""
    try:
        accounts = None if options.accounts is None else load_accounts(Path(options.accounts))
        sandbox = Sandbox(
            host=options.host,
            port=options.port,
            accounts=accounts,
            token_lifetime=options.token_lifetime,
            expires_in=options.expires_in,
            same_token=options.same_token,
            opaque_tokens=options.opaque_tokens,
            polls=options.polls,
        )
        for text in options.fault:
            _add_fault(sandbox, text)
    except OSError as error:
        problem = f"--accounts cannot be read: {error.strerror}"
    except ValueError as error:
        problem = str(error)
    else:
        return sandbox
    raise ConfigurationError(f"sandbox: {problem}.", hint="See talend-oauth sandbox --help.")


def _add_fault(sandbox: Sandbox, text: str) -> None:
    from talend_oauth.sandbox import Fault

    try:
        item = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("--fault needs a JSON object") from None
    sandbox.faults.add(Fault.from_json(item))


def _started(sandbox: Sandbox) -> None:
    problem = ""
    try:
        sandbox.start()
    except OSError as error:
        problem = error.strerror or type(error).__name__
        if error.errno == errno.EADDRINUSE:  # Windows has a sentence of three lines
            problem = "the port is in use"
    if problem:
        raise ConfigurationError(
            f"The sandbox cannot listen: {problem}.",
            hint="Choose another --port; 0 takes any free one.",
        )


def _serve(sandbox: Sandbox, form: str) -> int:
    stopped = threading.Event()
    status = 0

    def stop(number: int, frame: object) -> None:
        nonlocal status
        del frame
        status = 130 if number == signal.SIGINT else 0
        stopped.set()

    sandbox.on_stop = stopped.set
    sandbox.watch = _show_request
    numbers = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
    ]
    previous = {number: signal.signal(number, stop) for number in numbers}
    try:
        _started(sandbox)
        console.write(_variables(sandbox.environment(), form))
        console.flush()
        _greet(sandbox)
        while not stopped.wait(1):  # Windows does not interrupt a wait without an end
            pass
    finally:
        sandbox.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return status


def _greet(sandbox: Sandbox) -> None:
    lines = [
        f"A sandbox listens on {sandbox.url} until Ctrl+C.",
        f"token    POST {sandbox.url}/security/oauth/token",
        f"who am I GET  {sandbox.url}/account/me",
        f"keys     GET  {sandbox.url}/.well-known/jwks.json",
        f"control       {sandbox.url}/_sandbox/",
    ]
    if console.is_terminal(sys.stdout):
        lines.append("Paste the lines above into another terminal.")
    console.say("\n".join(lines))


def _show_request(line: str) -> None:
    console.say_plainly(f"{time.strftime('%H:%M:%S')} {line}")


def _variables(own: Mapping[str, str], form: str) -> str:
    if form == "json":
        return json.dumps(own) + "\n"
    return _lines({**dict.fromkeys(_OTHERS, ""), **own}, form)


def _lines(values: Mapping[str, str], form: str) -> str:
    """Return the lines that set variables, and remove or empty those without a value."""
    if form == "powershell":  # which takes typographic quotes for its own
        quoted = {name: re.sub("(['\u2018-\u201b])", r"\1\1", values[name]) for name in values}
        lines = [f"$env:{name} = '{value}'" for name, value in quoted.items()]
    elif form == "export":
        lines = [f"unset {' '.join(name for name, value in values.items() if not value)}"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in values.items() if value]
    else:
        lines = [f"{name}={value}" for name, value in values.items()]
    return "".join(f"{text}\n" for text in lines)


def _run_inside(sandbox: Sandbox, program: list[str], *, is_verbose: bool) -> int:
    if is_verbose:
        sandbox.watch = _show_request
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TALEND_") or name.startswith("TALEND_OAUTH_STORE")
    }
    _started(sandbox)
    try:
        return run_beside(program, {**kept, **sandbox.environment()})
    finally:
        sandbox.stop()


def _start_in_background(arguments: list[str], options: argparse.Namespace) -> int:
    """Start the same command again, detached, and print what it prints once it listens."""
    others = [argument for argument in arguments if argument != "--background"]
    detached: dict[str, int | bool] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {
            "creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        }
    process = subprocess.Popen(  # noqa: S603 - this very command
        [*this_command(), "sandbox", *others, "--format", "json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **detached,  # type: ignore[call-overload]
    )
    out, err = cast("BinaryIO", process.stdout), cast("BinaryIO", process.stderr)
    line = out.readline()
    if not line:
        said = err.read().decode("utf-8", "replace")
        console.say_plainly(said.rstrip() or "talend-oauth: the sandbox did not start.")
        return int(process.wait()) or 1
    own: dict[str, str] = json.loads(line)
    console.write(_variables(own, options.format))
    console.flush()
    stop = "talend-oauth sandbox --stop"
    stop = f'eval "$({stop})"' if options.format == "export" else stop
    console.say(
        f"a sandbox listens on {own['TALEND_API_URL']} (process {process.pid}).\n"
        f"Stop it with: {stop}"
    )
    process.returncode = 0  # it goes on without this process, which is no fault of anybody
    return 0


def _stop(options: argparse.Namespace) -> int:
    from urllib.parse import urlsplit

    address = (options.host.strip("[]"), options.port)
    if not options.port:
        url = os.environ.get("TALEND_API_URL", "")
        problem = "is not set"
        try:
            parts = urlsplit(url)
            address = (parts.hostname or "", parts.port or 0)
            problem = (
                "" if parts.scheme == "http" else "does not name a sandbox" if url else problem
            )
        except ValueError:
            problem = "is not a URL"
        if problem:
            raise ConfigurationError(
                f"TALEND_API_URL {problem}, so the sandbox to stop is not known.",
                hint="Run this where its variables are set, or name it with --port.",
            )
    if not _ask_to_stop(*address):
        raise ConfigurationError(
            "No sandbox that the command runs listens there.", hint="It may have stopped already."
        )
    if options.format != "json":
        console.write(_lines(dict.fromkeys(_OWN, ""), options.format))
    console.say("the sandbox has stopped.")
    return 0


def _ask_to_stop(host: str, port: int) -> bool:
    import http.client
    import ipaddress

    try:
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            return False
        connection = http.client.HTTPConnection(host, port, timeout=_STOP_TIMEOUT)
        connection.request("POST", "/_sandbox/stop")
    except (OSError, ValueError):
        return False
    try:
        if connection.getresponse().status != http.client.NO_CONTENT:
            return False
        while connection.sock is not None and connection.sock.recv(1024):
            pass
    except (OSError, http.client.HTTPException):
        pass  # it closes every connection as it stops
    finally:
        connection.close()
    return True
