"""Start a task with requests, and exit; prints the ID of the execution.

python start_task.py 57f64991e4b0b689a64feed0
"""

import sys

import requests

from talend_oauth import Settings
from talend_oauth.integrations.requests import TalendAuth

TIMEOUT = 30  # seconds; requests has none of its own


def main(task: str) -> None:
    """Start a task."""
    settings = Settings()
    with requests.Session() as session:
        session.auth = TalendAuth(settings)
        response = session.post(
            f"{settings.api_url}/processing/executions",
            json={"executable": task},
            timeout=TIMEOUT,
        )
        response.raise_for_status()
        print(response.json()["executionId"])


if __name__ == "__main__":
    main(sys.argv[1])
