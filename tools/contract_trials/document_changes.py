"""Four changes of the document as somebody would make them, and what else has to change then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .changes import DOCUMENT, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FACTS = "tests/contract/test_f_facts.py"
BODIES = "tests/contract/bodies.py"
NOTES = "openapi/NOTES.md"
A_PROPERTIES = "test_a_notes.py::test_every_property_is_spoken_of_by_name"
A_NOTES = "test_a_notes.py::test_every_part_of_the_document_has_a_section"
B_PROVENANCE = "test_b_generated.py::test_the_provenance_is_of_the_files_that_are_there"
B = "test_b_generated.py::test_the_generated_package_is_what_the_document_gives"
C = "test_c_models.py::"
D = "test_d_properties.py::"
E = "test_e_wire.py::"
F = "test_f_facts.py::"
G = "test_g_bodies.py::test_every_named_schema_has_good_and_bad_bodies"


@dataclass(frozen=True)
class Change:
    """A change of the document.

    Attributes:
        name: What the document says afterwards.
        edits: The change itself.
        before: The tests that have to fail until the package is generated, each with a text that
            its message has to hold.
        after: The same, once it is generated: what a person has to decide.
        decisions: The edits that settle those.
        new: Operations and schemas whose own tests fail until they are generated.
    """

    name: str
    edits: list[Callable[[Path], None]]
    before: dict[str, str]
    after: dict[str, str]
    decisions: list[Callable[[Path], None]]
    new: tuple[str, ...] = ()


def note(title: str, pointers: str, reason: str) -> Callable[[Path], None]:
    """Return what adds a section to NOTES.md."""
    section = (
        f"## {title}\n\n- Applies to: {pointers}\n- Status: documented\n- Source: reference\n"
        f"- In short: {reason}\n\n"
    )
    last = "## One text for two versions of OpenAPI\n"
    return text(NOTES, last, section + last)


def before(name: str, line: str, addition: str) -> Callable[[Path], None]:
    """Return what puts text before a line that is in a file once."""
    return text(name, line, addition + line)


SCOPE = Change(
    "the response may hold a scope",
    [
        before(
            DOCUMENT,
            "    ExpiresIn:\n",
            """        scope:
          type: string
          description: Permissions of the token, separated by spaces (RFC 6749, section 3.3).
