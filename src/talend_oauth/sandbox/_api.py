"""The little of Talend's other APIs that shows what a token is good for."""

from starlette.requests import Request
from starlette.responses import Response

from ._answers import error_response, json_response
from ._requests import BadBody, authorization_of, is_json, parse_object
from ._talend import LocalTalend
from ._tokens import Issued

REALM = 'Bearer realm="Talend Cloud sandbox"'


def get_jwks(talend: LocalTalend, request: Request, body: bytes | None) -> Response:
    """Answer with the key that tokens are signed with (RFC 7517)."""
    del request, body
    return json_response(talend.tokens.jwks())


def get_me(talend: LocalTalend, request: Request, body: bytes | None) -> Response:
    """Answer who the bearer is: `GET /account/me`."""
    del body
    issued = _bearer(talend, request)
    if isinstance(issued, Response):
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


def create_execution(talend: LocalTalend, request: Request, body: bytes | None) -> Response:
    """Run a task: `POST /processing/executions`."""
    issued = _bearer(talend, request)
    if isinstance(issued, Response):
        return issued
    if not is_json(request.headers.get("content-type")):
        return error_response(415, "the body must be application/json")
    try:
        executable = parse_object(body).get("executable")
    except BadBody as problem:
        return error_response(400, str(problem))
    if not isinstance(executable, str) or not executable:
        return error_response(400, "executable must be the id of a task or a plan")
    return json_response({"executionId": talend.run(executable).id}, 201)


def get_execution(talend: LocalTalend, request: Request, body: bytes | None) -> Response:
    """Answer how far a run is: `GET /processing/executions/{id}`."""
    del body
    issued = _bearer(talend, request)
    if isinstance(issued, Response):
        return issued
    execution = talend.executions.get(request.path_params["id"])
    if execution is None:
        return error_response(404, "there is no such execution")
    done = execution.polls >= talend.settings.polls
    running = "executing" if execution.polls else "dispatching"
    execution.polls += 1
    return json_response(
        {
            "executionId": execution.id,
            "executable": execution.executable,
            "status": "execution_successful" if done else running,
        }
    )


def _bearer(talend: LocalTalend, request: Request) -> Issued | Response:
    token = authorization_of(request.headers.raw).token
    if token is None:
        # RFC 6750, section 3.1: no error code for a request without any credentials.
        return error_response(401, headers={"www-authenticate": REALM})
    issued = talend.tokens.find(token)
    if issued is None:
        challenge = (
            f'{REALM}, error="invalid_token", '
            'error_description="The token is expired, revoked or not from here"'
        )
        return error_response(401, headers={"www-authenticate": challenge})
    return issued
