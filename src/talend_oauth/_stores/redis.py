"""A store in Redis, for many machines. Needs the extra `redis`."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from talend_oauth._policy import DEADLINE
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    import redis

_LOCK_LIFE = DEADLINE + 5.0  # longer than any request under it, so that only the dead lose it
_CONNECT_TIMEOUT = 1.0
_ANSWER_TIMEOUT = 2.0


class RedisStore:
    """Tokens in Redis, shared by every machine that uses the same server and prefix.

    A token is kept no longer than it lives. The lock is redis-py's (`SET NX` with a life, taken
    back only by its holder), so that of a machine that dies comes free by itself. Whoever can
    read the database can read the tokens: use a password, TLS (`rediss://`) and a database or
    ACL of its own. While Redis is down, each process requests its tokens itself. Pickling takes
    the URL along, with the password that may be in it.

    Args:
        url: Such as `redis://host:6379/0` or `rediss://user:password@host/0`.
        prefix: Before every key.

    Raises:
        ConfigurationError: When redis-py is not installed or the URL is none of Redis.
    """

    def __init__(self, url: str, *, prefix: str = "talend-oauth:") -> None:
        url = _Url(url)  # before anything can raise: a traceback would show the password
        self._url = url
        self._prefix = prefix
        self._client = _connect(self._url)

    def load(self, key: str) -> str | None:
        """Return the record of a key; see `TokenStore`."""
        record: Any = self._client.get(self._prefix + key)
        return None if record is None else bytes(record).decode("utf-8", "replace")

    def save(self, key: str, record: str, seconds: float) -> None:
        """Keep the record for its life; see `TokenStore`."""
        milliseconds = int(seconds * 1000)
        if milliseconds > 0:
            self._client.set(self._prefix + key, record.encode(), px=milliseconds)

    @contextmanager
    def lock(self, key: str, seconds: float) -> Generator[None]:
        """Hold the lock of a key; see `TokenStore`."""
        lock = self._client.lock(
            f"{self._prefix}lock:{key}",
            timeout=_LOCK_LIFE,
            blocking_timeout=max(0.0, seconds),
            thread_local=False,
        )
        if not lock.acquire():
            raise TimeoutError("the lock in Redis was not free in time")
        try:
            yield
        finally:
            lock.release()

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self._url, "prefix": self._prefix}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._url, self._prefix = state["url"], state["prefix"]
        self._client = _connect(self._url)

    def __repr__(self) -> str:
        return f"RedisStore({self._url!r}, prefix={self._prefix!r})"


class _Url(str):
    """A URL whose repr shows no password."""

    __slots__ = ()

    def __repr__(self) -> str:
        scheme, _, rest = self.partition("://")
        return f"'{scheme}://{rest.rpartition('@')[2]}'"


def _connect(url: _Url) -> redis.Redis:
    try:
        import redis
    except ImportError:
        raise ConfigurationError(
            "RedisStore needs redis-py, which is not installed.",
            hint="Install it: pip install 'talend-oauth[redis]'",
        ) from None
    client: redis.Redis | None = None
    with suppress(ValueError):  # its message may hold the URL, and with it the password
        from_url = cast("Callable[..., redis.Redis]", redis.Redis.from_url)  # pyright: ignore[reportUnknownMemberType]
        client = from_url(
            str(url),
            socket_connect_timeout=_CONNECT_TIMEOUT,
            socket_timeout=_ANSWER_TIMEOUT,
            retry_on_timeout=False,
        )
    if client is None:
        raise ConfigurationError(
            "The URL of the RedisStore is not one of Redis.",
            hint="It looks like redis://host:6379/0 or rediss://user:password@host:6379/0.",
        )
    return client
