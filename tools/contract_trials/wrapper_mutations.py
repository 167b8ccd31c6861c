# ruff: noqa: E501 - a mutation a line reads as a table
"""Edits of the wrapper's one file that imports the generated client, as a mistake would make them."""

from __future__ import annotations

from .changes import Mutation, text

ENDPOINT = "src/talend_oauth/_token_endpoint/request.py"
SCHEME_CHECK = 'if token_type.lower() != "bearer":'
TOO_LARGE = "            if size > LARGEST_ANSWER:\n"
TOO_SLOW = "            if self._clock.monotonic() > self._deadline:\n"

# fmt: off
MUTATIONS = [
    Mutation("id and secret are exchanged", text(ENDPOINT, "BasicAuth(settings.client_id, secret.reveal())", "BasicAuth(secret.reveal(), settings.client_id)")),
    Mutation("no credentials are sent", text(ENDPOINT, '"auth": httpx.BasicAuth(settings.client_id, secret.reveal()),\n', "")),
    Mutation("the version is sent in the query", text(ENDPOINT, "talend_version_header=", "talend_version_query=")),
    Mutation("no version is sent", text(ENDPOINT, ", talend_version_header=self._settings.talend_version", "")),
    Mutation("the audience is always the host", text(ENDPOINT, "audience=self._settings.audience", 'audience=self._settings.api_url or ""')),
    Mutation("there are no time limits", text(ENDPOINT, "timeout=httpx.Timeout(min(READ_TIMEOUT, left), connect=min(CONNECT_TIMEOUT, left))", "timeout=None")),
    Mutation("the time that is left is ignored", text(ENDPOINT, "httpx.Timeout(min(READ_TIMEOUT, left)", "httpx.Timeout(READ_TIMEOUT")),
    Mutation("redirects are followed", text(ENDPOINT, "        httpx_args={\n", "        follow_redirects=True,\n        httpx_args={\n")),
    Mutation("an answer may be of any size", text(ENDPOINT, TOO_LARGE, "            if size < 0:\n")),
    Mutation("an answer may take any time", text(ENDPOINT, TOO_SLOW, "            if size < 0:\n")),
    Mutation("a compressed answer is read", text(ENDPOINT, 'if encoding not in ("", "identity"):', "if False:")),
    Mutation("bad JSON is not caught", text(ENDPOINT, "(KeyError, TypeError, ValueError, AttributeError, RecursionError)", "(KeyError, TypeError, AttributeError, RecursionError)")),
    Mutation("a missing key is not caught", text(ENDPOINT, "(KeyError, TypeError, ValueError, AttributeError, RecursionError)", "(TypeError, ValueError, AttributeError, RecursionError)")),
    Mutation("an answer that is no object is not caught", text(ENDPOINT, "(KeyError, TypeError, ValueError, AttributeError, RecursionError)", "(KeyError, ValueError, RecursionError)")),
    Mutation("JSON that is too deep is not caught", text(ENDPOINT, "AttributeError, RecursionError)", "AttributeError)")),
    Mutation("a failure below HTTP is not caught", text(ENDPOINT, "except httpx.HTTPError as error", "except httpx.ProxyError as error")),
    Mutation("a list of pairs is taken for an object", text(ENDPOINT, 'self._is_object = response.content.lstrip(b" \\t\\r\\n").startswith(b"{")', "self._is_object = True")),
    Mutation("any type of token is taken", text(ENDPOINT, SCHEME_CHECK, "if False:")),
    Mutation("the type of the token is case-sensitive", text(ENDPOINT, 'token_type.lower() != "bearer"', 'token_type != "Bearer"')),
    Mutation("any text is taken for a token", text(ENDPOINT, "if not is_b64token(_text(parsed.access_token)):", "if not _text(parsed.access_token):")),
    Mutation("the media type of a token is not looked at", text(ENDPOINT, "Answer) -> AccessToken | TalendOAuthError:\n        if not answer.is_json and answer.media_type:", "Answer) -> AccessToken | TalendOAuthError:\n        if False:")),
    Mutation("the lifetime is not read", text(ENDPOINT, "lifetime_of(parsed.expires_in,", "lifetime_of(None,")),
    Mutation("what the server says is lost", text(ENDPOINT, "_texts(parsed).items()", "{}.items()")),
    Mutation("a field of an error has a wrong name", text(ENDPOINT, '"requestId")', '"request_id")')),
    Mutation("a field of an error is forgotten", text(ENDPOINT, '"detail", "error_description"', '"error_description"')),
    Mutation("the time to wait is not read", text(ENDPOINT, 'headers.get("retry-after", "")', 'headers.get("retry-later", "")')),
]
