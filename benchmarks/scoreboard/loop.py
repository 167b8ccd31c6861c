"""The loop around each Python library: `python loop.py ADAPTER`, started by the conformance kit.

An adapter is a file with `connect(api, client_id, client_secret)`. It returns a client with the
`request` of httpx or requests, or a function that gives a token; this file then sends the request
with that token, as a program does whose library gives nothing more.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

API = os.environ.get("TALEND_API_URL", "")
BODY = b'{"executable": "conformance"}'


class Program:
    """A program that uses a library: connects at its first request, and once.

    Args:
        file: The adapter.
    """

    def __init__(self, file: str) -> None:
        self._connect = runpy.run_path(file)["connect"]
        self._client: Any = None
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()

    def run(self, step: list[str], times: int) -> list[dict[str, Any]]:
        """Send a request so many times at once, and return what came of each."""
        if not asyncio.iscoroutinefunction(getattr(self._connected(), "request", None)):
            with ThreadPoolExecutor(times) as pool:
                return list(pool.map(self._send, [step] * times))
        return self._loop.run_until_complete(self._send_all(step, times))

    def _connected(self) -> Any:  # noqa: ANN401 - of the library
        with self._lock:
            if self._client is None:
                secret = os.environ.get("TALEND_CLIENT_SECRET", "")
                self._client = self._connect(API, os.environ["TALEND_CLIENT_ID"], secret)
            return self._client

    def _send(self, step: list[str]) -> dict[str, Any]:
        client = self._client
        try:
            if callable(client):
                if step[0] == "get":
                    return {"unsupported": "it gives tokens, and sends no requests"}
                headers = {"Authorization": f"Bearer {client()}"}
                options = _options(step, "data", iter([BODY]))
                options["headers"] = {**options.get("headers", {}), **headers}
                response = requests.request(timeout=20, **options)
            else:
                content = "data" if isinstance(client, requests.Session) else "content"
                response = client.request(**_options(step, content, iter([BODY])))
        except Exception as error:  # noqa: BLE001 - whatever a library raises
            return {"error": str(error)}
        return {"status": response.status_code}

    async def _send_all(self, step: list[str], times: int) -> list[dict[str, Any]]:
        return await asyncio.gather(*(self._send_async(step) for _ in range(times)))

    async def _send_async(self, step: list[str]) -> dict[str, Any]:
        try:
            response = await self._client.request(**_options(step, "content", _stream()))
        except Exception as error:  # noqa: BLE001 - whatever a library raises
            return {"error": str(error)}
        return {"status": response.status_code}


async def _stream() -> AsyncIterator[bytes]:
    yield BODY


def _options(step: list[str], content: str, stream: object) -> dict[str, Any]:
    if step[0] in ("call", "get"):
        return {"method": "GET", "url": step[1] if step[0] == "get" else f"{API}/account/me"}
    return {
        "method": "POST",
        "url": f"{API}/processing/executions",
        "headers": {"Content-Type": "application/json"},
        content: stream if step[0] == "stream" else BODY,
    }


def main() -> None:
    """Do what the lines on standard input say."""
    program = Program(sys.argv[1])
    for line in sys.stdin:
        step = line.split()
        if step[0] == "exit":
            break
        times = int(step[1]) if step[0] == "call" and len(step) > 1 else 1
        try:
            results = program.run(step, times)
        except Exception as error:  # noqa: BLE001 - of connecting
            results = [{"error": str(error)}] * times
        print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
