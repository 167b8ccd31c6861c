"""What a token is good for: who am I, and a task that runs."""

import httpx
import pytest

from talend_oauth.sandbox import Sandbox

PATHS = [
    ("GET", "/account/me"),
    ("POST", "/processing/executions"),
    ("GET", "/processing/executions/1"),
]


def test_the_bearer_is_told_who_it_is(
    client: httpx.Client, sandbox: Sandbox, bearer: dict[str, str]
) -> None:
    assert client.get("/account/me", headers=bearer).json() == {
        "type": "SERVICE_ACCOUNT",
        "id": sandbox.client_id,
        "name": "sandbox service account",
        "tenantId": "sandbox-tenant",
        "permissions": ["TMC_SERVICE_ACCOUNT_MANAGEMENT"],
    }


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_request_without_a_token_is_challenged_without_an_error_code(
    client: httpx.Client, method: str, path: str
) -> None:
    response = client.request(method, path)
    assert response.status_code == 401
    assert response.json()["status"] == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="Talend Cloud sandbox"'


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_token_that_is_not_good_is_named_invalid(
    client: httpx.Client, method: str, path: str
) -> None:
    response = client.request(method, path, headers={"authorization": "Bearer no.such.token"})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_the_pair_of_the_token_endpoint_is_no_bearer(
    client: httpx.Client, sandbox: Sandbox
) -> None:
    response = client.get("/account/me", auth=(sandbox.client_id, sandbox.client_secret))
    assert response.status_code == 401


def test_a_task_runs_for_as_many_polls_as_were_set(
    client: httpx.Client, sandbox: Sandbox, bearer: dict[str, str]
) -> None:
    sandbox.settings.polls = 3
    started = client.post("/processing/executions", json={"executable": "task"}, headers=bearer)
    assert started.status_code == 201
    path = f"/processing/executions/{started.json()['executionId']}"
    seen = [client.get(path, headers=bearer).json()["status"] for _ in range(5)]
    assert seen == ["dispatching", "executing", "executing", *["execution_successful"] * 2]


def test_an_execution_that_was_never_started_is_not_found(
    client: httpx.Client, bearer: dict[str, str]
) -> None:
    assert client.get("/processing/executions/1", headers=bearer).status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"executable": 7}', b'{"executable": ""}']
)
def test_an_execution_needs_the_id_of_a_task(
    client: httpx.Client, bearer: dict[str, str], body: bytes
) -> None:
    headers = {**bearer, "content-type": "application/json"}
    response = client.post("/processing/executions", content=body, headers=headers)
    assert response.status_code == 400


def test_an_execution_is_asked_for_in_json(client: httpx.Client, bearer: dict[str, str]) -> None:
    response = client.post("/processing/executions", content=b"{}", headers=bearer)
    assert response.status_code == 415
