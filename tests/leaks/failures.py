"""What a hostile or broken endpoint answers: everything it was sent, in every place."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from .canary import CLIENT_ID, PLAIN, SECRET

TOKEN = "eyJcAnArY0ToKeN.eyJwYXlsb2FkIjoiY2FuYXJ5In0.sIgNaTuRe-cAnArY"
_PAIR = f"{CLIENT_ID}:{SECRET}"
ECHO = " ".join(
    (
        SECRET,
        f"Basic {base64.b64encode(_PAIR.encode()).decode()}",
        base64.b64encode(_PAIR.encode()).decode(),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(_PAIR.encode()).decode(),
        quote(SECRET, safe=""),
        quote(base64.b64encode(_PAIR.encode()).decode(), safe=""),
        f"Bearer {TOKEN}",
        TOKEN,
    )
)
# Each in a place of its own, lest one be cut off behind another.
ECHOES = dict.fromkeys(("error", "title", "message", "detail", "error_description"), ECHO) | {
    "requestId": SECRET
}
_HEADERS = {"x-request-id": SECRET, "server": SECRET, "x-echo": quote(SECRET, safe="")}
_PARTS = {
    "the secret": {"message": SECRET},
    "the pair": {"message": _PAIR},
    "the encoded secret": {"detail": base64.b64encode(SECRET.encode()).decode()},
    "the encoded pair": {"error_description": base64.b64encode(_PAIR.encode()).decode()},
    "the pair encoded for a URL": {"detail": base64.urlsafe_b64encode(_PAIR.encode()).decode()},
    "the quoted secret": {"title": quote(SECRET, safe="")},
    "the quoted pair": {"title": quote(base64.b64encode(_PAIR.encode()).decode(), safe="")},
    "a token": {"message": TOKEN},
    "a bearer": {"message": f"Bearer {PLAIN}"},
    "an identifier": {"requestId": SECRET},
}

FAILURES: dict[str, dict[str, Any]] = (
    {
        f"{status} that echoes": {"status": status, "body": ECHOES, "headers": _HEADERS}
        for status in (400, 401, 403, 404, 429, 500)
    }
    | {
        f"{status} with {name}": {"status": status, "body": body}
        for status in (400, 401)
        for name, body in _PARTS.items()
    }
    | {
        "403 as HTML": {"status": 403, "body": ECHO, "content_type": "text/html"},
        "500 as HTML": {"status": 500, "body": ECHO, "content_type": "text/html"},
        "a redirect": {
            "status": 302,
            "headers": {"location": f"https://{quote(SECRET, safe='')}.example/{SECRET}"},
        },
        "an odd media type": {"status": 200, "content_type": f"text/html+{SECRET}"},
        "an odd media type of an error": {
            "status": 400,
            "body": "x",
            "content_type": f"text/{SECRET}",
        },
        "an odd token type": {"merge": {"token_type": SECRET, "access_token": TOKEN}},
        "a short odd token type": {"merge": {"token_type": SECRET[:8], "access_token": TOKEN}},
        "a token as its type": {"merge": {"token_type": TOKEN, "access_token": TOKEN}},
        "an opaque token as its type": {"merge": {"token_type": PLAIN, "access_token": PLAIN}},
        "a token with a line break": {
            "merge": {"access_token": f"{TOKEN}\r\nX-Injected: {SECRET}"}
        },
        "a token with a space": {"merge": {"access_token": f"{TOKEN} {TOKEN}"}},
        "an identifier beside no token": {"status": 200, "body": [TOKEN], "headers": _HEADERS},
        "no object": {"status": 200, "body": [TOKEN, SECRET]},
        "no JSON": {"status": 200, "body": ECHO, "content_type": "application/json"},
        "half an answer": {"merge": {"access_token": TOKEN}, "truncate": True},
        "a reset connection": {"reset": True},
        "a compressed answer": {
            "status": 200,
            "body": ECHO,
            "headers": {"content-encoding": "gzip"},
        },
        "a large answer": {"status": 200, "body": ECHO * 1000, "content_type": "application/json"},
    }
)
