"""How many token requests a crowd sends that needs one token."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .libraries import LIBRARIES, OURS
from .result import Result
from .waits import run_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .libraries import Library
    from .options import Options
    from .server import Server

THREADS = 64
TASKS = 200
PROCESSES = 8
MACHINES = 3
ANSWER = 0.2  # seconds that the endpoint takes, so that all ask before the first has an answer


def in_one_process(server: Server, options: Options) -> Result:
    """Count the requests of 64 threads and 200 tasks that ask at once.

    Where a library has nothing for tasks, they call it through `asyncio.to_thread`.
    """
    counts: dict[str, int] = {}
    for library in options.libraries:
        with server.slow(ANSWER):
            before = server.count()
            _crowd(server, library)
            counts[library.name] = server.count() - before
    options.expect("token requests of 64 threads and 200 tasks", counts[OURS.name], 1)
    return _result("threads", f"{THREADS} threads + {TASKS} tasks", counts, options)


def _crowd(server: Server, library: Library) -> None:
    ask, ask_async = library.make(server.address)
    barrier = threading.Barrier(THREADS + 1)

    def in_thread() -> None:
        barrier.wait()
        ask()

    async def in_tasks() -> None:
        if ask_async is not None:
            await asyncio.gather(*(ask_async() for _ in range(TASKS)))
        else:
            await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(TASKS)))

    def loop() -> None:
        barrier.wait()
        asyncio.run(in_tasks())

    run_threads([in_thread] * THREADS + [loop])


def in_processes(server: Server, options: Options) -> Result:
    """Count the requests of 8 processes that ask at once, with a shared store if it has one."""
    counts: dict[str, int] = {}
    for library in options.libraries:
        with tempfile.TemporaryDirectory() as folder:
            stores = {OURS.name: "file", "httpx-auth": "file"}
            store = f"file:{folder}/tokens" if library.name in stores else ""
            counts[library.name] = _processes(server, library.name, PROCESSES, [store])
    options.expect("token requests of 8 processes", counts[OURS.name], 1)
    return _result("processes", f"{PROCESSES} processes, file store", counts, options)


def on_machines(server: Server, options: Options) -> Result:
    """Count the requests of 3 x 8 processes that share nothing but a Redis server."""
    figure = f"{MACHINES} x {PROCESSES} processes, Redis"
    found = shutil.which("redis-server")
    if found is None:
        return Result(
            "redis", f"token requests: {figure}", "1", "", "not measured: no redis-server", None
        )
    with _redis(found) as url:
        count = _processes(server, OURS.name, MACHINES * PROCESSES, [f"redis:{url}"])
    options.expect(f"token requests of {figure}", count, 1)
    return _result("redis", figure, {OURS.name: count}, options)


def _result(name: str, who: str, counts: dict[str, int], options: Options) -> Result:
    best = options.best(counts)
    return Result(
        name,
        f"token requests: {who}",
        limit="1",
        best=f"{best} {counts[best]}" if best else "no other shares one",
        ours=str(counts[OURS.name]),
        met=counts[OURS.name] == 1,
        figures={"requests": counts},
    )


def _processes(server: Server, library: str, count: int, arguments: list[str]) -> int:
    """Start processes, let all ask at once, and return the number of requests."""
    command = [sys.executable, "-m", "benchmarks.requests_sent", library, *arguments]
    with contextlib.ExitStack() as stack, server.slow(ANSWER):
        children = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=server.address.environment,
                )
            )
            for _ in range(count)
        ]
        for child in children:
            _expect_line(child, "ready")
        before = server.count()
        for child in children:
            _write(child, "go")
        for child in children:
            _expect_line(child, "done")
        return server.count() - before


def _write(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdin is not None  # noqa: S101
    child.stdin.write(line + "\n")
    child.stdin.flush()


def _expect_line(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdout is not None  # noqa: S101
    if child.stdout.readline().strip() != line:
        raise RuntimeError(f"a process of the bench ended before it was {line}")


@contextlib.contextmanager
def _redis(program: str) -> Iterator[str]:
    """Run a Redis server on a socket in a temporary folder, and yield its URL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for_redis(str(path), process)
            yield f"unix://{path}"
        finally:
            process.terminate()
            process.wait()


def _wait_for_redis(path: str, process: subprocess.Popen[bytes]) -> None:
    import redis
    from redis.backoff import ConstantBackoff
    from redis.retry import Retry

    retry = Retry(ConstantBackoff(0.05), 200, supported_errors=(redis.ConnectionError,))
    with redis.Redis(unix_socket_path=path, retry=retry) as client:
        if not client.ping() or process.poll() is not None:
            raise RuntimeError("the Redis server did not start")


def _child(name: str, store: str) -> None:
    """Be one of the processes: make ready, wait for the word, ask."""
    from .address import Address

    address = Address.from_environment()
    kind, _, where = store.partition(":")
    ask = LIBRARIES[name].make(address)[0]
    if name == OURS.name:
        # All ask when the last is ready, and none is still importing then.
        import talend_oauth_api.api.tokens.create_token  # noqa: F401

        from talend_oauth import FileStore, RedisStore, TokenSource

        shared = FileStore(where) if kind == "file" else RedisStore(where)
        ask = TokenSource(store=shared).token
    elif kind == "file":
        ask = _httpx_auth_with_file(ask, where)
    for line, wait in (("ready", True), ("done", False)):
        if line == "done":
            ask()
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if wait:
            sys.stdin.readline()


def _httpx_auth_with_file(ask: object, path: str) -> object:
    from httpx_auth import JsonTokenFileCache, OAuth2

    OAuth2.token_cache = JsonTokenFileCache(path)
    assert isinstance(ask, partial)  # noqa: S101 - of the cache's method
    return partial(OAuth2.token_cache.get_token, *ask.args, **ask.keywords)


if __name__ == "__main__":
    _child(sys.argv[1], sys.argv[2])
