"""`talend-oauth api`: call one of Talend's APIs with the token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from talend_oauth.errors import ConfigurationError

from . import _console as console
from ._call import call, error_for
from ._options import parser_for

if TYPE_CHECKING:
    import argparse

    from ._parser import Parser

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2


def parser() -> Parser:
    """Return the parser of the arguments."""
    found = parser_for(
        "api",
        "Call one of the region's APIs with a valid token and the header talend-version, and print "
        "the body of the response as it came. An expired or revoked token is replaced once.",
        (
            "talend-oauth api /account/me",
            'talend-oauth api /processing/executions --data \'{"executable": "5f2c8d"}\'',
            "talend-oauth api PUT /orchestration/... --data @task.json",
            "talend-oauth api '/orchestration/executables/tasks?limit=10' | jq -r '.items[].name'",
        ),
    )
    found.usage = "talend-oauth api [options] [METHOD] PATH"
    found.add_argument(
        "request",
        nargs="+",
        metavar="[METHOD] PATH",
        help="the method (GET, or POST with --data) and a path such as /account/me",
    )
    found.add_argument(
        "--data",
        metavar="TEXT|@FILE|-",
        help="body of the request: a text, a file, or stdin; it is JSON unless a header says more",
    )
    found.add_argument(
        "--header",
        metavar="NAME:VALUE",
        action="append",
        default=[],
        help="a header of the request; may be repeated",
    )
    return found


def run(arguments: list[str]) -> int:
    """Send the request and print the body of the response.

    Raises:
        TalendOAuthError: When there is no token or no response, or its status is not a success.
    """
    options = parser().parse(arguments)
    method, path = _request(options)
    headers = [_header(text) for text in options.header]
    content = _content(options)
    if content is not None and "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", "application/json"))
    with call(options, method, path, content=content, headers=headers) as response:
        for part in response.iter_bytes():
            console.write_bytes(part)
    console.flush()
    if (error := error_for(response, method, path)) is not None:
        raise error
    return 0


def _request(options: argparse.Namespace) -> tuple[str, str]:
    words: list[str] = options.request
    method = "GET" if options.data is None else "POST"
    if len(words) > 1:
        method, words = words[0].upper(), words[1:]
    if method not in _METHODS or len(words) != 1:
        raise ConfigurationError(
            "api: the request is not a method and a path.",
            hint=f"Give one of {', '.join(_METHODS)}, then a path such as /account/me.",
        )
    if words[0].upper() in _METHODS:
        raise ConfigurationError("api: the path is missing.", hint="It looks like /account/me.")
    if "://" in words[0]:
        raise ConfigurationError(
            "api: give a path, not a URL.",
            hint="The path is taken from the region's API: /account/me; TALEND_REGION or "
            "TALEND_API_URL says which that is.",
        )
    return method, f"/{words[0].lstrip('/')}"


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    value = value.strip()
    if (
        not colon
        or not _HEADER_NAME.fullmatch(name)
        or not (value.isprintable() and value.isascii())
    ):
        raise ConfigurationError(
            "api: a --header is not of the form NAME:VALUE.",
            hint="It looks like --header 'Accept: application/json'.",
        )
    if name.lower() == "authorization":
        raise ConfigurationError(
            "api: the header Authorization is made from the token.",
            hint="To use a token that you have, set TALEND_ACCESS_TOKEN.",
        )
    return name, value


def _content(options: argparse.Namespace) -> bytes | None:
    data: str | None = options.data
    if data is None:
        return None
    if data == "-":
        if options.client_secret_file == "-":  # noqa: S105 - the name of stdin
            raise ConfigurationError(
                "Both --data and --client-secret-file read stdin.", hint="Give one as a file."
            )
        return console.read_stdin("The body")
    if not data.startswith("@"):
        return data.encode("utf-8", "surrogateescape")
    failure = ""
    try:
        with open(data[1:], "rb") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError) as error:
        failure = getattr(error, "strerror", None) or type(error).__name__
    raise ConfigurationError(
        f"The file of --data cannot be read: {failure}.", hint="Check its path: --data @body.json"
    )
