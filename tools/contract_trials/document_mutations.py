# ruff: noqa: E501 - a mutation a line reads as a table
"""Wrong edits of the document; each is tried with the generated package left, and regenerated."""

from __future__ import annotations

from .changes import Mutation, drop, put, rename, swap

OPERATION = "/paths/~1security~1oauth~1token/post"
JSON = "application/json"
SCHEMAS = "/components/schemas"
REQUEST = f"{SCHEMAS}/TokenRequest"
RESPONSE = f"{SCHEMAS}/TokenResponse"
ERROR = f"{SCHEMAS}/ErrorBody"
LIFETIME = f"{SCHEMAS}/ExpiresIn/oneOf"
QUERY = "/components/parameters/TalendVersionQuery"
HEADER = "/components/parameters/TalendVersionHeader"
FORM = "application/x-www-form-urlencoded"
TEXT = {"type": "string", "description": "A text."}

# fmt: off
MUTATIONS = [
    Mutation("the host of a server is another", put("/servers/0", "url", "https://eu.talend.com")),
    Mutation("a region is missing", drop("/servers", 3)),
    Mutation("a server is plain http", put("/servers/1", "url", "http://api.us.cloud.talend.com")),
    Mutation("a region is said to be elsewhere", put("/servers/2", "description", "Asia (Sydney)")),
    Mutation("the scheme is bearer", put("/components/securitySchemes/serviceAccount", "scheme", "bearer")),
    Mutation("no security is demanded", drop("", "security")),
    Mutation("the path is another", rename("/paths", "/security/oauth/token", "/oauth/token")),
    Mutation("the method is PUT", rename("/paths/~1security~1oauth~1token", "post", "put")),
    Mutation("the operation has another name", put(OPERATION, "operationId", "issueToken")),
    Mutation("the operation has another tag", put(OPERATION, "tags", ["oauth"])),
    Mutation("the permission is missing", drop(OPERATION, "x-required-permissions")),
    Mutation("the version of the API is another", put("", "x-talend-version", "2020-01")),
    Mutation("the version parameters are swapped", swap(f"{OPERATION}/parameters", 0, 1)),
    Mutation("the version in the query is required", put(QUERY, "required", True)),
    Mutation("the version in the query is missing", drop(f"{OPERATION}/parameters", 0)),
    Mutation("the version in the query has another name", put(QUERY, "name", "version")),
    Mutation("the version header has another name", put(HEADER, "name", "x-talend-version")),
    Mutation("the version header is a cookie", put(HEADER, "in", "cookie")),
    Mutation("the version header is a number", put(HEADER, "schema", {"type": "integer"})),
    Mutation("the body is a form", rename(f"{OPERATION}/requestBody/content", JSON, FORM)),
    Mutation("the body is optional", put(f"{OPERATION}/requestBody", "required", False)),
    Mutation("the request is open", put(REQUEST, "additionalProperties", True)),
    Mutation("the audience is optional", put(REQUEST, "required", ["grant_type"])),
    Mutation("the audience may be empty", drop(f"{REQUEST}/properties/audience", "minLength")),
    Mutation("the grant has another value", put(f"{SCHEMAS}/GrantType", "enum", ["password"])),
    Mutation("the grant has a second value", put(f"{SCHEMAS}/GrantType", "enum", ["client_credentials", "password"])),
    Mutation("the grant has no default", drop(f"{REQUEST}/properties/grant_type", "default")),
    Mutation("the request has a scope", put(f"{REQUEST}/properties", "scope", TEXT)),
    Mutation("the response is closed", put(RESPONSE, "additionalProperties", False)),
    Mutation("the type of the token is optional", put(RESPONSE, "required", ["access_token"])),
    Mutation("the type of the token is an enum", put(f"{RESPONSE}/properties/token_type", "enum", ["Bearer"])),
    Mutation("the token may be empty", drop(f"{RESPONSE}/properties/access_token", "minLength")),
    Mutation("the token is no secret", drop(f"{RESPONSE}/properties/access_token", "format")),
    Mutation("the token has another name", rename(f"{RESPONSE}/properties", "access_token", "token")),
    Mutation("the lifetime has another name", rename(f"{RESPONSE}/properties", "expires_in", "expiresIn")),
    Mutation("the lifetime is only text", drop(LIFETIME, 0)),
    Mutation("the lifetime is only a number", drop(LIFETIME, 1)),
    Mutation("the lifetime may be negative", drop(f"{LIFETIME}/0", "minimum")),
    Mutation("the lifetime may be any text", drop(f"{LIFETIME}/1", "pattern")),
    Mutation("the lifetime is required", put(RESPONSE, "required", ["access_token", "token_type", "expires_in"])),
    Mutation("the response has a scope", put(f"{RESPONSE}/properties", "scope", TEXT)),
    Mutation("403 is missing", drop(f"{OPERATION}/responses", "403")),
    Mutation("429 is there", put(f"{OPERATION}/responses", "429", {"$ref": "#/components/responses/Forbidden"})),
    Mutation("401 has the body of a token", put(f"{OPERATION}/responses", "401", {"$ref": "#/components/responses/TokenIssued"})),
    Mutation("500 is plain text", rename("/components/responses/ServerError/content", JSON, "text/plain")),
    Mutation("a default response is there", put(f"{OPERATION}/responses", "default", {"$ref": "#/components/responses/ServerError"})),
    Mutation("an error has to have a message", put(ERROR, "required", ["message"])),
    Mutation("the status of an error is text", put(f"{ERROR}/properties/status", "type", "string")),
    Mutation("an error has no requestId", drop(f"{ERROR}/properties", "requestId")),
    Mutation("a reference leads nowhere", put(f"{RESPONSE}/properties", "expires_in", {"$ref": "#/components/schemas/No"})),
    Mutation("an example is wrong", put(f"{OPERATION}/requestBody/content/application~1json/examples/issued/value", "audience", 1)),
    Mutation("an example is missing", drop("/components/responses/TokenIssued/content/application~1json/examples", "lifetimeAbsent")),
    Mutation("a null is allowed as only 3.1 writes it", put(f"{RESPONSE}/properties/token_type", "type", ["string", "null"])),
    Mutation("the description of a field is reworded", put(f"{REQUEST}/properties/audience", "description", "The API."), noticeable=False),
    Mutation("the summary is reworded", put(OPERATION, "summary", "Make a token"), noticeable=False),
    Mutation("a response is reworded", put("/components/responses/Forbidden", "description", "No."), noticeable=False),
]
