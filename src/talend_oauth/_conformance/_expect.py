"""What a case expects, held against what was seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from ._client import Item

_SUCCESS = range(200, 300)


class Mismatch(Exception):  # noqa: N818 - says what was expected and what was seen
    """Something is not as expected; the text says what, and what it is instead."""


def check_items(items: Sequence[Item], wanted: str) -> None:
    """Hold what a client reports against what a step wants of each of its requests.

    Args:
        items: One for each request.
        wanted: `ok` (a status from 200 to 299), `error` (no response), `failed` (either a status
            from 300 on or no response), or `any`.

    Raises:
        Mismatch: When one is otherwise.
    """
    for item in items:
        success = item.status is not None and item.status in _SUCCESS
        fits = {
            "ok": success,
            "error": item.error is not None,
            "failed": not success,
            "any": True,
        }[wanted]
        if not fits:
            raise Mismatch(f"expected {wanted}, and the client reported {item}")


def check(wanted: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    """Hold what was seen against an expectation.

    Args:
        wanted: By name: `token_requests` and the like are counts, `every_token_request` and
            `last_api_request` are fields of such requests, the rest are values.
        seen: The requests by kind, and other values.

    Raises:
        Mismatch: When something is otherwise.
    """
    for name, value in wanted.items():
        which, _, rest = name.partition("_")
        if which in ("every", "last"):
            requests: list[dict[str, Any]] = seen[f"{rest}s"]
            for request in requests if which == "every" else requests[-1:]:
                _check_fields(rest.replace("_", " "), request, value)
            if which == "last" and not requests:
                raise Mismatch(f"expected a {rest.replace('_', ' ')}, and there was none")
            continue
        found = len(seen[name]) if name.endswith("requests") else seen[name]
        if not _fits(value, found):
            what = name.replace("_", " ")
            raise Mismatch(f"expected {what}: {_shown(value)}; there were {found}")


def _check_fields(what: str, request: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    method: str | None = wanted.get("if_method")
    if method is not None and method != request["method"]:
        return
    for name, value in wanted.items():
        if name != "if_method" and not _fits(value, request[name]):
            raise Mismatch(
                f"expected the {name.replace('_', ' ')} of a {what} to be {_shown(value)}, "
                f"and it was {_shown(request[name])}"
            )


def _fits(wanted: Any, found: Any) -> bool:  # noqa: ANN401 - values of a case and of a request
    match wanted:
        case {"at_least": _} | {"at_most": _}:
            least, most = wanted.get("at_least", 0), wanted.get("at_most", float("inf"))
            return isinstance(found, int | float) and bool(least <= found <= most)
        case {"one_of": choices}:
            return found in choices
        case _:
            return bool(wanted == found)


def _shown(value: Any) -> str:  # noqa: ANN401 - as above
    match value:
        case {"at_least": least, "at_most": most}:
            return f"{least} to {most}"
        case {"at_least": least}:
            return f"{least} or more"
        case {"at_most": most}:
            return f"{most} or fewer"
        case {"one_of": choices}:
            return " or ".join(map(repr, choices))
        case None:
            return "absent"
        case _:
            return repr(value)