""",
        )
    ],
    {
        B_PROVENANCE: "openapi/talend-oauth.yaml",
        B: "different: generated/talend_oauth_api/models/token_response.py",
        C + "test_the_fields_of_a_model_are_the_properties_of_its_schema[TokenResponse]": "scope",
        C + "test_the_types_of_a_model_are_those_of_its_schema[TokenResponse]": "scope",
        C + "test_the_defaults_of_a_model_are_those_of_its_schema[TokenResponse]": "scope",
        D + "test_an_instance_goes_through_its_model_unchanged[TokenResponse]": "scope",
    },
    {
        A_PROPERTIES: "/components/schemas/TokenResponse/properties/scope",
        F + "test_the_properties_of_every_object_are_the_documented_ones": (
            "properties of TokenResponse: the document adds 'scope'"
        ),
    },
    [
        note("Scope", "`/components/schemas/TokenResponse/properties/scope`", "A scope."),
        text(
            FACTS,
            '        "expires_in": ("integer or string", False, None),\n',
            '        "expires_in": ("integer or string", False, None),\n'
            '        "scope": ("string", False, None),\n',
        ),
    ],
)

RATE_LIMIT = Change(
    "429 is answered, with Retry-After",
    [
        before(
            DOCUMENT,
            "        '500':\n          $ref: '#/components/responses/ServerError'\n",
            "        '429':\n          $ref: '#/components/responses/TooManyRequests'\n",
        ),
        before(
            DOCUMENT,
            "    ServerError:\n",
            """    TooManyRequests:
      description: Too many requests were sent. (Talend's reference of this endpoint.)
      headers:
        Retry-After:
          description: Seconds to wait before the next request (RFC 9110, section 10.2.3).
          schema:
            type: integer
            minimum: 0
      content:
        application/json:
          schema:
            $ref: '#/components/schemas/ErrorBody'
          examples:
            tooManyRequests:
              value:
                status: 429
                message: Too Many Requests
""",
        ),
    ],
    {
        B_PROVENANCE: "openapi/talend-oauth.yaml",
        B: "different: generated/talend_oauth_api/api/tokens/create_token.py",
        **{
            E + f"test_every_documented_answer_is_parsed_as_its_schema[createToken-{name}]": "429"
            for name in ("sync_detailed", "sync", "asyncio_detailed", "asyncio")
        },
        **{
            E
            + "test_every_status_from_200_to_599_is_parsed_or_refused_as_documented"
            + f"[createToken-{strict}-{asynchronous}]": "429"
            for strict in (True, False)
            for asynchronous in (True, False)
        },
    },
    {
        A_NOTES: "/components/responses/TooManyRequests",
        F + "test_the_statuses_and_their_bodies_are_the_documented_ones": (
            "responses of createToken: the document adds 429"
        ),
        F + "test_the_response_headers_are_the_documented_ones": (
            "response headers: the document adds ('createToken', 429)"
        ),
    },
    [
        note("Rate limit", "`/components/responses/TooManyRequests`", "An example."),
        before(FACTS, '        500: "ErrorBody",\n', '        429: "ErrorBody",\n'),
        text(
            FACTS,
            "RESPONSE_HEADERS: dict[tuple[str, int], list[str]] = {}",
            'RESPONSE_HEADERS = {("createToken", 429): ["Retry-After"]}',
        ),
    ],
)

HEADER = Change(
    "an optional header may be sent",
    [
        text(
            DOCUMENT,
            "        - $ref: '#/components/parameters/TalendVersionHeader'\n",
            "        - $ref: '#/components/parameters/TalendVersionHeader'\n"
            "        - $ref: '#/components/parameters/CorrelationId'\n",
        ),
        before(
            DOCUMENT,
            "  responses:\n    TokenIssued:\n",
            """    CorrelationId:
      name: x-correlation-id
      in: header
      required: false
      description: Identifier of the request, for the logs of both sides.
      schema:
        type: string
        description: Identifier of the request, for the logs of both sides.
      example: a1b2
""",
        ),
    ],
    {
        B_PROVENANCE: "openapi/talend-oauth.yaml",
        B: "different: generated/talend_oauth_api/api/tokens/create_token.py",
        C + "test_the_arguments_of_an_operation_are_its_body_and_parameters[createToken]": (
            "x_correlation_id"
        ),
        **{
            E
            + "test_the_request_on_the_wire_is_one_that_the_document_describes"
            + f"[createToken-{name}]": "x_correlation_id"
            for name in ("sync_detailed", "sync", "asyncio_detailed", "asyncio")
        },
    },
    {
        A_NOTES: "/components/parameters/CorrelationId",
        F + "test_the_parameters_are_the_documented_ones_in_their_order": "x-correlation-id",
    },
    [
        note("Correlation", "`/components/parameters/CorrelationId`", "An example."),
        text(
            FACTS,
            '        ("talend-version", "header", "string", False),\n',
            '        ("talend-version", "header", "string", False),\n'
            '        ("x-correlation-id", "header", "string", False),\n',
        ),
    ],
)

OPERATION = Change(
    "GET /account/me is there, behind a bearer",
    [
        before(
            DOCUMENT,
            "security:\n",
            "  - name: accounts\n    description: Who a token belongs to.\n",
        ),
        before(
            DOCUMENT,
            "components:\n",
            """  /account/me:
    get:
      operationId: getAccount
      tags:
        - accounts
      summary: Tell who the token belongs to
      description: The account behind the access token, with its permissions.
      security:
        - accessToken: []
      responses:
        '200':
          $ref: '#/components/responses/AccountFound'
        '401':
          $ref: '#/components/responses/Unauthorized'
""",
        ),
        before(
            DOCUMENT,
            "  parameters:\n    # Each",
            """    accessToken:
      type: http
      scheme: bearer
      bearerFormat: JWT
      description: The access token of createToken (RFC 6750).
""",
        ),
        before(
            DOCUMENT,
            "    BadRequest:\n",
            """    AccountFound:
      description: The account. (Talend's reference.)
      content:
        application/json:
          schema:
            $ref: '#/components/schemas/Account'
          examples:
            serviceAccount:
              value:
                type: SERVICE_ACCOUNT
                id: 5f0c
                name: nightly
                permissions:
                  - TMC_OPERATOR
""",
        ),
        before(
            DOCUMENT,
            "    ErrorBody:\n",
            """    AccountType:
      type: string
      description: The kinds of account.
      enum:
        - USER
        - SERVICE_ACCOUNT
    Account:
      type: object
      description: An account. The server may add fields.
      required:
        - id
      additionalProperties: true
      properties:
        type:
          $ref: '#/components/schemas/AccountType'
        id:
          type: string
          description: Identifier of the account.
        name:
          type: string
          description: Name of the account.
        permissions:
          type: array
          description: Identifiers of the permissions.
          items:
            type: string
""",
        ),
    ],
    {
        B_PROVENANCE: "openapi/talend-oauth.yaml",
        B: "missing: generated/talend_oauth_api/models/account.py",
        C + "test_the_models_are_exactly_the_named_objects_and_enums": "AccountType",
        C + "test_the_package_has_exactly_the_files_that_the_document_asks_for": "get_account.py",
    },
    {
        A_PROPERTIES: "/components/schemas/Account/properties/permissions",
        A_NOTES: "/paths/~1account~1me/get, /components/responses/AccountFound",
        F + "test_the_operations_are_the_documented_ones": "the document adds 'getAccount'",
        F + "test_the_parameters_are_the_documented_ones_in_their_order": (
            "the document adds 'getAccount'"
        ),
        F + "test_the_statuses_and_their_bodies_are_the_documented_ones": (
            "responses of getAccount: the document adds 200"
        ),
        F + "test_the_properties_of_every_object_are_the_documented_ones": (
            "properties of Account: the document adds 'type'"
        ),
        G: "lacks ['Account', 'AccountType']",
    },
    [
        note(
            "Account",
            "`/paths/~1account~1me/get`, `/components/responses/AccountFound`, "
            "`/components/schemas/Account`, `/components/schemas/AccountType`",
            "An account has a type, an id, a name and permissions.",
        ),
        text(
            FACTS,
            '["TMC_SERVICE_ACCOUNT_MANAGEMENT"]),\n    ),\n',
            '["TMC_SERVICE_ACCOUNT_MANAGEMENT"]),\n    ),\n'
            '    "getAccount": ("get", "/account/me", "accounts", "bearer", None, None, None),\n',
        ),
        before(FACTS, '    "createToken": [\n', '    "getAccount": [],\n'),
        before(
            FACTS,
            '    "createToken": {\n',
            '    "getAccount": {200: "Account", 401: "ErrorBody"},\n',
        ),
        before(
            FACTS,
            '    "TokenRequest": {\n',
            """    "Account": {
        "type": ("USER or SERVICE_ACCOUNT", False, None),
        "id": ("string", True, None),
        "name": ("string", False, None),
        "permissions": ("list of string", False, None),
    },
""",
        ),
        before(
            BODIES,
            '    "GrantType": {"the only grant": GRANT},\n',
            '    "AccountType": {"a person": "USER"},\n'
            '    "Account": {"the least": {"id": "a"}, "more": {"id": "a", "type": "USER"}},\n',
        ),
        before(
            BODIES,
            '    "GrantType": {"another grant"',
            '    "AccountType": {"another": "ROBOT"},\n'
            '    "Account": {"no id": {"type": "USER"}, "another type": {"id": "a", "type": 1}},\n',
        ),
    ],
    new=("getAccount", "Account", "AccountType"),
)

CHANGES = [SCOPE, RATE_LIMIT, HEADER, OPERATION]
