"""Run the DAG and the trigger of the documentation in a real Airflow, against a sandbox.

Run by scripts/prove airflow, in an environment of its own: Airflow brings 130 packages along.
"""

import importlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from talend_oauth.sandbox import Sandbox

SAMPLES = Path(__file__).parents[1] / "samples"
CALLS = "/processing/executions"
DEFERRED = """
from airflow.providers.http.operators.http import HttpOperator
from airflow.sdk import DAG
from talend_deferred import WaitForExecution
from talend_oauth.integrations.airflow import TalendAuth

with DAG("deferred", schedule=None) as deferred:
    start = HttpOperator(
        task_id="start",
        http_conn_id="talend",
        auth_type=TalendAuth,
        endpoint="/processing/executions",
        headers={"Content-Type": "application/json"},
        data='{"executable": "a task"}',
        response_filter=lambda response: response.json()["executionId"],
    )
    start >> WaitForExecution(
        task_id="wait", execution="{{ ti.xcom_pull('start') }}", seconds=0.1
    )

with DAG("of_the_provider", schedule=None) as of_the_provider:
    HttpOperator(
        task_id="who",
        http_conn_id="talend",
        auth_type=TalendAuth,
        endpoint="/account/me",
        method="GET",
        deferrable=True,
    )
"""


def prepare(home: str, sandbox: Sandbox) -> None:
    """Make Airflow's database, with the connection `talend` of the sandbox's account."""
    dags = Path(home, "dags")
    dags.mkdir()
    for name in ("airflow_dag.py", "talend_deferred.py"):
        shutil.copy(SAMPLES / name, dags)
    (dags / "deferred_dags.py").write_text(DEFERRED)
    os.environ |= {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "PYTHONPATH": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_TALEND": json.dumps(
            {
                "conn_type": "http",
                "host": sandbox.url,
                "login": sandbox.client_id,
                "password": sandbox.client_secret,
                "extra": {"timeout": 10},
            }
        ),
        "XDG_CACHE_HOME": home,
        # None of these may change what the connection says.
        "TALEND_ACCESS_TOKEN": "a.static.token",
        "TALEND_REGION": "us",
    }
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], check=True, stdout=subprocess.DEVNULL
    )
    sys.path.insert(0, str(dags))


def show(sandbox: Sandbox) -> list[str]:
    """Print what the sandbox was asked since the last call, and return it."""
    lines = [f"{it.method} {it.path} {it.status}" for it in sandbox.log][show.seen :]
    show.seen += len(lines)
    print(*(f"  {line}" for line in lines), sep="\n")
    return [line.split("?")[0] for line in lines]


show.seen = 0


def expect(condition: bool, failure: str) -> None:
    if not condition:
        raise SystemExit(failure)


def call_by_the_hook(sandbox: Sandbox) -> None:
    """Call the API in one line of a task's function."""
    hooks = importlib.import_module("airflow.providers.http.hooks.http")
    auth = importlib.import_module("talend_oauth.integrations.airflow").TalendAuth
    print("the hook alone:")
    response = hooks.HttpHook("GET", "talend", auth_type=auth).run("/account/me")
    show(sandbox)
    expect(response.json()["type"] == "SERVICE_ACCOUNT", response.text)


def run_with_a_revoked_token(sandbox: Sandbox) -> None:
    """Run the DAG: a 401 for a revoked token, and one for a token that has expired at Talend."""
    asked = len(sandbox.log)
    module = importlib.import_module("airflow_dag")
    expect(len(sandbox.log) == asked, "the file was parsed, and Talend was asked")
    dag = module.nightly_load_dag
    wait = dag.get_task("wait")
    wait.poke_interval = 0.1
    rejects = [sandbox.revoke, lambda _: sandbox.clock.advance(3600)]

    def check_and_reject(response) -> bool:
        ended = module.has_ended(response)
        if rejects:
            rejects.pop(0)(response.request.headers["Authorization"].split()[1])
        return ended

    wait.response_check = check_and_reject
    print("a task, its end, a revoked token and one past its lifetime:")
    state = str(dag.test().state)
    calls = show(sandbox)
    statuses = [call.split()[-1] for call in calls if call.startswith(f"GET {CALLS}/")]
    expect(state == "success", f"Airflow ended the run as {state}")
    expect(statuses == ["200", "401", "200", "401", "200"], f"the polls were {statuses}")
    expect(sandbox.token_requests == 3, f"{sandbox.token_requests} token requests: not shared")


def run_in_another_process(sandbox: Sandbox) -> None:
    """Run the DAG in a process of its own, which takes the token from the store."""
    print("in another process, the token is that of the store:")
    program = "import airflow_dag; print(airflow_dag.nightly_load_dag.test().state)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    calls = show(sandbox)
    expect(done.stdout.split()[-1:] == ["success"], done.stdout + done.stderr)
    expect(not [call for call in calls if "/security/" in call], "a token was requested")


def run_deferred(sandbox: Sandbox) -> None:
    """Wait in the triggerer, by the trigger of the page; and by the provider's, which cannot."""
    module = importlib.import_module("deferred_dags")
    print("deferred, by the trigger of the page:")
    state = str(module.deferred.test().state)
    calls = show(sandbox)
    expect(state == "success", f"Airflow ended the run as {state}")
    expect(len(calls) == 4, f"{len(calls)} requests")

    print("HttpOperator(deferrable=True), whose hook takes Basic credentials only:")
    state = str(module.of_the_provider.test().state)
    expect(state == "failed", f"Airflow ended the run as {state}: say so on the page")
    expect(show(sandbox) == [], "a request was sent")
    print("  nothing is sent, and the task fails")


def run_to_a_failure(sandbox: Sandbox) -> None:
    """Run the DAG to an end that nobody has documented: the run fails at once."""
    body = '{"status": "an_end_that_nobody_has_documented"}'
    sandbox.fail(200, path=f"{CALLS}/it", body=body, content_type="application/json")
    dag = importlib.import_module("airflow_dag").nightly_load_dag
    dag.get_task("start").response_filter = lambda _: "it"
    print("an end that is none of the known ones:")
    state = str(dag.test().state)
    show(sandbox)
    expect(state == "failed", f"Airflow ended the run as {state}")


def main() -> None:
    """Run the DAGs; print what the sandbox was asked."""
    with tempfile.TemporaryDirectory() as home, Sandbox(polls=2) as sandbox:
        prepare(home, sandbox)
        call_by_the_hook(sandbox)
        run_with_a_revoked_token(sandbox)
        run_in_another_process(sandbox)
        run_deferred(sandbox)
        run_to_a_failure(sandbox)
        secret = sandbox.client_secret.encode()
        if leaks := [
            path for path in Path(home).rglob("*") if path.is_file() and secret in path.read_bytes()
        ]:
            raise SystemExit(f"the secret is in {leaks}")
        versions = [
            f"{name} {importlib.metadata.version(name)}"
            for name in ("apache-airflow", "apache-airflow-providers-http")
        ]
        print(f"{', '.join(versions)}: every run ended as it should")


if __name__ == "__main__":
    main()
