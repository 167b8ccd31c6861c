"""`POST /security/oauth/token`, held to `openapi/talend-oauth.yaml`."""

import json
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request

from ._accounts import Account, find_account
from ._authorization import decode_basic
from ._requests import BadBody, authorization_of, authorization_values, is_json, parse_object
from ._responses import PlainResponse, error_response, json_response
from ._state import SandboxState

CHALLENGE = {"www-authenticate": 'Basic realm="Talend Cloud sandbox", charset="UTF-8"'}
_FORM = "application/x-www-form-urlencoded"
_BASIC = "Authorization: Basic base64(client_id:client_secret)"
_CREDENTIALS = {"client_id", "client_secret"}


def create_token(state: SandboxState, request: Request, body: bytes | None) -> PlainResponse:
    """Return the response to a request for a token.

    Talend's own words for what is wrong are unknown. These tell the author of a client what to
    change, and repeat nothing of the request.

    Args:
        state: The state of the sandbox.
        request: The request.
        body: Its body, or None when that is too large.
    """
    account = _authenticate(state, request)
    if account is None:
        return error_response(401, _problem_with_credentials(state, request, body), CHALLENGE)
    if account.refusal is not None:
        return error_response(403, account.refusal)
    audience = "unchecked"
    if state.settings.check_body:
        if not is_json(request.headers.get("content-type")):
            return error_response(415, _problem_with_media_type(request))
        try:
            audience = _audience(body)
        except BadBody as problem:
            return error_response(400, str(problem))
    token, lifetime = state.tokens.issue(account, audience, state.issuer)
    fields: dict[str, str | int] = {"access_token": token, "token_type": "Bearer"}
    match state.settings.expires_in:
        case "integer":
            fields["expires_in"] = int(lifetime)
        case "string":
            fields["expires_in"] = str(int(lifetime))
        case "absent":
            pass
    # RFC 6749, section 5.1: no cache may keep a response with a token.
    return json_response(fields, headers={"cache-control": "no-store", "pragma": "no-cache"})


def _authenticate(state: SandboxState, request: Request) -> Account | None:
    given = authorization_of(request.headers.raw)
    found = find_account(state.accounts, given.client_id or "", given.client_secret or "")
    if found is None and not state.settings.check_credentials:
        return state.accounts[0]
    return found


def _problem_with_credentials(
    state: SandboxState, request: Request, body: bytes | None
) -> str | None:
    values = authorization_values(request.headers.raw)
    if len(values) > 1:
        return f"there are {len(values)} Authorization headers"
    if not values:
        if _fields_of(request, body).keys() & _CREDENTIALS:
            return f"the credentials are in the body; send them by HTTP Basic: {_BASIC}"
        return f"there is no Authorization header; send {_BASIC}"
    given = authorization_of(request.headers.raw)
    if given.scheme == "Bearer":
        return f"a bearer token does not authenticate here; send {_BASIC}"
    if given.scheme is None:
        if decode_basic(values[0]) is not None:
            return 'the word "Basic" and a space are missing before the base64 text'
        return f"the Authorization header has another form; send {_BASIC}"
    if given.client_id is None or given.client_secret is None:
        return "what follows Basic is not base64 of client_id:client_secret"
    decoded = unquote_plus(given.client_id), unquote_plus(given.client_secret)
    if find_account(state.accounts, *decoded) is not None:
        return (
            "client id and secret are percent-encoded (RFC 6749, section 2.3.1); the document "
            "takes them as they are (RFC 7617)"
        )
    return None  # wrong client ID or secret: the status says it


def _problem_with_media_type(request: Request) -> str:
    if _media_type(request) == _FORM:
        wanted = json.dumps({"grant_type": "client_credentials", "audience": "..."})
        return f"the body is a form; it must be application/json: {wanted}"
    return "the body must be application/json"


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _fields_of(request: Request, body: bytes | None) -> dict[str, Any]:
    if _media_type(request) == _FORM:
        return dict(parse_qs((body or b"").decode("latin-1"), max_num_fields=None))
    try:
        return parse_object(body)
    except BadBody:
        return {}


def _audience(body: bytes | None) -> str:
    fields = parse_object(body)
    others = fields.keys() - {"grant_type", "audience"}
    if others & _CREDENTIALS:
        raise BadBody("client_id and client_secret belong in the Authorization header alone")
    if others:
        raise BadBody("the body has fields other than grant_type and audience")
    if fields.get("grant_type") != "client_credentials":
        raise BadBody("grant_type must be client_credentials")
    audience = fields.get("audience")
    if not isinstance(audience, str) or not audience:
        raise BadBody("audience must be a string that is not empty")
    return audience
