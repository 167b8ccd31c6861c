"""The DAG and the trigger of the Airflow page notice every end of an execution, without Airflow.

`scripts/prove airflow` runs both in a real one.
"""

import asyncio
import json
import runpy
import sys
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
import requests

from talend_oauth.sandbox import Sandbox

SAMPLES = Path(__file__).parents[1] / "samples"
RUNNING = ["dispatching", "executing"]
ENDS = [
    "execution_failed",
    "execution_rejected",
    "deploy_failed",
    "terminated",
    "terminated_timeout",
    "terminated_shutdown",
    "an_end_that_nobody_has_documented",
]


class Operator:
    """Stands in for an operator: keeps its arguments, and is put in front of others by >>."""

    made: ClassVar[dict] = {}

    def __init__(self, task_id: str = "", **options):
        self.options = options
        self.made[task_id] = self

    def __rshift__(self, other):
        return other


@pytest.fixture
def talend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    for name in ("TALEND_OAUTH_STORE", "TALEND_CLIENT_ID", "TALEND_REGION", "TALEND_AUDIENCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, talend: Sandbox) -> Callable[[str], dict]:
    """Returns what a sample defines."""
    connection = types.SimpleNamespace(
        login=talend.client_id, password=talend.client_secret, host=talend.url
    )

    async def async_get(_):
        return connection

    hook = types.SimpleNamespace(get_connection=lambda _: connection)
    modules = {
        "airflow": {},
        "airflow.sdk": {
            "BaseOperator": Operator,
            "Connection": types.SimpleNamespace(async_get=async_get),
            "dag": lambda **_: lambda function: function,
        },
        "airflow.triggers.base": {"BaseTrigger": object, "TriggerEvent": lambda payload: payload},
        "airflow.providers.http.hooks.http": {"HttpHook": hook},
        "airflow.providers.http.operators.http": {"HttpOperator": Operator},
        "airflow.providers.http.sensors.http": {"HttpSensor": Operator},
    }
    for name, content in modules.items():
        monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(**content))
    return lambda name: runpy.run_path(str(SAMPLES / name))


def execution(talend: Sandbox, *statuses: str) -> None:
    for status in statuses:
        body = f'{{"status": "{status}"}}'
        path = "/processing/executions/it"
        talend.fail(200, path=path, body=body, times=1, content_type="application/json")


@pytest.fixture
def wait(sample, talend) -> Callable[[str], bool]:
    """The sensor of the DAG, as a function that says whether it is done."""
    sample("airflow_dag.py")
    options = Operator.made["wait"].options

    def poke(status):
        execution(talend, status)
        url = f"{talend.url}/processing/executions/it"
        response = requests.get(url, **options["request_kwargs"], timeout=10)
        return options["response_check"](response)

    return poke


def test_the_task_is_started_with_the_login_of_the_connection(sample, talend) -> None:
    sample("airflow_dag.py")
    options = Operator.made["start"].options

    response = requests.post(
        talend.url + options["endpoint"],
        data=options["data"],
        headers=options["headers"],
        auth=options["auth_type"](talend.client_id, talend.client_secret),
        timeout=10,
    )

    assert response.status_code == 201
    assert options["response_filter"](response) == json.loads(response.text)["executionId"]


@pytest.mark.parametrize(
    ("name", "done"), [*((name, False) for name in RUNNING), ("execution_successful", True)]
)
def test_it_goes_on_while_it_runs_and_is_done_after_a_success(wait, name, done) -> None:
    assert wait(name) is done


@pytest.mark.parametrize("name", ENDS)
def test_every_other_end_fails_the_task_at_once(wait, name) -> None:
    with pytest.raises(RuntimeError, match=name):
        wait(name)


def fired(names: dict) -> list[str]:
    async def fire():
        return [event async for event in names["ExecutionEnd"]("it", 0).run()]

    with ThreadPoolExecutor(1) as pool:  # playwright leaves its event loop in this thread
        return pool.submit(lambda: asyncio.run(fire())).result()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_trigger_polls_again_after_a_429_or_5xx(sample, talend, status) -> None:
    names = sample("talend_deferred.py")
    talend.fail(status, path="/processing/executions/it", times=1)
    execution(talend, "execution_successful")

    assert fired(names) == ["execution_successful"]


def test_the_trigger_fails_if_there_is_no_such_execution(sample, talend) -> None:
    names = sample("talend_deferred.py")
    talend.fail(404, path="/processing/executions/it", times=1)

    with pytest.raises(httpx.HTTPStatusError, match="404"):
        fired(names)


@pytest.mark.parametrize("name", [*ENDS, "execution_successful"])
def test_the_trigger_fires_at_every_end(sample, talend, name) -> None:
    names = sample("talend_deferred.py")
    execution(talend, *RUNNING, name)

    assert fired(names) == [name]
    check = names["WaitForExecution"](task_id="wait", execution="it").check
    if name != "execution_successful":
        with pytest.raises(RuntimeError, match=name):
            check({}, name)
    else:
        check({}, name)
