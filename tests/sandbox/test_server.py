"""The server: this machine only, many at once, stopped and started, from any process."""

import asyncio
import contextlib
import errno
import gc
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from talend_oauth.errors import ConfigurationError
from talend_oauth.sandbox import Sandbox

GOOD = {"grant_type": "client_credentials", "audience": "x"}


def post(sandbox: Sandbox) -> int:
    return httpx.post(
        f"{sandbox.url}/security/oauth/token",
        auth=(sandbox.client_id, sandbox.client_secret),
        json=GOOD,
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # quicker to make than the default
    ).status_code


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", "", "localhost."])  # noqa: S104
def test_any_address_but_this_machines_own_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="loopback"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST"])
def test_every_loopback_address_is_served(host: str) -> None:
    with Sandbox(host=host) as sandbox:
        assert post(sandbox) == 200


def test_ipv6_is_served_where_the_machine_has_it() -> None:
    sandbox = Sandbox(host="[::1]")
    try:
        sandbox.start()
    except OSError:
        assert not _has_ipv6()
        return
    with httpx.Client() as client:
        assert sandbox.url.startswith("http://[::1]:")
        assert client.get(f"{sandbox.url}/_sandbox/health").status_code == 200
    sandbox.stop()


def _has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
        return True


def test_the_environment_makes_a_client_use_it(sandbox: Sandbox) -> None:
    assert sandbox.environment() == {
        "TALEND_CLIENT_ID": sandbox.client_id,
        "TALEND_CLIENT_SECRET": sandbox.client_secret,
        "TALEND_API_URL": sandbox.url,
    }


def test_it_has_no_address_before_it_is_started() -> None:
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="started"):
        _ = sandbox.url
    assert repr(sandbox) == "<Sandbox not started>"
    sandbox.stop()


def test_it_is_not_started_twice(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="runs already"):
        sandbox.start()


def test_a_port_that_is_taken_is_an_error_at_once(sandbox: Sandbox) -> None:
    taken = urlsplit(sandbox.url).port or 0
    with pytest.raises(OSError, match=str(errno.EADDRINUSE)), Sandbox(port=taken):
        pass


def test_it_goes_away_and_comes_back_on_the_same_port() -> None:
    with Sandbox() as sandbox:
        url = sandbox.url
        assert post(sandbox) == 200
        sandbox.stop()
        with pytest.raises(httpx.ConnectError):
            post(sandbox)
        sandbox.start()
        assert sandbox.url == url
        assert post(sandbox) == 200
        assert sandbox.token_requests == 2


def test_requests_are_held_until_they_are_released(sandbox: Sandbox) -> None:
    sandbox.hold()
    with ThreadPoolExecutor(50) as pool:
        answers = [pool.submit(post, sandbox) for _ in range(50)]
        sandbox.wait_for_requests(50)
        assert not any(answer.done() for answer in answers)
        assert sandbox.log == []
        sandbox.release()
        assert {answer.result() for answer in answers} == {200}
    assert post(sandbox) == 200
    assert sandbox.token_requests == 51


def test_waiting_for_requests_that_never_come_ends(sandbox: Sandbox) -> None:
    post(sandbox)
    sandbox.wait_for_requests(1, timeout=0)
    with pytest.raises(TimeoutError, match="1 of 2"):
        sandbox.wait_for_requests(2, timeout=0.01)


def test_three_hundred_connections_at_once_are_all_answered(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.url).port
    request = (
        f"POST /security/oauth/token HTTP/1.1\r\nHost: x\r\n{_basic(sandbox)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    ).encode()

    async def one() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return status

    async def many() -> set[bytes]:
        tasks = [asyncio.create_task(one()) for _ in range(300)]
        await asyncio.to_thread(sandbox.wait_for_requests, 300, 60)
        sandbox.release()
        return set(await asyncio.gather(*tasks))

    sandbox.hold()
    assert asyncio.run(many()) == {b"HTTP/1.1 400 Bad Request\r\n"}


def _basic(sandbox: Sandbox) -> str:
    request = httpx.Request("POST", sandbox.url)
    auth = httpx.BasicAuth(sandbox.client_id, sandbox.client_secret)
    return f"Authorization: {next(auth.auth_flow(request)).headers['authorization']}"


@pytest.mark.usefixtures("_own_garbage")
def test_stopping_closes_what_connects_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    left_open: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", left_open.append)  # where ResourceWarnings end
    for _ in range(10):  # not every one stops just while a connection is being accepted
        with Sandbox() as sandbox:
            crowd = threading.Thread(target=_connect_till_it_fails, args=(sandbox.url,))
            crowd.start()
        crowd.join()
        gc.collect()

    assert not left_open


def _connect_till_it_fails(url: str) -> None:
    address = urlsplit(url)
    with contextlib.ExitStack() as connections, contextlib.suppress(OSError):
        while True:
            connections.enter_context(
                socket.create_connection((address.hostname or "", address.port or 0), 5)
            )


def test_stopping_ends_what_is_held_and_what_drips() -> None:
    before = {*threading.enumerate()}  # with those of a sandbox that other tests share
    sandbox = Sandbox()
    sandbox.start()
    sandbox.hold()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, sandbox)
        sandbox.wait_for_requests(1)
        sandbox.stop()
        assert isinstance(answer.exception(), httpx.TransportError)
    sandbox.release()
    threads = {*threading.enumerate()} - before
    assert not any(thread.name == "talend-sandbox" for thread in threads)


FORKS = """
import multiprocessing
import httpx
from talend_oauth.sandbox import Sandbox

def ask(sandbox):
    assert httpx.get(f"{sandbox.url}/_sandbox/health").status_code == 200

def child(inherited):
    inherited.stop()  # of the parent's thread there is nothing here to stop
    with Sandbox() as own:
        ask(own)

with Sandbox() as sandbox:
    process = multiprocessing.get_context("fork").Process(target=child, args=(sandbox,))
    process.start()
    process.join()
    assert process.exitcode == 0
    ask(sandbox)
"""


@pytest.mark.posix("Windows does not fork")
def test_it_runs_in_a_forked_process_too() -> None:
    # In an interpreter of its own: this one may have threads that no fork should meet.
    subprocess.run([sys.executable, "-c", FORKS], check=True)
