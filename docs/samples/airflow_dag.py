"""Run a Talend task and wait for its end, as a DAG of Airflow 3."""

import json

import requests
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.sdk import dag

from talend_oauth.integrations.airflow import TalendAuth


def has_ended(response: requests.Response) -> bool:
    status = response.json()["status"]
    if status not in {"dispatching", "executing", "execution_successful"}:
        raise RuntimeError(f"the execution ended as {status}")
    return status == "execution_successful"


@dag(schedule=None, catchup=False)
def nightly_load() -> None:
    start = HttpOperator(
        task_id="start",
        http_conn_id="talend",
        auth_type=TalendAuth,
        endpoint="/processing/executions",
        headers={"Content-Type": "application/json"},
        data=json.dumps({"executable": "57f64991e4b0b689a64feed0"}),
        response_filter=lambda response: response.json()["executionId"],
    )
    wait = HttpSensor(
        task_id="wait",
        http_conn_id="talend",
        request_kwargs={"auth": TalendAuth(connection="talend")},
        endpoint="/processing/executions/{{ ti.xcom_pull('start') }}",
        response_check=has_ended,
        response_error_codes_allowlist=["429", "5"],
        poke_interval=30,
        timeout=4 * 3600,
        mode="reschedule",
    )
    start >> wait


# sample ends
nightly_load_dag = nightly_load()
