"""What of the store in Redis needs no server."""

from __future__ import annotations

import sys

import pytest

from talend_oauth import RedisStore
from talend_oauth.errors import ConfigurationError

CANARY = "canary-password-4711"


def test_a_store_shows_its_address_and_no_password() -> None:
    store = RedisStore(f"rediss://user:{CANARY}@host:6379/0", prefix="mine:")

    assert repr(store) == "RedisStore('rediss://host:6379/0', prefix='mine:')"
    assert CANARY not in repr(vars(store)["_url"])


@pytest.mark.parametrize("url", [f"http://user:{CANARY}@host", CANARY, f"redis://h:{CANARY}/0"])
def test_what_is_no_url_of_redis_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not one of Redis") as caught:
        RedisStore(url)

    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_without_redis_py_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigurationError, match="redis-py") as caught:
        RedisStore("redis://host")
    assert "talend-oauth[redis]" in caught.value.hint
