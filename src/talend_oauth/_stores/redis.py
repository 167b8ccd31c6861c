"""A token store in Redis, for many machines. Needs the extra `redis`."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

from talend_oauth._policy import DEADLINE
from talend_oauth._settings.secrets import Secret, hides_arguments
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

_LOCK_LIFETIME = 4_000  # milliseconds: how long the lock of a process that died stays
_EXTEND_EVERY = 1.0  # seconds
_POLL = 0.1  # seconds between two tries to take a lock that another process holds
_LIMITS = {"socket_connect_timeout": 1.0, "socket_timeout": 2.0}


class RedisStore:
    """Shares tokens between all machines that use the same Redis server and prefix.

    A record is kept until its token expires. A lock expires after 4 s and is extended while its
    process is alive. While Redis is down, each process requests its own tokens. Anyone who can
    read the database can read the tokens: use a password, TLS (`rediss://`), and a user of its own,
    whose ACL has to allow `get`, `set` and `pttl` (and `select`, unless the database is 0).

    Args:
        url: Such as `redis://host:6379/0` or `rediss://user:password@host/0`. Connecting takes
            1 s at most and a command 2 s, even if the URL says otherwise. A pickled store
            contains the URL, with the password that may be in it.
        client: Instead of a URL, a client of redis-py or valkey-py, not an async one: for
            Sentinel, Cluster or credential providers. Each command is of one key. Give it time-outs
            of a second and at most one retry. Such a store cannot be pickled.
        prefix: Put before every key.

    Raises:
        ConfigurationError: If redis-py is not installed, the URL is not one of Redis, the client is
            none or async, or both or none of URL and client are given.
    """

    @hides_arguments
    def __init__(
        self, url: str | None = None, *, client: object = None, prefix: str = "talend-oauth:"
    ) -> None:
        if (url is None) == (client is None):
            raise ConfigurationError("RedisStore takes either a URL or a client.")
        execute = getattr(client, "execute_command", None)
        if url is None and (not hasattr(client, "pttl") or iscoroutinefunction(execute)):
            message = "The client of the RedisStore is an async one, or none at all."
            hint = "Give redis.Redis(), redis.RedisCluster() or what Sentinel.master_for() returns."
            raise ConfigurationError(message, hint=hint)
        self._url = None if url is None else Secret(url)
        connected: Any = client if url is None else _connect(url)
        # A function, since the client's own repr may show the password.
        self._client: Callable[[], Any] = lambda: connected
        self._prefix = prefix

    def load(self, key: str) -> tuple[str, float] | None:
        """Return the record of a key and the seconds left; see `TokenStore`."""
        name = self._prefix + key
        record, left = self._client().get(name), self._client().pttl(name)
        if record is None:
            return None
        # A client with decode_responses=True returns a text.
        text = record if isinstance(record, str) else record.decode("utf-8", "replace")
        return text, float("inf") if left == -1 else left / 1000

    def save(self, key: str, record: str, seconds: float) -> None:
        """Save a record for some seconds; see `TokenStore`."""
        self._client().set(self._prefix + key, record.encode(), px=max(1, int(seconds * 1000)))

    @contextmanager
    def lock(self, key: str, seconds: float) -> Generator[None]:
        """Hold the lock of a key; see `TokenStore`."""
        # Not redis-py's lock: it runs scripts, which an ACL may forbid, so that two processes
        # never hold it. Here that costs one more request and nothing else.
        name, holder = f"{self._prefix}lock:{key}", os.urandom(16).hex()
        until, was_seen = time.monotonic() + seconds, False
        while True:
            try:
                if self._client().set(name, holder, nx=True, px=_LOCK_LIFETIME):
                    break
                was_seen = True
            except Exception:
                if not was_seen:
                    raise
                # Perhaps a failover: whoever held the lock goes on, so this one goes on waiting.
            if time.monotonic() >= until:
                raise TimeoutError("another process holds the lock in Redis")
            time.sleep(_POLL)
        released = threading.Event()
        extender = threading.Thread(target=self._extend, args=(name, holder, released), daemon=True)
        with suppress(RuntimeError):  # no more threads: the lock is not extended
            extender.start()
        try:
            yield
        finally:
            released.set()
            with suppress(RuntimeError):
                extender.join()
            self._expire_in(1, name, holder)

    def _extend(self, name: str, holder: str, released: threading.Event) -> None:
        """Extend a lock while it is held, but no longer than a fetch can take."""
        for _ in range(int(DEADLINE / _EXTEND_EVERY)):
            if released.wait(_EXTEND_EVERY):
                return
            with suppress(Exception):
                self._expire_in(_LOCK_LIFETIME, name, holder)

    def _expire_in(self, milliseconds: int, name: str, holder: str) -> None:
        """Change the lifetime of a lock, unless it expired and has another holder now."""
        if self._client().get(name) in (holder, holder.encode()):
            self._client().set(name, holder, xx=True, px=milliseconds)

    def __reduce__(self) -> tuple[Callable[..., RedisStore], tuple[str]]:
        if self._url is None:
            raise TypeError("a RedisStore with a client cannot be pickled: give it a URL")
        return partial(type(self), prefix=self._prefix), (self._url.reveal(),)

    def __repr__(self) -> str:
        return f"RedisStore(***, prefix={self._prefix!r})"


def _connect(url: str) -> Any:  # noqa: ANN401 - of redis-py
    try:
        import redis
    except ImportError:
        hint = "Install it: pip install 'talend-oauth[redis]'"
        raise ConfigurationError("RedisStore needs redis-py.", hint=hint) from None
    with suppress(Exception):  # the error may contain the URL
        client: Any = redis.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
        options = client.connection_pool.connection_kwargs
        for name, seconds in _LIMITS.items():
            options[name] = min(options.get(name) or seconds, seconds)
        return client
    message = "The URL of the RedisStore is not one of Redis."
    hint = "It looks like redis://host:6379/0; / # ? in a password have to be percent-encoded."
    raise ConfigurationError(message, hint=hint)
