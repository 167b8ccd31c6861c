"""Hand-written bodies, good and bad, for each named schema of the document."""

from __future__ import annotations

from typing import Any

AUDIENCE = "https://api.eu.cloud.talend.com"
ISSUED = {"access_token": "a.b.c", "token_type": "Bearer"}
GRANT = "client_credentials"

# schema -> what it is -> the body
GOOD: dict[str, dict[str, Any]] = {
    "GrantType": {"the only grant": GRANT},
    "TokenRequest": {
        "the request of the how-to": {"grant_type": GRANT, "audience": AUDIENCE},
        "an audience with a slash, as one vendor example has it": {
            "grant_type": GRANT,
            "audience": f"{AUDIENCE}/",
        },
        "an audience that is no URL": {"grant_type": GRANT, "audience": "urn:some:api"},
    },
    "TokenResponse": {
        "a lifetime as RFC 6749 has it": ISSUED | {"expires_in": 1800},
        "a lifetime as Talend's reference has it": ISSUED | {"expires_in": "3600"},
        "a lifetime of a day as text": ISSUED | {"expires_in": "86400"},
        "no lifetime": ISSUED,
        "an opaque token": ISSUED | {"access_token": "opaque"},
        "a token with every sign of RFC 6750": ISSUED | {"access_token": "aZ0-._~+/=="},
        "a long token": ISSUED | {"access_token": "a" * 3000},
        "another scheme": ISSUED | {"token_type": "bearer"},
        "a token that expires at once": ISSUED | {"expires_in": 0},
        "more than is described": ISSUED | {"scope": "a b", "id_token": None},
    },
    "ExpiresIn": {
        "a number": 1,
        "text": "1",
        "a day as text": "86400",
        "zero": 0,
        "a very long life": 2**40,
    },
    "ErrorBody": {
        "Talend's general page": {"status": 401, "message": "Unauthorized"},
        "a sister API": {"status": 400, "message": "a", "detail": "b", "requestId": "c"},
        "another sister API": {"status": 400, "title": "a"},
        "OAuth 2.0": {"error": "invalid_client", "error_description": "no such client"},
        "a list of errors": {"errors": [{"code": "a", "message": "b"}]},
        "a long message": {"status": 500, "message": "a" * 3000},
        "nothing": {},
    },
}
BAD: dict[str, dict[str, Any]] = {
    "GrantType": {"another grant": "password", "another case": "Client_Credentials", "none": None},
    "TokenRequest": {
        "no grant": {"audience": AUDIENCE},
        "no audience": {"grant_type": GRANT},
        "an empty audience": {"grant_type": GRANT, "audience": ""},
        "an audience that is no string": {"grant_type": GRANT, "audience": 1},
        "no value of the audience": {"grant_type": GRANT, "audience": None},
        "another grant": {"grant_type": "password", "audience": AUDIENCE},
        "the secret in the body": {"grant_type": GRANT, "audience": AUDIENCE, "client_secret": "s"},
        "a list": [],
        "text": "grant_type=client_credentials",
    },
    "TokenResponse": {
        "no token": {"token_type": "Bearer"},
        "no scheme": {"access_token": "a.b.c"},
        "an empty token": ISSUED | {"access_token": ""},
        "an empty scheme": ISSUED | {"token_type": ""},
        "no value of the token": ISSUED | {"access_token": None},
        "a token that is no string": ISSUED | {"access_token": 42},
        "a lifetime in words": ISSUED | {"expires_in": "an hour"},
        "no value of the lifetime": ISSUED | {"expires_in": None},
        "a list": [ISSUED],
        "nothing": {},
    },
    "ExpiresIn": {
        "a negative number": -1,
        "negative text": "-1",
        "a fraction": 1.5,
        "a fraction as text": "1.5",
        "empty text": "",
        "a word": "soon",
        "a truth value": True,
        "none": None,
    },
    "ErrorBody": {
        "a status as text": {"status": "401"},
        "a message that is no string": {"message": {"text": "a"}},
        "an error that is no string": {"error": 1},
        "a list": [],
        "text": "Unauthorized",
    },
}
