"""Ways in which a server can break the contract, each of which has to be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from talend_oauth.sandbox import Sandbox

Break = Callable[[Sandbox], None]


def _always(**fault: object) -> Break:
    return lambda sandbox: sandbox.fail(times=None, **fault)  # type: ignore[arg-type]


def _set(**changes: object) -> Break:
    return lambda sandbox: sandbox.settings.change(changes)


BREACHES: Mapping[str, Break] = {
    "201 in place of every status": _always(status=201),
    "an undocumented 422": _always(status=422),
    "500 for everything": _always(status=500),
    "no token_type": _always(merge={"token_type": None}),
    "no access_token": _always(merge={"access_token": None}),
    "an empty access_token": _always(merge={"access_token": ""}),
    "token_type is a number": _always(merge={"token_type": 7}),
    "expires_in is a fraction": _always(merge={"expires_in": 1799.5}),
    "expires_in is negative": _always(merge={"expires_in": -1}),
    "expires_in is no number": _always(merge={"expires_in": "soon"}),
    "an error's status is a string": _always(merge={"status": "bad"}),
    "a string where an object belongs": _always(body='"token"', content_type="application/json"),
    "a list where an object belongs": _always(body=[]),
    "text/plain": _always(content_type="text/plain"),
    "an HTML page": _always(body="<html></html>", content_type="text/html"),
    "no media type": _always(content_type=""),
    "half a body": _always(truncate=True),
    "the connection is reset": _always(reset=True),
    "credentials are not checked": _set(check_credentials=False),
    "bodies are not checked": _set(check_body=False),
}
