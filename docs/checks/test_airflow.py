"""The DAG of the Airflow page notices every end of an execution, without Airflow itself.

`scripts/prove airflow` runs it in a real one.
"""

import runpy
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talend_oauth.sandbox import Sandbox

SAMPLE = Path(__file__).parents[1] / "samples" / "airflow_dag.py"
ENDS = [
    "execution_failed",
    "execution_rejected",
    "deploy_failed",
    "terminated",
    "terminated_timeout",
    "terminated_shutdown",
    "an_end_that_nobody_has_documented",
]


@pytest.fixture
def talend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch, talend: Sandbox) -> Callable[[str], bool]:
    """The sensor of the DAG, as a function that says whether it is done."""
    connection = types.SimpleNamespace(
        login=talend.client_id, password=talend.client_secret, host=talend.url
    )
    tasks = {}

    def task(function=None, **_):
        if function is None:
            return task
        tasks[function.__name__] = function
        return lambda *_: "an execution"

    task.sensor = task
    sdk = types.SimpleNamespace(
        Connection=types.SimpleNamespace(get=lambda _: connection),
        PokeReturnValue=lambda is_done: is_done,
        dag=lambda **_: lambda function: function,
        task=task,
    )
    monkeypatch.setitem(sys.modules, "airflow", types.ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    runpy.run_path(str(SAMPLE))
    return tasks["wait"]


def status(talend: Sandbox, name: str) -> None:
    path = "/processing/executions/an-execution"
    talend.fail(200, path=path, body=f'{{"status": "{name}"}}', content_type="application/json")


@pytest.mark.parametrize(
    ("name", "done"),
    [("dispatching", False), ("executing", False), ("execution_successful", True)],
)
def test_it_goes_on_while_it_runs_and_is_done_after_a_success(talend, wait, name, done) -> None:
    status(talend, name)
    assert wait("an-execution") is done


@pytest.mark.parametrize("name", ENDS)
def test_every_other_end_fails_the_task_at_once(talend, wait, name) -> None:
    status(talend, name)
    with pytest.raises(RuntimeError, match=name):
        wait("an-execution")
