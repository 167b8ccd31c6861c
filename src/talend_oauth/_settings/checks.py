"""Each setting, found and checked. What raises here is a `ConfigurationError` for the user."""

from __future__ import annotations

import re

from talend_oauth._reporting import warn_once
from talend_oauth.errors import ConfigurationError

from .regions import Place, place_of_region, place_of_url
from .secrets import Secret, general_problem, is_encoded_pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lookup import Found
    from .sources import SecretSource

DEFAULT_TALEND_VERSION = "2021-03"
_VERSION = re.compile(r"\d{4}-\d{2}")


def find_place(found: Found) -> str | None:
    """Return the base URL of the API, by a region or by itself; None if neither is set."""
    # An argument of either kind outranks the variables of both.
    kinds = [name for name in ("region", "api_url") if found.given(name)] or ["region", "api_url"]
    region = found.text("region") if "region" in kinds else None
    url = found.text("api_url") if "api_url" in kinds else None
    from_region = from_url = None
    if region is not None:
        from_region = _agreed(place_of_region(region.reveal(), found.origin("region")))
    if url is not None:
        from_url = _agreed(place_of_url(url.reveal(), found.origin("api_url")))
    if from_region is not None and from_url is not None and from_region != from_url:
        raise ConfigurationError(
            f"{found.origin('region')} ({from_region}) and {found.origin('api_url')} ({from_url}) "
            "disagree.",
            hint="Set only one of them: the region, or the base URL of its API.",
        )
    return from_url or from_region


def _agreed(place: Place | ConfigurationError) -> str:
    if isinstance(place, ConfigurationError):
        raise place
    if place.warning:
        warn_once(place.warning)
    return place.api_url


def find_ready_token(found: Found) -> Secret | None:
    """Return the ready token, if one is to be used: a client id or secret outranks its variable."""
    token = found.text("access_token") if found.given("access_token") else None
    pair = ("client_id", "client_secret", "client_secret_file")
    if token is None and not any(found.given(name) or found.variables(name) for name in pair):
        token = found.text("access_token")
    return None if token is None else token.checked(found.origin("access_token"))


def find_pair(found: Found) -> tuple[Secret, SecretSource]:
    """Return the client id, and where its secret is."""
    client_id, secret = found.text("client_id"), found.secret()
    if client_id is not None and secret is not None:
        if secret.holds(client_id):
            raise ConfigurationError(
                f"{found.origin('client_id')} and {found.origin('client_secret')} are the same.",
                hint="Set each to its own value; both are shown when the account is created.",
            )
        return _checked_client_id(client_id, found.origin("client_id")), secret
    missing = [
        f"{name.replace('_', ' ')} (set {found.how_to_set(name)})"
        for name, value in (("client_id", client_id), ("client_secret", secret))
        if value is None
    ]
    raise ConfigurationError(
        f"No {' and no '.join(missing)}.",
        hint="Both are shown once, when a service account is created in Talend Management Console.",
    )


def _checked_client_id(client_id: Secret, origin: str) -> Secret:
    client_id = Secret(client_id.reveal().strip())
    problem = _problem_with_id(client_id.reveal())
    if problem is not None:
        raise ConfigurationError(f"{origin} {problem[0]}.", hint=problem[1])
    return client_id


def _problem_with_id(text: str) -> tuple[str, str] | None:
    if not text:
        return "is empty", "Set it to the service account's id."
    problem = general_problem(text)
    if problem is not None:
        return problem
    alone = "Give the id alone, as Talend Management Console shows it."
    if ":" in text:
        return "contains ':', which HTTP Basic cannot carry in a user name (RFC 7617)", alone
    if is_encoded_pair(text):
        return "looks already encoded: it is the base64 of an id and a secret", alone
    return None


def find_audience(found: Found, place: str | None) -> str:
    """Return the audience: as given, or the base URL."""
    audience = found.text("audience")
    if audience is None:
        return place or ""
    audience = Secret(audience.reveal().strip())
    problem = _problem_with_audience(audience.reveal())
    if problem:
        raise ConfigurationError(
            f"{found.origin('audience')} {problem}.",
            hint="Leave it out to use the base URL of the API.",
        )
    return audience.reveal()


def _problem_with_audience(text: str) -> str:
    if not text:
        return "is empty"
    if any(c.isspace() or not c.isprintable() for c in text):
        return "has white space or a control character inside"
    return "holds a user name or password" if "@" in text else ""


def find_version(found: Found) -> str:
    """Return the version of Talend's API."""
    version = found.text("talend_version")
    if version is None:
        return DEFAULT_TALEND_VERSION
    if not _VERSION.fullmatch(version.reveal()):
        raise ConfigurationError(
            "talend_version is not of the form YYYY-MM.",
            hint=f"The current one is {DEFAULT_TALEND_VERSION}; Talend answers an unknown one "
            "with its oldest, silently.",
        )
    return version.reveal()
