# ruff: noqa: E501 - a mutation a line reads as a table
"""Edits of the generated package, as a hand or a wrong template would make them."""

from __future__ import annotations

from .changes import Mutation, create, remove, text

PACKAGE = "generated/talend_oauth_api"
CREATE = f"{PACKAGE}/api/tokens/create_token.py"
REQUEST = f"{PACKAGE}/models/token_request.py"
RESPONSE = f"{PACKAGE}/models/token_response.py"
ERROR = f"{PACKAGE}/models/error_body.py"
GRANT = f"{PACKAGE}/models/grant_type.py"
TYPES = f"{PACKAGE}/types.py"
BRANCH_403 = """    if response.status_code == 403:
        response_403 = ErrorBody.from_dict(response.json())

        return response_403

"""

# fmt: off
MUTATIONS = [
    Mutation("to_dict loses a field", text(REQUEST, '                "audience": audience,\n', "")),
    Mutation("to_dict has a wrong name", text(REQUEST, '"audience": audience', '"audiance": audience')),
    Mutation("a type is wider", text(RESPONSE, "    expires_in: int | str | Unset = UNSET", "    expires_in: float | str | Unset = UNSET")),
    Mutation("a required key may be missing", text(RESPONSE, 'd.pop("token_type")', 'd.pop("token_type", "")')),
    Mutation("a field has another name in Python", text(ERROR, "request_id", "requestid", everywhere=True)),
    Mutation("undescribed fields are lost", text(RESPONSE, "        token_response.additional_properties = d\n", "")),
    Mutation("the default of the grant is gone", text(REQUEST, '    grant_type: GrantType = "client_credentials"', "    grant_type: GrantType")),
    Mutation("another grant is accepted", text(GRANT, "    if value in GRANT_TYPE_VALUES:\n        return value\n    raise", "    return value  # type: ignore\n    raise")),
    Mutation("the token is in the repr", text(RESPONSE, "access_token: str = _attrs_field(repr=False)", "access_token: str")),
    Mutation("undescribed fields are in the repr", text(ERROR, "init=False, factory=dict[str, Any], repr=False", "init=False, factory=dict[str, Any]")),
    Mutation("headers of a client are in the repr", text(f"{PACKAGE}/client.py", "_headers: dict[str, str] = field(\n        factory=dict[str, str], repr=False,", "_headers: dict[str, str] = field(\n        factory=dict[str, str],", everywhere=True)),
    Mutation("an error message holds the body", text(f"{PACKAGE}/errors.py", "{len(content)} bytes", "{content!r}")),
    Mutation("UNSET is lost by pickle", text(TYPES, '    def __reduce__(self) -> str:\n        return "UNSET"\n', "")),
    Mutation("the path is another", text(CREATE, '"url": "/security/oauth/token"', '"url": "/oauth/token"')),
    Mutation("the method is another", text(CREATE, '"method": "post"', '"method": "put"')),
    Mutation("the header has another name", text(CREATE, 'headers["talend-version"]', 'headers["talendVersion"]')),
    Mutation("the parameters are swapped", text(CREATE, 'params["talendVersion"] = talend_version_query', 'params["talendVersion"] = talend_version_header')),
    Mutation("the media type is another", text(CREATE, '"Content-Type"] = "application/json"', '"Content-Type"] = "text/json"')),
    Mutation("403 is not parsed", text(CREATE, BRANCH_403, "")),
    Mutation("415 is parsed as a token", text(CREATE, "response_415 = ErrorBody", "response_415 = TokenResponse")),
    Mutation("the asynchronous call drops the body", text(CREATE, "    response = await client.get_async_httpx_client().request(**kwargs)", '    kwargs.pop("json")\n    response = await client.get_async_httpx_client().request(**kwargs)')),
    Mutation("py.typed is gone", remove(f"{PACKAGE}/py.typed")),
    Mutation("a stale model is left", create(f"{PACKAGE}/models/old.py", "")),
    Mutation("a comment is added", text(REQUEST, "@_attrs_define\n", "# edited\n@_attrs_define\n"), noticeable=False),
    Mutation("the provenance is of another document", text("generated/PROVENANCE.json", '"openapi/talend-oauth.yaml": "', '"openapi/talend-oauth.yaml": "0'), noticeable=False),
]
