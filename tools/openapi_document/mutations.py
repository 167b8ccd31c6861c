"""Changes of the document, each with what it means, to try the comparison on."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openapi_document.changes import Verdict
from openapi_document.edits import Edit, append, find, put, remove, rename

if TYPE_CHECKING:
    from openapi_document.loading import Object

BREAKING, COMPATIBLE, WORDING = Verdict.BREAKING, Verdict.COMPATIBLE, Verdict.WORDING

PATH = "/paths/~1security~1oauth~1token"
OPERATION = f"{PATH}/post"
PARAMETERS = f"{OPERATION}/parameters"
RESPONSES = f"{OPERATION}/responses"
BODY = f"{OPERATION}/requestBody"
SCHEMAS = "/components/schemas"
REQUEST = f"{SCHEMAS}/TokenRequest"
RESPONSE = f"{SCHEMAS}/TokenResponse"
AUDIENCE = f"{REQUEST}/properties/audience"
TOKEN_TYPE = f"{RESPONSE}/properties/token_type"
QUERY = "/components/parameters/TalendVersionQuery"
HEADER = "/components/parameters/TalendVersionHeader"
ISSUED = "/components/responses/TokenIssued"
SCHEME = "/components/securitySchemes"


@dataclass(frozen=True)
class Mutation:
    """One change of the document.

    Attributes:
        name: The change in a few words.
        verdict: What it means, by hand.
        edits: What makes it.
        base: What makes the version before it, where the document itself lacks what changes.
        disagrees: Why oasdiff's other verdict is not followed; None where it agrees.
    """

    name: str
    verdict: Verdict
    edits: tuple[Edit, ...]
    base: tuple[Edit, ...] = ()
    disagrees: str | None = None

    def apply(self, document: Object) -> tuple[Object, Object]:
        """Gives the versions before and after the change."""
        before = copy.deepcopy(document)
        for edit in self.base:
            edit(before)
        after = copy.deepcopy(before)
        for edit in self.edits:
            edit(after)
        return before, after


def move_to_end(at: str, key: str) -> Edit:
    """Moves a key of an object behind all others."""

    def edit(document: Object) -> None:
        node = find(document, at)
        node[key] = node.pop(key)

    return edit


def reverse(at: str) -> Edit:
    """Turns a list round."""

    def edit(document: Object) -> None:
        find(document, at).reverse()

    return edit


def _parameter(name: str, place: str, *, required: bool) -> Object:
    return {"name": name, "in": place, "required": required, "schema": {"type": "string"}}


def _regions(*values: str, default: str = "eu") -> Edit:
    variables = {"region": {"default": default, "enum": list(values)}}
    return put("/servers/0", {"url": "https://api.{region}.talend.example", "variables": variables})


def _account(parameter: str) -> Edit:
    listed = [_parameter(parameter, "path", required=True)]
    operation = {"operationId": "account", "responses": {"200": {"description": "It."}}}
    return put("/paths", {f"/account/{{{parameter}}}": {"parameters": listed, "get": operation}})


def _header(kind: str, *, required: bool) -> Edit:
    return put(f"{ISSUED}/headers", {"X-Id": {"required": required, "schema": {"type": kind}}})


_SCOPE = {"type": "string", "description": "Granted scopes."}
_BEARER = {"type": "http", "scheme": "bearer"}

MUTATIONS = (
    # what the server answers
    Mutation(
        "remove optional response property",
        BREAKING,
        (remove(f"{RESPONSE}/properties/expires_in"),),
        disagrees="ours: a client that reads it gets nothing from then on, and generated "
        "code no longer has it",
    ),
    Mutation(
        "remove required response property",
        BREAKING,
        (remove(TOKEN_TYPE), remove(f"{RESPONSE}/required/1")),
    ),
    Mutation(
        "add optional response property", COMPATIBLE, (put(f"{RESPONSE}/properties/scope", _SCOPE),)
    ),
    Mutation(
        "add required response property",
        COMPATIBLE,
        (put(f"{RESPONSE}/properties/scope", _SCOPE), append(f"{RESPONSE}/required", "scope")),
    ),
    Mutation(
        "response property required -> optional", BREAKING, (remove(f"{RESPONSE}/required/1"),)
    ),
    Mutation(
        "response property optional -> required",
        COMPATIBLE,
        (append(f"{RESPONSE}/required", "expires_in"),),
    ),
    Mutation(
        "type of response property",
        BREAKING,
        (put(f"{TOKEN_TYPE}/type", "integer"), remove(f"{TOKEN_TYPE}/minLength")),
    ),
    Mutation(
        "response property integer -> number",
        BREAKING,
        (
            put(f"{SCHEMAS}/ErrorBody/properties/status/type", "number"),
            remove(f"{SCHEMAS}/ErrorBody/properties/status/format"),
        ),
    ),
    Mutation(
        "response property int32 -> int64",
        BREAKING,
        (put(f"{SCHEMAS}/ErrorBody/properties/status/format", "int64"),),
    ),
    Mutation(
        "response property may be null", BREAKING, (put(f"{TOKEN_TYPE}/type", ["string", "null"]),)
    ),
    Mutation("response alternative removed", COMPATIBLE, (remove(f"{SCHEMAS}/ExpiresIn/oneOf/1"),)),
    Mutation(
        "response alternative added",
        BREAKING,
        (append(f"{SCHEMAS}/ExpiresIn/oneOf", {"type": "boolean"}),),
    ),
    Mutation(
        "response minimum removed", BREAKING, (remove(f"{SCHEMAS}/ExpiresIn/oneOf/0/minimum"),)
    ),
    Mutation("response minLength removed", BREAKING, (remove(f"{TOKEN_TYPE}/minLength"),)),
    Mutation(
        "response pattern changed",
        BREAKING,
        (put(f"{SCHEMAS}/ExpiresIn/oneOf/1/pattern", "^[0-9]*s$"),),
    ),
    Mutation("response values listed", COMPATIBLE, (put(f"{TOKEN_TYPE}/enum", ["Bearer"]),)),
    Mutation(
        "response value added to a list",
        BREAKING,
        (append(f"{TOKEN_TYPE}/enum", "MAC"),),
        (put(f"{TOKEN_TYPE}/enum", ["Bearer"]),),
    ),
    Mutation(
        "response object closed",
        COMPATIBLE,
        (put(f"{RESPONSE}/additionalProperties", value=False),),
    ),
    Mutation(
        "response object opened",
        BREAKING,
        (put(f"{RESPONSE}/additionalProperties", value=True),),
        (put(f"{RESPONSE}/additionalProperties", value=False),),
        disagrees="ours: a client that validates answers or keeps no unknown fields "
        "meets what the contract ruled out",
    ),
    Mutation(
        "password no longer marked as such",
        COMPATIBLE,
        (remove(f"{RESPONSE}/properties/access_token/format"),),
        disagrees="ours: format password is a hint to hide the value; the same strings "
        "are sent (oasdiff sees another type)",
    ),
    Mutation(
        "remove 403",
        BREAKING,
        (remove(f"{RESPONSES}/403"),),
        disagrees="ours: generated code loses the type of that answer, so that code "
        "which uses it does not compile",
    ),
    Mutation(
        "add 429 with Retry-After",
        COMPATIBLE,
        (
            put(
                f"{RESPONSES}/429",
                {
                    "description": "Slow down.",
                    "headers": {"Retry-After": {"schema": {"type": "integer"}}},
                },
            ),
        ),
    ),
    Mutation("200 -> 201", BREAKING, (rename(RESPONSES, "200", "201"),)),
    Mutation(
        "add 202",
        BREAKING,
        (put(f"{RESPONSES}/202", {"description": "Later."}),),
        disagrees="ours: clients that know 200 only take the answer for a failure, or for none",
    ),
    Mutation(
        "response header removed",
        BREAKING,
        (remove(f"{ISSUED}/headers/X-Id"),),
        (put(f"{ISSUED}/headers", {"X-Id": {"schema": {"type": "string"}}}),),
        disagrees="ours: a client that reads it gets nothing from then on",
    ),
    Mutation(
        "response header added",
        COMPATIBLE,
        (put(f"{ISSUED}/headers", {"X-Id": {"schema": {"type": "string"}}}),),
    ),
    Mutation(
        "response header no longer certain",
        BREAKING,
        (_header("string", required=False),),
        (_header("string", required=True),),
    ),
    Mutation(
        "response header certain",
        COMPATIBLE,
        (_header("string", required=True),),
        (_header("string", required=False),),
    ),
    Mutation(
        "type of response header",
        BREAKING,
        (_header("integer", required=True),),
        (_header("string", required=True),),
        disagrees="ours: a client that reads it as text meets a number",
    ),
    Mutation(
        "response media type replaced",
        BREAKING,
        (rename(f"{ISSUED}/content", "application/json", "text/plain"),),
    ),
    Mutation(
        "response media type added",
        COMPATIBLE,
        (put(f"{ISSUED}/content/application~1xml", {"schema": {"$ref": f"#{RESPONSE}"}}),),
    ),
    # what clients send
    Mutation(
        "add optional request property", COMPATIBLE, (put(f"{REQUEST}/properties/scope", _SCOPE),)
    ),
    Mutation(
        "add required request property",
        BREAKING,
        (put(f"{REQUEST}/properties/scope", _SCOPE), append(f"{REQUEST}/required", "scope")),
    ),
    Mutation(
        "remove request property", BREAKING, (remove(AUDIENCE), remove(f"{REQUEST}/required/1"))
    ),
    Mutation(
        "request property required -> optional", COMPATIBLE, (remove(f"{REQUEST}/required/1"),)
    ),
    Mutation(
        "request property optional -> required",
        BREAKING,
        (append(f"{REQUEST}/required", "audience"),),
        (remove(f"{REQUEST}/required/1"),),
    ),
    Mutation(
        "type of request property",
        BREAKING,
        (put(f"{AUDIENCE}/type", "integer"), remove(f"{AUDIENCE}/minLength")),
    ),
    Mutation(
        "request value added to a list",
        COMPATIBLE,
        (append(f"{SCHEMAS}/GrantType/enum", "password"),),
    ),
    Mutation(
        "request value replaced in a list",
        BREAKING,
        (
            put(f"{SCHEMAS}/GrantType/enum", ["password"]),
            put(f"{REQUEST}/properties/grant_type/default", "password"),
        ),
    ),
    Mutation(
        "request default removed",
        BREAKING,
        (remove(f"{REQUEST}/properties/grant_type/default"),),
        disagrees="ours: callers that leave the value to generated code no longer send it",
    ),
    Mutation("request maxLength added", BREAKING, (put(f"{AUDIENCE}/maxLength", 40),)),
    Mutation(
        "request maxLength tightened",
        BREAKING,
        (put(f"{AUDIENCE}/maxLength", 40),),
        (put(f"{AUDIENCE}/maxLength", 80),),
    ),
    Mutation(
        "request maxLength loosened",
        COMPATIBLE,
        (put(f"{AUDIENCE}/maxLength", 80),),
        (put(f"{AUDIENCE}/maxLength", 40),),
    ),
    Mutation("request minLength removed", COMPATIBLE, (remove(f"{AUDIENCE}/minLength"),)),
    Mutation("request pattern added", BREAKING, (put(f"{AUDIENCE}/pattern", "^https:"),)),
    Mutation(
        "request property may be null", COMPATIBLE, (put(f"{AUDIENCE}/type", ["string", "null"]),)
    ),
    Mutation("request format added", BREAKING, (put(f"{AUDIENCE}/format", "uri"),)),
    Mutation(
        "request object opened", COMPATIBLE, (put(f"{REQUEST}/additionalProperties", value=True),)
    ),
    Mutation(
        "request object closed",
        BREAKING,
        (put(f"{REQUEST}/additionalProperties", value=False),),
        (put(f"{REQUEST}/additionalProperties", value=True),),
        disagrees="ours: bodies with other fields were valid and are not now",
    ),
    Mutation("request body becomes optional", COMPATIBLE, (put(f"{BODY}/required", value=False),)),
    Mutation(
        "request body becomes required",
        BREAKING,
        (put(f"{BODY}/required", value=True),),
        (put(f"{BODY}/required", value=False),),
    ),
    Mutation("request body removed", BREAKING, (remove(BODY),)),
    Mutation(
        "required request body added",
        BREAKING,
        (put(BODY, {"required": True, "content": {}}),),
        (remove(BODY),),
    ),
    Mutation(
        "optional request body added", COMPATIBLE, (put(BODY, {"content": {}}),), (remove(BODY),)
    ),
    Mutation(
        "JSON -> form",
        BREAKING,
        (rename(f"{BODY}/content", "application/json", "application/x-www-form-urlencoded"),),
    ),
    Mutation(
        "form allowed beside JSON",
        COMPATIBLE,
        (
            put(
                f"{BODY}/content/application~1x-www-form-urlencoded",
                {"schema": {"$ref": f"#{REQUEST}"}},
            ),
        ),
    ),
    # parameters
    Mutation("rename optional query parameter", BREAKING, (put(f"{QUERY}/name", "version"),)),
    Mutation("remove optional header", BREAKING, (remove(f"{PARAMETERS}/1"),)),
    Mutation("query parameter moves to a cookie", BREAKING, (put(f"{QUERY}/in", "cookie"),)),
    Mutation(
        "add required header",
        BREAKING,
        (append(PARAMETERS, _parameter("X-Tenant", "header", required=True)),),
    ),
    Mutation(
        "add optional header",
        COMPATIBLE,
        (append(PARAMETERS, _parameter("X-Tenant", "header", required=False)),),
    ),
    Mutation(
        "add optional header in front",
        BREAKING,
        (
            put(
                PARAMETERS,
                [
                    _parameter("X-Tenant", "header", required=False),
                    {"$ref": f"#{QUERY}"},
                    {"$ref": f"#{HEADER}"},
                ],
            ),
        ),
        disagrees="ours: generated functions with positional arguments take the first "
        "two for others",
    ),
    Mutation(
        "swap the parameters",
        BREAKING,
        (reverse(PARAMETERS),),
        disagrees="ours: both names become one identifier, numbered by position; their "
        "meanings are swapped without an error",
    ),
    Mutation("optional parameter -> required", BREAKING, (put(f"{QUERY}/required", value=True),)),
    Mutation(
        "required parameter -> optional",
        COMPATIBLE,
        (put(f"{QUERY}/required", value=False),),
        (put(f"{QUERY}/required", value=True),),
    ),
    Mutation("values of a parameter listed", BREAKING, (put(f"{QUERY}/schema/enum", ["2021-03"]),)),
    Mutation("type of a parameter", BREAKING, (put(f"{QUERY}/schema/type", "integer"),)),
    Mutation("header in other case", COMPATIBLE, (put(f"{HEADER}/name", "Talend-Version"),)),
    Mutation("parameter deprecated", COMPATIBLE, (put(f"{QUERY}/deprecated", value=True),)),
    Mutation(
        "parameter written in another style",
        BREAKING,
        (put(f"{QUERY}/style", "pipeDelimited"),),
        disagrees="ours: the same value looks different on the wire",
    ),
    Mutation(
        "parameter as JSON",
        BREAKING,
        (
            remove(f"{QUERY}/schema"),
            put(f"{QUERY}/content", {"application/json": {"schema": {"type": "string"}}}),
        ),
        disagrees="ours: the same text then has quotes on the wire",
    ),
    # names, places, access
    Mutation(
        "path renamed", BREAKING, (rename("/paths", "/security/oauth/token", "/oauth/token"),)
    ),
    Mutation("POST -> PUT", BREAKING, (rename(PATH, "post", "put"),)),
    Mutation(
        "operation added",
        COMPATIBLE,
        (
            put(
                "/paths/~1account~1me",
                {"get": {"operationId": "me", "responses": {"200": {"description": "You."}}}},
            ),
        ),
    ),
    Mutation(
        "operationId renamed",
        BREAKING,
        (put(f"{OPERATION}/operationId", "getToken"),),
        disagrees="ours: the generated function has another name, no program that calls "
        "it compiles",
    ),
    Mutation(
        "operation under another tag",
        BREAKING,
        (put(f"{OPERATION}/tags", ["auth"]), put("/tags/0/name", "auth")),
        disagrees="ours: generators name the class or module of the function after its tag",
    ),
    Mutation("operation deprecated", COMPATIBLE, (put(f"{OPERATION}/deprecated", value=True),)),
    Mutation(
        "schema renamed",
        BREAKING,
        (
            rename(SCHEMAS, "ErrorBody", "Failure"),
            *(
                put(
                    f"/components/responses/{name}/content/application~1json/schema/$ref",
                    f"#{SCHEMAS}/Failure",
                )
                for name in (
                    "BadRequest",
                    "Unauthorized",
                    "Forbidden",
                    "UnsupportedMediaType",
                    "ServerError",
                )
            ),
        ),
        disagrees="ours: the generated type has another name, no program that names it compiles",
    ),
    Mutation(
        "server removed",
        BREAKING,
        (remove("/servers/2"),),
        disagrees="ours: clients that call it have nowhere to go",
    ),
    Mutation(
        "server added",
        COMPATIBLE,
        (append("/servers", {"url": "https://api.in.cloud.talend.com"}),),
    ),
    Mutation(
        "another server first",
        BREAKING,
        (reverse("/servers"),),
        disagrees="ours: most generated clients call the first one unless told",
    ),
    Mutation("Basic -> Bearer", BREAKING, (put(f"{SCHEME}/serviceAccount", _BEARER),)),
    Mutation(
        "second scheme demanded too",
        BREAKING,
        (put(f"{SCHEME}/bearer", _BEARER), put("/security/0/bearer", [])),
    ),
    Mutation(
        "second scheme allowed instead",
        COMPATIBLE,
        (put(f"{SCHEME}/bearer", _BEARER), append("/security", {"bearer": []})),
    ),
    Mutation("security removed", COMPATIBLE, (put("/security", []),)),
    Mutation(
        "callback added",
        BREAKING,
        (
            put(
                f"{OPERATION}/callbacks",
                {
                    "done": {
                        "{$request.body#/audience}": {
                            "post": {"responses": {"200": {"description": "Fine."}}}
                        }
                    }
                },
            ),
        ),
        disagrees="judgement: no rule of ours knows callbacks, so a person has to look; "
        "oasdiff passes over them",
    ),
    Mutation(
        "server region added", COMPATIBLE, (_regions("eu", "us", "in"),), (_regions("eu", "us"),)
    ),
    Mutation(
        "server region removed",
        BREAKING,
        (_regions("eu"),),
        (_regions("eu", "us"),),
        disagrees="ours: clients that set it have nowhere to go",
    ),
    Mutation(
        "another server region by default",
        BREAKING,
        (_regions("eu", "us", default="us"),),
        (_regions("eu", "us"),),
        disagrees="ours: clients that set nothing call another region",
    ),
    Mutation(
        "path parameter renamed",
        BREAKING,
        (_account("name"),),
        (_account("id"),),
        disagrees="ours: the argument of the generated function has another name",
    ),
    # no change of what is sent
    Mutation("nothing", WORDING, ()),
    Mutation("description", WORDING, (put(f"{TOKEN_TYPE}/description", "Nearly always Bearer."),)),
    Mutation("example", WORDING, (put(f"{QUERY}/example", "2021-04"),)),
    Mutation("order of the schemas", WORDING, (move_to_end(SCHEMAS, "GrantType"),)),
    Mutation("order of the responses", WORDING, (move_to_end(RESPONSES, "200"),)),
    Mutation("extension", COMPATIBLE, (put("/x-talend-version", "2022-01"),)),
)
