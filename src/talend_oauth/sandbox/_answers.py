"""Answers as plain values, so that a fault can change them before they are sent."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from starlette.responses import Response


@dataclass(frozen=True)
class Answer:
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
    ) -> "Answer":
        """Return the answer with some parts changed; an empty content type takes it away."""
        answer = self
        if status is not None:
            answer = replace(answer, status=status)
        if body is not None:
            answer = replace(answer, body=body)
        if content_type is not None:
            headers = {**answer.headers, "content-type": content_type}
            if not content_type:
                del headers["content-type"]
            answer = replace(answer, headers=headers)
        return answer

    def with_headers(self, headers: Mapping[str, str]) -> "Answer":
        """Return the answer with these headers in place of those of the same name."""
        lowered = {name.lower(): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **lowered})


def json_response(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON response, in ASCII, so that no text in it can fail to be encoded."""
    body = json.dumps(content).encode()
    return Response(body, status, media_type="application/json", headers=headers)


def error_body(status: int, detail: str | None = None) -> dict[str, Any]:
    """Return the body of an error, in the form of Talend's general page on errors."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    body: dict[str, Any] = {"status": status, "message": phrase}
    if detail is not None:
        body["detail"] = detail
    return {**body, "requestId": str(uuid.uuid4())}


def error_response(
    status: int, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error as a response of Starlette."""
    return json_response(error_body(status, detail), status, headers)


def error_answer(status: int) -> Answer:
    """Return an error as a plain value."""
    body = json.dumps(error_body(status)).encode()
    return Answer(status, {"content-type": "application/json"}, body)
