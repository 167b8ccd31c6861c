"""HTTP responses as plain values, so that a fault can change them before they are sent."""

import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import attrs


@attrs.frozen
class PlainResponse:
    """An HTTP response.

    Attributes:
        status: HTTP status.
        headers: Names in lower case and values; not `Content-Length`, which follows from the body.
        body: The body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def replace(
        self,
        *,
        status: int | None = None,
        body: bytes | None = None,
        content_type: str | None = None,
    ) -> "PlainResponse":
        """Return the response with some parts changed; an empty content type removes it."""
        headers = dict(self.headers)
        if content_type is not None:
            headers["content-type"] = content_type
            if not content_type:
                del headers["content-type"]
        return PlainResponse(
            self.status if status is None else status,
            headers,
            self.body if body is None else body,
        )

    def with_headers(self, headers: Mapping[str, str]) -> "PlainResponse":
        """Return the response with these headers in place of those of the same name."""
        lowered = {name.lower(): value for name, value in headers.items()}
        return attrs.evolve(self, headers={**self.headers, **lowered})


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> PlainResponse:
    """Return a JSON response, in ASCII, so that no text in it can fail to be encoded."""
    body = json.dumps(content).encode()
    return PlainResponse(status, {"content-type": "application/json", **(headers or {})}, body)


def error_response(
    status: int, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> PlainResponse:
    """Return an error, in the form of Talend's general page on errors.

    Talend documents no error bodies for its token endpoint, so this form is a guess.
    """
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    body: dict[str, Any] = {"status": status, "message": phrase}
    if detail is not None:
        body["detail"] = detail
    return json_response({**body, "requestId": str(uuid.uuid4())}, status, headers)
