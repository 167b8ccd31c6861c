"""What the reader of a page has: a shell in an empty home, and a network with Talend in it."""

import asyncio
import contextlib
import http.server
import json
import os
import select
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest
import trustme

from talend_oauth.sandbox import Account, Sandbox

# The account that the pages show. Its secret is what the reader types at a prompt.
ACCOUNT = Account(
    client_id="3f1e7a52-5d1c-4a0e-9f53-2c8a7b6d4e10",
    client_secret="Wq3-example_k7Zt0",  # noqa: S106 - of the sandbox
)
ROOT = Path(__file__).parents[2]
PATIENCE = 1800  # seconds for one block: the longest is all of scripts/test


class Network:
    """A proxy behind which every `*.cloud.talend.com` is one sandbox over TLS; all else is refused.

    So a page can name Talend's real addresses, and is run as it stands.
    """

    def __init__(self, folder: Path) -> None:
        # Runs are over at the first poll: a page that waits for one shows 30 s between two.
        self.sandbox = Sandbox(accounts=[ACCOUNT], polls=0)
        self.authorities = folder / "authorities.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.authorities)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("*.cloud.talend.com", "*.eu.cloud.talend.com").configure_cert(
            self._tls
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def environment(self) -> dict[str, str]:
        """Return the variables of a machine that reaches the world through this proxy alone."""
        file = str(self.authorities)
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self._port}",
            "SSL_CERT_FILE": file,
            "CURL_CA_BUNDLE": file,
            "REQUESTS_CA_BUNDLE": file,
        }

    def __enter__(self) -> Self:
        self.sandbox.start()
        self._thread.start()
        started = asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(started, self._loop).result()
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.stop()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            method, target, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
            if method == "CONNECT" and target.endswith(".cloud.talend.com:443"):
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await writer.start_tls(self._tls)
                port = int(self.sandbox.url.rpartition(":")[2])
                inside = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_pump(reader, inside[1]), _pump(inside[0], writer))
            else:
                writer.write(b"HTTP/1.1 403 Not on this network\r\nContent-Length: 0\r\n\r\n")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError), contextlib.closing(writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


class Interpreter:
    """A program that is given the blocks of a page, one after the other, as a reader pastes them.

    A block that fails ends it.
    """

    def __init__(
        self, command: Sequence[str], *arguments: str, env: Mapping[str, str], cwd: Path
    ) -> None:
        # The blocks come through a descriptor of their own: standard input is the reader's.
        there, self._blocks = os.pipe()
        self._process = subprocess.Popen(
            [*command, str(there), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            pass_fds=[there],
        )
        os.close(there)

    def typed(self, text: str) -> None:
        """Type something that the next block waits for."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def run(self, block: str) -> str:
        """Run a block and return what it printed, on either output.

        A block that fails fails the test, with what was printed.
        """
        __tracebackhide__ = True
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # said below
            os.write(self._blocks, f"{block}\0".encode())
        printed = b""
        output = self._process.stdout.fileno()
        end = time.monotonic() + PATIENCE
        while not printed.endswith(b"\0"):
            readable, *_ = select.select([output], [], [], max(0, end - time.monotonic()))
            found = os.read(output, 65536) if readable else b""
            printed += found
            if not found:
                why = "it failed" if readable else f"it has not ended after {PATIENCE} s"
                text = printed.decode(errors="backslashreplace")
                pytest.fail(f"{why}; it printed:\n{text}", pytrace=False)
        return printed.removesuffix(b"\0").decode(errors="backslashreplace")

    def close(self) -> None:
        """End it, and close the outputs of what it has left running."""
        os.close(self._blocks)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.communicate(timeout=5)
        self._process.kill()


class Shell(Interpreter):
    """One bash for all blocks. A command that fails ends it.

    Attributes:
        environment: The exported variables after the last block.
        folder: Where it is after the last block.
    """

    _LOOP = r"""
        set -eo pipefail
        while IFS= read -r -d "" -u "$0" block; do
          eval "$block"
          env -0 >"$1"; pwd -P >>"$1"
          printf '\0'
        done"""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.environment, self.folder = dict(environment), folder
        self._state = Path(tempfile.mkdtemp(dir=folder.parent)) / "state"
        bash = ["bash", "--noprofile", "--norc", "-c", self._LOOP]
        super().__init__(bash, str(self._state), env=environment, cwd=folder)

    def run(self, block: str) -> str:
        __tracebackhide__ = True
        if "read -rs" in block:
            self.typed(f"{ACCOUNT.client_secret}\n")
        printed = super().run(block)
        *variables, folder = self._state.read_text().split("\0")
        self.environment = dict(line.split("=", 1) for line in variables if line[:2] != "_=")
        self.folder = Path(folder.removesuffix("\n"))
        return printed


class Python(Interpreter):
    """One Python for all blocks of a page; each is run with the variables and in the folder given.

    A warning is an error.
    """

    _LOOP = """if True:
        def loop():
            import json, os, sys
            scope = sys.modules["__main__"].__dict__
            del scope["loop"]
            for line in open(int(sys.argv[1])):
                code, environment, folder = json.loads(line.strip(chr(0)))
                os.environ.clear()
                os.environ.update(environment)
                os.chdir(folder)
                exec(compile(code, sys.argv[2], "exec"), scope)
                print(end=chr(0), flush=True)
        loop()"""

    def __init__(self, page: Path, shell: Shell) -> None:
        self._shell = shell
        python = [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-c", self._LOOP]
        super().__init__(python, str(page), env=shell.environment, cwd=shell.folder)

    def run(self, block: str) -> str:
        __tracebackhide__ = True
        given = block, self._shell.environment, str(self._shell.folder)
        return super().run(f"{json.dumps(given)}\n")


@contextlib.contextmanager
def secrets_of_lambda() -> Iterator[dict[str, str]]:
    """Serve the secret as AWS's extension does in a Lambda, and give the variables set there."""

    class Extension(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"SecretString": ACCOUNT.client_secret}).encode())

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Extension) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_port)
        yield {
            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": port,
            "AWS_SESSION_TOKEN": "of this session",
        }
        server.shutdown()


def checkout(folder: Path) -> None:
    """Make a checkout of what is under version control, as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


@contextlib.contextmanager
def machine(variables: Mapping[str, str]) -> Iterator[tuple[dict[str, str], Path]]:
    """Give a home with nothing in it, and the variables that a login sets, besides some others."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        places = [Path(sys.executable).parent, Path(sys.base_prefix, "bin"), "/usr/bin", "/bin"]
        if go := shutil.which("go"):  # which docs/maintaining.md asks for
            places.append(Path(go).parent)
        path = os.pathsep.join(map(str, places))
        yield {"HOME": str(home), "LANG": "C.UTF-8", "PATH": path, **variables}, home
