"""Minimal `/account/me` and `/processing/executions` endpoints."""

from starlette.requests import Request

from ._requests import BadBody, authorization_of, is_json, parse_object
from ._responses import PlainResponse, error_response, json_response
from ._state import SandboxState
from ._tokens import Issued

REALM = 'Bearer realm="Talend Cloud sandbox"'


def get_jwks(state: SandboxState, request: Request, body: bytes | None) -> PlainResponse:
    """Return the key that tokens are signed with (RFC 7517)."""
    del request, body
    return json_response(state.tokens.jwks())


def get_me(state: SandboxState, request: Request, body: bytes | None) -> PlainResponse:
    """Return the account of the bearer: `GET /account/me`."""
    del body
    issued = _bearer(state, request)
    if isinstance(issued, PlainResponse):
        return issued
    account = issued.account
    return json_response(
        {
            "type": "SERVICE_ACCOUNT",
            "id": account.client_id,
            "name": account.name,
            "tenantId": account.tenant_id,
            "permissions": list(account.permissions),
        }
    )


def create_execution(state: SandboxState, request: Request, body: bytes | None) -> PlainResponse:
    """Start a run of a task: `POST /processing/executions`."""
    issued = _bearer(state, request)
    if isinstance(issued, PlainResponse):
        return issued
    if not is_json(request.headers.get("content-type")):
        return error_response(415, "the body must be application/json")
    try:
        executable = parse_object(body).get("executable")
    except BadBody as problem:
        return error_response(400, str(problem))
    if not isinstance(executable, str) or not executable:
        return error_response(400, "executable must be the id of a task or a plan")
    return json_response({"executionId": state.run(executable).id}, 201)


def get_execution(state: SandboxState, request: Request, body: bytes | None) -> PlainResponse:
    """Return the status of a run: `GET /processing/executions/{id}`."""
    del body
    issued = _bearer(state, request)
    if isinstance(issued, PlainResponse):
        return issued
    execution = state.executions.get(request.path_params["id"])
    if execution is None:
        return error_response(404, "there is no such execution")
    done = execution.polls >= state.settings.polls
    running = "executing" if execution.polls else "dispatching"
    execution.polls += 1
    return json_response(
        {
            "executionId": execution.id,
            "executable": execution.executable,
            "status": "execution_successful" if done else running,
        }
    )


def _bearer(state: SandboxState, request: Request) -> Issued | PlainResponse:
    token = authorization_of(request.headers.raw).token
    if token is None:
        # RFC 6750, section 3.1: no error code for a request without any credentials.
        return error_response(401, headers={"www-authenticate": REALM})
    issued = state.tokens.find(token)
    if issued is None:
        challenge = (
            f'{REALM}, error="invalid_token", '
            'error_description="The token is expired, revoked or not from here"'
        )
        return error_response(401, headers={"www-authenticate": challenge})
    return issued
