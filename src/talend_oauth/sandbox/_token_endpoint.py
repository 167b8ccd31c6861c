"""`POST /security/oauth/token`, held to `openapi/talend-oauth.yaml`."""

from starlette.requests import Request
from starlette.responses import Response

from ._accounts import Account, find_account
from ._answers import error_response, json_response
from ._requests import BadBody, authorization_of, is_json, parse_object
from ._talend import LocalTalend

CHALLENGE = {"www-authenticate": 'Basic realm="Talend Cloud sandbox", charset="UTF-8"'}


def create_token(talend: LocalTalend, request: Request, body: bytes | None) -> Response:
    """Answer a request for a token.

    Args:
        talend: The state of the sandbox.
        request: The request.
        body: Its body, or None when that is too large.
    """
    account = _authenticate(talend, request)
    if account is None:
        return error_response(401, headers=CHALLENGE)
    if account.refusal is not None:
        return error_response(403, account.refusal)
    audience = "unchecked"
    if talend.settings.check_body:
        if not is_json(request.headers.get("content-type")):
            return error_response(415, "the body must be application/json")
        try:
            audience = _audience(body)
        except BadBody as problem:
            return error_response(400, str(problem))
    token, life = talend.tokens.issue(account, audience, talend.issuer)
    answer: dict[str, str | int] = {"access_token": token, "token_type": "Bearer"}
    match talend.settings.expires_in:
        case "integer":
            answer["expires_in"] = int(life)
        case "string":
            answer["expires_in"] = str(int(life))
        case "absent":
            pass
    # RFC 6749, section 5.1: an answer with a token must not be kept by caches.
    return json_response(answer, headers={"cache-control": "no-store", "pragma": "no-cache"})


def _authenticate(talend: LocalTalend, request: Request) -> Account | None:
    given = authorization_of(request.headers.raw)
    found = find_account(talend.accounts, given.client_id or "", given.client_secret or "")
    if found is None and not talend.settings.check_credentials:
        return talend.accounts[0]
    return found


def _audience(body: bytes | None) -> str:
    fields = parse_object(body)
    if fields.keys() - {"grant_type", "audience"}:
        raise BadBody("the body has fields other than grant_type and audience")
    if fields.get("grant_type") != "client_credentials":
        raise BadBody("grant_type must be client_credentials")
    audience = fields.get("audience")
    if not isinstance(audience, str) or not audience:
        raise BadBody("audience must be a string that is not empty")
    return audience
