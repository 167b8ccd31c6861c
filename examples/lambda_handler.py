"""An AWS Lambda function that starts the task which the event names.

The client is made when Lambda loads the module, which sends nothing. Calls of the same environment
share its connection and its token.
"""

from typing import Any

import talend_oauth

talend = talend_oauth.client()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Start a task.

    Args:
        event: `{"task": "id of the task or plan"}`.
        context: Lambda's, unused.

    Returns:
        The id of the execution.
    """
    del context
    response = talend.post("/processing/executions", json={"executable": event["task"]})
    return {"execution": response.raise_for_status().json()["executionId"]}
