"""`RedisStore` with clients that a user made: Sentinel, Cluster, TLS, providers, valkey-py."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest
import redis
import valkey
from redis.backoff import NoBackoff
from redis.retry import Retry

from talend_oauth import RedisStore, TalendOAuthWarning, TokenSource

from ..clocks import FakeClock
from ..lifecycle.processes import Asking, Processes
from .conftest import Server, free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from talend_oauth.sandbox import Sandbox

    Start = Callable[..., Server]

KEY = "0" * 32
NAME = "talend"  # of the master that the Sentinel watches
QUICK: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
PATIENCE = 30.0
OTHERS = 5


class Watched:
    """A master, its replica, and a Sentinel that makes the replica the master if that one dies."""

    def __init__(self, start: Start, folder: Path, *options: str) -> None:
        self.master = start("--repl-diskless-sync-delay", "0", *options)
        replica = start(*("--replicaof", f"127.0.0.1 {self.master.port}"), *options)
        wait_for(lambda: replica.client.info()["master_link_status"] == "up")
        folder.mkdir()
        (folder / "sentinel.conf").write_text(
            f"sentinel monitor {NAME} 127.0.0.1 {self.master.port} 1\n"
            f"sentinel down-after-milliseconds {NAME} 500\n"
            f"sentinel failover-timeout {NAME} 3000\n"
        )
        self.sentinel = Server(folder, str(folder / "sentinel.conf"), "--sentinel")
        wait_for(lambda: self.sentinel.client.sentinel_master(NAME)["num-slaves"] == 1)

    def client(self) -> str:
        """Return an expression that makes a client of the master, whichever that is."""
        how = "socket_connect_timeout=1, socket_timeout=1"
        address = f"[('127.0.0.1', {self.sentinel.port})]"
        return f"redis.Sentinel({address}, {how}).master_for({NAME!r}, {how})"

    def wait_for_another_master(self) -> None:
        """Wait until the replica has taken over."""
        old = ("127.0.0.1", self.master.port)
        wait_for(lambda: self.sentinel.client.sentinel_get_master_addr_by_name(NAME) != old)


@pytest.fixture
def watched(start: Start, tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(start, tmp_path / "sentinel")
    yield watched
    watched.sentinel.stop()


@pytest.mark.parametrize("comes_back", ["before the token", "after the token"])
def test_a_failover_during_a_request_costs_one_more_at_most(
    watched: Watched, sandbox: Sandbox, comes_back: str
) -> None:
    name = f"RedisStore(client={watched.client()})"
    sandbox.hold()
    answers: list[dict[str, object]] = []
    with Asking(sandbox, name).ready() as leader, Processes(OTHERS, sandbox, name) as others:
        leader.ask()
        sandbox.wait_for_requests(1)
        asking = threading.Thread(target=lambda: answers.extend(others.ask()))
        asking.start()
        # All of them wait for the leader's lock.
        wait_for(lambda: len(setting(watched.master.client)) > OTHERS)
        watched.master.stop()
        if comes_back == "before the token":
            watched.wait_for_another_master()
        sandbox.release()
        answers.append(leader.answer())
        asking.join(PATIENCE)

    assert [answer.get("error") for answer in answers] == [None] * (OTHERS + 1)
    assert sandbox.token_requests <= 2
    assert len({answer["token"] for answer in answers}) == sandbox.token_requests
    assert sum(bool(answer["warned"]) for answer in answers) <= 1  # the leader cannot save


def setting(client: redis.Redis) -> list[dict[str, str]]:
    """Return the connections on which `set` was the last command."""
    return [one for one in client.client_list() if one["cmd"] == "set"]


class Cluster:
    """Three nodes, each with a third of the keys."""

    def __init__(self, start: Start) -> None:
        self.nodes: list[Server] = []
        for number in range(3):
            bus = free_port()
            options = ("--cluster-enabled", "yes", "--cluster-port", str(bus))
            node = start(*options, "--cluster-node-timeout", "1000")
            first, last = number * 5461, 16383 if number == 2 else number * 5461 + 5460
            node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            self.nodes.append(node)
            self.nodes[0].client.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        for node in self.nodes:
            wait_for(lambda node=node: node.client.cluster("info")["cluster_state"] == "ok")

    def count(self) -> list[int]:
        """Return the numbers of keys in the nodes."""
        return [node.client.dbsize() for node in self.nodes]


@pytest.fixture
def cluster(start: Start) -> Cluster:
    return Cluster(start)


def test_processes_on_a_cluster_make_one_request_cold_and_one_after_a_401(
    cluster: Cluster, sandbox: Sandbox
) -> None:
    first, second, _ = (
        f"RedisStore(client=redis.RedisCluster('127.0.0.1', {node.port}))" for node in cluster.nodes
    )
    with Processes(3, sandbox, first) as one, Processes(3, sandbox, second) as two:
        answers = [*one.ask(), *two.ask()]
        assert sandbox.token_requests == 1
        again = [*one.ask("discard"), *two.ask("discard")]
        assert sandbox.token_requests == 2

    assert len({answer["token"] for answer in answers}) == 1
    assert len({answer["token"] for answer in again}) == 1
    assert not [answer for answer in answers + again if answer["warned"]]


@pytest.mark.parametrize(
    "make", [redis.RedisCluster, valkey.ValkeyCluster], ids=["redis-py", "valkey-py"]
)
def test_a_cluster_needs_two_more_commands_and_has_keys_in_every_node(
    cluster: Cluster, make: Any
) -> None:
    for node in cluster.nodes:
        node.add_user("get", "set", "pttl", "cluster|slots", "command")
    account = {"username": "limited", "password": "secret"}
    store = RedisStore(client=make("127.0.0.1", cluster.nodes[0].port, **QUICK, **account))
    for number in range(20):
        key = f"{number:032}"
        with store.lock(key, 1.0):
            store.save(key, "record", 100.0)
        assert store.load(key) is not None

    assert sum(cluster.count()) >= 20
    assert min(cluster.count()) > 0


def test_a_node_of_a_cluster_that_hangs_means_a_direct_request_and_one_warning(
    cluster: Cluster, sandbox: Sandbox
) -> None:
    how: dict[str, Any] = {**QUICK, "retry": Retry(NoBackoff(), 1)}
    store = RedisStore(client=redis.RedisCluster("127.0.0.1", cluster.nodes[0].port, **how))
    for node in cluster.nodes:
        node.halt()
    with pytest.warns(TalendOAuthWarning, match="RedisStore failed") as warned:
        assert TokenSource(store=store, _clock=FakeClock()).token()

    assert len(warned) == 1
    assert sandbox.token_requests == 1


def shares(sandbox: Sandbox, *clients: object) -> bool:
    """Return whether sources with these clients send one request."""
    before = sandbox.token_requests
    for client in clients:
        assert TokenSource(store=RedisStore(client=client), _clock=FakeClock()).token()
    return sandbox.token_requests == before + 1


@pytest.mark.parametrize("decodes", [False, True])
def test_valkey_py_and_redis_py_share_a_token(
    server: Server, sandbox: Sandbox, decodes: bool
) -> None:
    how: dict[str, Any] = {"decode_responses": decodes, **QUICK}
    with valkey.Valkey(port=server.port, **how) as one, redis.Redis(port=server.port) as two:
        assert shares(sandbox, one, two)


def test_a_client_with_tls_shares_a_token(start: Start, sandbox: Sandbox, tmp_path: Path) -> None:
    certificate, key = (str(tmp_path / name) for name in ("certificate.pem", "key.pem"))
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
        " -subj /CN=redis -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
        f" -out {certificate} -keyout {key}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    files = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
    server = start(*files, tls=True)
    how: dict[str, Any] = {"ssl": True, "ssl_ca_certs": certificate, **QUICK}
    with redis.Redis(port=server.port, **how) as one, valkey.Valkey(port=server.port, **how) as two:
        assert shares(sandbox, one, two)
    assert RedisStore(f"{server.url}?ssl_ca_certs={certificate}").load(KEY) is None
    with redis.Redis(port=server.port, ssl=True) as stranger, pytest.raises(redis.ConnectionError):
        RedisStore(client=stranger).load(KEY)


class Rotating(redis.CredentialProvider):
    """A provider whose password changes, as those of IAM and Entra do."""

    password = "secret"

    def get_credentials(self) -> tuple[str, str]:
        return "limited", self.password


def test_a_credential_provider_is_asked_when_its_password_changes(
    server: Server, sandbox: Sandbox
) -> None:
    server.add_user("get", "set", "pttl")
    provider = Rotating()
    with redis.Redis(port=server.port, credential_provider=provider, **QUICK) as client:
        assert shares(sandbox, client, client)
        provider.password = "another"
        server.client.execute_command("ACL", "SETUSER", "limited", ">another", "<secret")
        server.client.execute_command("CLIENT", "KILL", "USER", "limited")
        assert RedisStore(client=client).load(KEY) is None
        source = TokenSource(store=RedisStore(client=client), _clock=FakeClock())
        assert source.token()

    assert sandbox.token_requests == 1


def test_a_client_that_retries_hides_a_connection_that_was_cut(
    server: Server, sandbox: Sandbox
) -> None:
    retry = Retry(NoBackoff(), 1)
    with redis.Redis(port=server.port, retry=retry, **QUICK) as client:
        store = RedisStore(client=client)
        source = TokenSource(store=store, _clock=FakeClock())
        sandbox.hold()
        caller = threading.Thread(target=source.token)
        caller.start()
        sandbox.wait_for_requests(1)
        server.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        sandbox.release()
        caller.join(PATIENCE)
        assert TokenSource(store=store, _clock=FakeClock()).token()

    assert sandbox.token_requests == 1
