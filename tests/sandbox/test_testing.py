"""The pytest plugin and its relatives, as somebody else's tests use them."""

import os
import re
import unittest
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from talend_oauth import TokenSource
from talend_oauth.testing import SandboxTestCase, sandbox_environment

pytest_plugins = ["pytester"]
PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


PLUGIN = ("-p", "talend_oauth._pytest_plugin", "-W", "error")


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """An empty project of somebody else, whose pytest runs in a process of its own."""
    # Without the other plugins of this environment, which cost a second each time.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:cacheprovider\n")
    yield pytester
    assert not [name for name in os.environ if name.startswith("TALEND_")]


def test_every_example_of_the_page_passes(project: pytest.Pytester) -> None:
    project.makepyfile("\n\n".join(BLOCKS))  # of which later ones build on earlier ones
    result = project.runpytest_subprocess(*PLUGIN)
    tests = sum(len(re.findall(r"^ *def test_", block, re.MULTILINE)) for block in BLOCKS)
    result.assert_outcomes(passed=tests)


def test_the_plugin_is_found_without_being_named_and_imports_no_server(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    project.makepyfile(
        """
        import sys

        def test_nothing_of_the_extra_is_loaded(request):
            assert request.config.pluginmanager.has_plugin("talend_oauth")
            assert not {"uvicorn", "joserfc", "talend_oauth.sandbox"} & set(sys.modules)
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_environment_is_the_sandboxes_alone_and_comes_back(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALEND_REGION", "eu")
    monkeypatch.setenv("TALEND_CLIENT_ID", "real")
    project.makepyfile(
        """
        import os

        def test_within(talend_sandbox):
            found = {name: value for name, value in os.environ.items() if "TALEND" in name}
            assert found == talend_sandbox.environment()

        def test_after():
            assert os.environ["TALEND_REGION"] == "eu"
            assert os.environ["TALEND_CLIENT_ID"] == "real"
        """
    )
    project.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=2)
    monkeypatch.undo()


def test_every_test_has_a_sandbox_of_its_own_that_is_stopped(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import socket
        import pytest

        seen = []

        @pytest.mark.parametrize("number", [1, 2])
        def test_one(talend_sandbox, talend_token_source, number):
            assert talend_token_source.token()
            assert talend_sandbox.token_requests == 1
            seen.append((talend_sandbox.url, talend_sandbox.client_id))

        def test_stopped():
            assert len({client_id for _, client_id in seen}) == 2
            for url, _ in seen:
                with pytest.raises(ConnectionRefusedError), socket.socket() as probe:
                    probe.connect(("127.0.0.1", int(url.rsplit(":")[-1])))
        """
    )
    project.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=3)


def test_an_option_that_there_is_not_is_an_error(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.talend_sandbox(token_live=1)
        def test_it(talend_sandbox):
            pass
        """
    )
    project.runpytest_subprocess(*PLUGIN).assert_outcomes(errors=1)


def test_a_missing_extra_is_named(project: pytest.Pytester) -> None:
    project.makepyfile(starlette="raise ModuleNotFoundError('', name='starlette')")
    project.makepyfile(
        """
        def test_it(talend_sandbox):
            pass
        """
    )
    project.syspathinsert()
    result = project.runpytest_subprocess(*PLUGIN)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*The sandbox needs starlette: pip install 'talend-oauth*"])


def test_a_context_manager_points_the_environment_at_a_sandbox(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TALEND_REGION", "eu")
    with sandbox_environment(accounts=None, token_lifetime=60) as sandbox:
        assert "TALEND_REGION" not in os.environ
        assert TokenSource().token().expires_in == 60
        assert httpx.get(f"{sandbox.url}/_sandbox/health").status_code == 200
    assert os.environ["TALEND_REGION"] == "eu"
    assert "TALEND_CLIENT_ID" not in os.environ


def test_a_test_case_of_unittest_has_a_sandbox_while_it_runs() -> None:
    seen: list[object] = []

    class Case(SandboxTestCase):
        def test_it(self) -> None:
            seen.append(self.talend_token_source.token())
            seen.append(self.talend_sandbox.token_requests)

    result = unittest.TestResult()
    Case("test_it").run(result)
    assert result.wasSuccessful()
    assert seen[1] == 1
    assert "TALEND_CLIENT_ID" not in os.environ


def test_waiting_in_an_outage_costs_the_sandboxes_time_and_not_ours() -> None:
    class Case(SandboxTestCase):
        def test_it(self) -> None:
            self.talend_sandbox.fail(503, times=2, headers={"Retry-After": "3"})
            self.talend_token_source.token()
            assert self.talend_sandbox.clock.offset >= 6

    result = unittest.TestResult()
    Case("test_it").run(result)
    assert result.wasSuccessful(), result.failures + result.errors
