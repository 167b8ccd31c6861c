"""Where Talend Cloud is, and what to do with a name or an address that means it.

Sources: Talend's API reference names the five documented regions; Qlik's table "Talend Cloud
application URLs" names the others by the address of their portals. That `api.<id>` follows from
those is inference, so an unknown id warns and is used.
"""

from __future__ import annotations

import re
import warnings

from .errors import ConfigurationError, TalendOAuthWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTED: Mapping[str, str] = {
    "ap": "Asia Pacific (AWS, Tokyo)",
    "au": "Australia (AWS, Sydney)",
    "eu": "Europe (AWS, Frankfurt)",
    "us": "United States (AWS, US East)",
    "us-west": "United States West (Azure)",
}
INFERRED = ("ae", "at", "br", "fr", "ie", "il", "in", "sg", "uk")

# The same place under Qlik's own id, which is often another place's id at Talend.
QLIK_IDS: Mapping[str, str] = {"jp": "ap", "de": "eu"}

_DOMAIN = ".cloud.talend.com"
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/?#@]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?P<port>:\d{1,5})?"
    r"(?P<path>/[^?#]*)?(?P<rest>[?#].*)?",
    re.DOTALL,
)


def list_regions() -> str:
    """Return the documented ids with their places, for messages."""
    return ", ".join(f"{name} ({place})" for name, place in sorted(DOCUMENTED.items()))


def api_url_of(region: str) -> str:
    """Return the base URL of a region's API.

    Args:
        region: An id such as `eu`; an id outside the known ones warns and is used.

    Raises:
        ConfigurationError: When the text cannot be an id.
    """
    name = region.strip().lower()
    if not _ID.fullmatch(name):
        raise ConfigurationError(
            f"The region {region!r} is not the id of a Talend Cloud region.",
            hint=f"Use one of {list_regions()}.",
        )
    if name in QLIK_IDS:
        raise ConfigurationError(
            f"The region {name!r} is Qlik's name; Talend calls the same place {QLIK_IDS[name]!r}.",
            hint=f"Set the region to {QLIK_IDS[name]!r}.",
        )
    if name not in DOCUMENTED and name not in INFERRED:
        warnings.warn(
            f"the region {name!r} is not a known Talend Cloud region; using it all the same. "
            f"Documented: {', '.join(sorted(DOCUMENTED))}",
            TalendOAuthWarning,
            stacklevel=2,
        )
    return f"https://api.{name}{_DOMAIN}"


def is_loopback(host: str) -> bool:
    """Say whether a host, as it stands in a URL, is this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def checked_api_url(text: str, *, setting: str) -> str:
    """Return the base URL of an API without a trailing slash.

    The address of a region's portal, which is what people have in front of them, is taken as
    its region. Plain http is for this machine only: the secret would travel in the clear.

    Args:
        text: The URL as given.
        setting: Where it was given, for the message.

    Raises:
        ConfigurationError: When the URL cannot be the base of an API, or is not safe.
    """
    match = _URL.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(
            f"{setting} is not a URL.", hint="It looks like https://api.eu.cloud.talend.com."
        )
    if match["user"]:
        raise ConfigurationError(
            f"{setting} holds a user name or password.",
            hint="Give the address alone; the client id and secret have settings of their own.",
        )
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"] or ""
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        raise ConfigurationError(
            f"{setting} is {scheme}://{host}{port}, over which the secret could be read.",
            hint="Use https; plain http is accepted only for this machine (127.0.0.1).",
        )
    if host.endswith(_DOMAIN) and not host.startswith("api."):
        # portal: tmc.eu.cloud.talend.com, or eu.cloud.talend.com without an application
        region = host.removesuffix(_DOMAIN).rpartition(".")[2]
        warnings.warn(
            f"{setting} is the address of a portal ({host}); using the API of its region, "
            f"https://api.{region}{_DOMAIN}",
            TalendOAuthWarning,
            stacklevel=2,
        )
        return api_url_of(region)
    if match["path"] not in (None, "", "/") or match["rest"]:
        raise ConfigurationError(
            f"{setting} has a path, a query or a fragment.",
            hint=f"Give the base of the API alone: {scheme}://{host}{port}",
        )
    return f"{scheme}://{host}{port}"
