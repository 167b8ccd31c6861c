"""httpx2, which insists on its own base class, against the sandbox on a real port."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import httpx2
import pytest

import talend_oauth
from talend_oauth.errors import NotReplayedError
from talend_oauth.integrations.httpx2 import TalendAuth

if TYPE_CHECKING:
    from pathlib import Path

    from talend_oauth import TokenSource
    from talend_oauth.sandbox import Sandbox


def test_httpx_and_httpx2_share_one_token(sandbox_source: TokenSource, sandbox: Sandbox) -> None:
    old_auth, new_auth = talend_oauth.TalendAuth(sandbox_source), TalendAuth(sandbox_source)

    with httpx.Client(base_url=sandbox.url, auth=old_auth) as old:
        assert old.get("/account/me").status_code == 200
    with httpx2.Client(base_url=sandbox.url, auth=new_auth) as new:
        assert new.get("/account/me").status_code == 200
    assert sandbox.token_requests == 1


def test_a_rejected_token_is_replaced(sandbox_source: TokenSource, sandbox: Sandbox) -> None:
    sandbox.revoke(sandbox_source.token().value)

    with httpx2.Client(base_url=sandbox.url, auth=TalendAuth(sandbox_source)) as client:
        response = client.post("/processing/executions", json={"executable": "task"})

    assert response.status_code == 201
    assert sandbox.token_requests == 2


def test_an_asynchronous_client_works_too(sandbox_source: TokenSource, sandbox: Sandbox) -> None:
    async def who() -> int:
        auth = TalendAuth(sandbox_source)
        async with httpx2.AsyncClient(base_url=sandbox.url, auth=auth) as client:
            return (await client.get("/account/me")).status_code

    sandbox.revoke(sandbox_source.token().value)

    assert asyncio.run(who()) == 200


def test_a_stream_is_not_sent_again(sandbox_source: TokenSource, sandbox: Sandbox) -> None:
    sandbox.revoke(sandbox_source.token().value)

    with (
        httpx2.Client(base_url=sandbox.url, auth=TalendAuth(sandbox_source)) as client,
        pytest.raises(NotReplayedError),
    ):
        client.post("/processing/executions", content=(part for part in [b"{}"]))


def _import(library: str, monkeypatch: pytest.MonkeyPatch) -> ModuleNotFoundError:
    """Import an integration again, and return why it cannot be."""
    name = f"talend_oauth.integrations.{library}"
    monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(name)
    return caught.value


@pytest.mark.parametrize("library", ["httpx2", "requests"])
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    error = _import(library, monkeypatch)

    assert error.name == library
    assert str(error) == (
        f"talend_oauth.integrations.{library} needs {library}, which is not installed.\n"
        f"Install it: pip install 'talend-oauth[{library}]'"
    )
    assert error.__suppress_context__


@pytest.mark.parametrize("library", ["httpx2", "requests"])
def test_a_library_that_is_installed_without_what_it_needs_says_so_itself(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{library}.py").write_text("import what_it_needs")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, library)
    error = _import(library, monkeypatch)

    assert error.name == "what_it_needs"


def test_httpx_is_enough_for_the_rest() -> None:
    code = """if True:
        import sys
        sys.modules["httpx2"] = sys.modules["requests"] = None
        from talend_oauth import TalendAuth, client
        client(access_token="token", region="eu").close()
        TalendAuth(access_token="token")
    """
    subprocess.run([sys.executable, "-c", code], check=True)
