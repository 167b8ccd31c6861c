"""Run tasks concurrently and print how each ended.

python run_tasks.py 57f64991e4b0b689a64feed0 57f64991e4b0b689a64feed1
"""

import argparse
import asyncio
import sys

import httpx

import talend_oauth

RUNNING = {"dispatching", "executing"}


async def run(talend: httpx.AsyncClient, task: str, every: float) -> str:
    """Run one task and return the status in which it ends.

    Args:
        talend: A client with a token that stays valid; all tasks use the same.
        task: Id of the task or plan.
        every: Seconds between two looks.
    """
    response = await talend.post("/processing/executions", json={"executable": task})
    execution = response.raise_for_status().json()["executionId"]
    while True:
        await asyncio.sleep(every)
        response = await talend.get(f"/processing/executions/{execution}")
        status = str(response.raise_for_status().json()["status"])
        if status not in RUNNING:
            return status


async def run_all(tasks: list[str], every: float) -> list[str]:
    """Run all tasks at once and return the status of each, in their order."""
    async with talend_oauth.async_client() as talend:
        return await asyncio.gather(*(run(talend, task, every) for task in tasks))


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Run tasks concurrently.")
    parser.add_argument("tasks", nargs="+", metavar="TASK", help="id of a task or plan")
    parser.add_argument("--every", type=float, default=30, help="seconds between two polls")
    options = parser.parse_args()
    ends = asyncio.run(run_all(options.tasks, options.every))
    for task, status in zip(options.tasks, ends, strict=True):
        print(f"{task}  {status}")
    return 0 if set(ends) == {"execution_successful"} else 1


if __name__ == "__main__":
    sys.exit(main())
