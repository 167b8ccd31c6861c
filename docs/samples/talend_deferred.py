"""Wait for the end of a Talend task in Airflow's triggerer; a file of the plugins folder."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.sdk import BaseOperator, Connection
from airflow.triggers.base import BaseTrigger, TriggerEvent

from talend_oauth import FileStore, async_client


class ExecutionEnd(BaseTrigger):
    def __init__(self, execution: str, seconds: float) -> None:
        super().__init__()
        self.execution = execution
        self.seconds = seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        arguments = {"execution": self.execution, "seconds": self.seconds}
        return f"{__name__}.ExecutionEnd", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        connection = await Connection.async_get("talend")
        async with async_client(
            client_id=connection.login,
            client_secret=connection.password,
            api_url=connection.host,
            store=FileStore(),
        ) as talend:
            status = "executing"
            while status in {"dispatching", "executing"}:
                await asyncio.sleep(self.seconds)
                response = await talend.get(f"/processing/executions/{self.execution}")
                if response.status_code != 429 and response.status_code < 500:
                    status = response.raise_for_status().json()["status"]
        yield TriggerEvent(status)


class WaitForExecution(BaseOperator):
    template_fields = ("execution",)

    def __init__(self, *, execution: str, seconds: float = 30.0, **options: object) -> None:
        super().__init__(**options)
        self.execution = execution
        self.seconds = seconds

    def execute(self, context: object) -> None:
        self.defer(trigger=ExecutionEnd(self.execution, self.seconds), method_name="check")

    def check(self, context: object, event: str) -> None:
        if event != "execution_successful":
            raise RuntimeError(f"the execution ended as {event}")
