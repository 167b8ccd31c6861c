"""Run the DAG of the documentation in a real Airflow, against a sandbox.

Run by scripts/prove airflow, in an environment of its own: Airflow brings 130 packages along.
"""

import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from talend_oauth.sandbox import Sandbox

SAMPLES = Path(__file__).parents[1] / "samples"


def main() -> None:
    """Run the DAG once; the second poke finds the execution done."""
    with tempfile.TemporaryDirectory() as home, Sandbox(polls=1) as sandbox:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__DAGS_FOLDER": str(SAMPLES),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_TALEND": json.dumps(
                {
                    "conn_type": "http",
                    "host": sandbox.url,
                    "login": sandbox.client_id,
                    "password": sandbox.client_secret,
                }
            ),
            "XDG_CACHE_HOME": home,
        }
        subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        sys.path.insert(0, str(SAMPLES))
        module = importlib.import_module("airflow_dag")
        if sandbox.log:
            raise SystemExit("the file was parsed, and Talend was asked")
        dag = module.nightly_load_dag
        dag.get_task("wait").poke_interval = 0.1
        state = str(dag.test().state)
        calls = [(entry.method, entry.path, entry.status) for entry in sandbox.log]
        print(*(" ".join(map(str, call)) for call in calls), sep="\n")
        polls = [call for call in calls if call[1].startswith("/processing/executions/")]
        if state != "success" or len(polls) != 2 or {call[2] for call in calls} - {200, 201}:
            raise SystemExit(f"Airflow ended the run as {state}, after {len(polls)} polls")
        if sandbox.token_requests != 1:
            raise SystemExit(f"{sandbox.token_requests} token requests; the tasks share no token")
        secret = sandbox.client_secret.encode()
        if leaks := [
            path for path in Path(home).rglob("*") if path.is_file() and secret in path.read_bytes()
        ]:
            raise SystemExit(f"the secret is in {leaks}")
        print(f"Airflow {importlib.metadata.version('apache-airflow')}: the run ended as {state}")


if __name__ == "__main__":
    main()
