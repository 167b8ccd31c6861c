"""Run a Talend task and wait for its end, as a DAG of Airflow 3."""

import httpx
from airflow.sdk import Connection, PokeReturnValue, dag, task

from talend_oauth import FileStore, client

RUNNING = {"dispatching", "executing"}


def talend_client() -> httpx.Client:
    """Return a client for the connection `talend`.

    Called by the tasks, never when the file is parsed: the scheduler does that every few seconds.
    """
    connection = Connection.get("talend")
    return client(
        client_id=connection.login,
        client_secret=connection.password,
        api_url=connection.host,
        store=FileStore(),
    )


@dag(schedule=None, catchup=False)
def nightly_load() -> None:
    @task
    def start(executable: str) -> str:
        with talend_client() as talend:
            response = talend.post("/processing/executions", json={"executable": executable})
            return response.raise_for_status().json()["executionId"]

    @task.sensor(poke_interval=30, timeout=4 * 3600, mode="reschedule")
    def wait(execution: str) -> PokeReturnValue:
        with talend_client() as talend:
            response = talend.get(f"/processing/executions/{execution}")
            status = response.raise_for_status().json()["status"]
        if status not in {*RUNNING, "execution_successful"}:
            raise RuntimeError(f"the execution {execution} ended as {status}")
        return PokeReturnValue(is_done=status not in RUNNING)

    wait(start("57f64991e4b0b689a64feed0"))


# sample ends
nightly_load_dag = nightly_load()
