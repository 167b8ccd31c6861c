"""Run a task and wait for its end; the exit status says how it ended.

    python run_task.py 57f64991e4b0b689a64feed0 --every 30

A run may take hours, a token expires after half an hour: the client refreshes it in between.
"""

import argparse
import sys
import time

import httpx

import talend_oauth

RUNNING = {"dispatching", "executing"}
OUTAGE = 10  # this many failed polls in a row are one


def start(talend: httpx.Client, task: str) -> str:
    """Start a task and return the id of its execution."""
    response = talend.post("/processing/executions", json={"executable": task})
    return str(response.raise_for_status().json()["executionId"])


def watch(talend: httpx.Client, execution: str, every: float) -> str:
    """Return the status in which an execution ends.

    Args:
        talend: A client with a token that stays valid.
        execution: Id of the execution.
        every: Seconds between two polls.
    """
    failures = 0
    while True:
        time.sleep(every)
        try:
            response = talend.get(f"/processing/executions/{execution}").raise_for_status()
        except httpx.HTTPError as error:
            rejected = isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error
            failures += 1
            if rejected or failures == OUTAGE:
                raise
            print(f"poll failed: {error}", file=sys.stderr)
            continue
        failures = 0
        status = str(response.json()["status"])
        print(status)
        if status not in RUNNING:
            return status


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Run a task and wait for its end.")
    parser.add_argument("task", help="id of the task or plan")
    parser.add_argument("--every", type=float, default=30, help="seconds between two polls")
    options = parser.parse_args()
    with talend_oauth.client() as talend:
        execution = start(talend, options.task)
        print(f"execution {execution}")
        status = watch(talend, execution, options.every)
    return 0 if status == "execution_successful" else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except talend_oauth.TalendOAuthError as error:
        print(error, file=sys.stderr)
        sys.exit(4 if error.retryable else 3)
