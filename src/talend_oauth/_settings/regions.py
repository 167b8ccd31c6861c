"""Where Talend Cloud is, and what to do with a name or an address that means it.

Sources: Talend's API reference names the five documented regions; Qlik's table "Talend Cloud
application URLs" names the others by the address of their portals. That `api.<id>` follows from
those is inference, so an unknown id warns and is used.

The functions return an error instead of raising it: a traceback would show the raw text.
"""

from __future__ import annotations

import re
from collections import namedtuple

from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NamedTuple

    class Place(NamedTuple):
        """The base URL of an API, and what to warn of."""

        api_url: str
        warning: str = ""

else:
    # typing.NamedTuple would cost a millisecond or two of start-up.
    Place = namedtuple("Place", ["api_url", "warning"], defaults=[""])  # noqa: PYI024

DOCUMENTED: Mapping[str, str] = {
    "ap": "Asia Pacific (AWS, Tokyo)",
    "au": "Australia (AWS, Sydney)",
    "eu": "Europe (AWS, Frankfurt)",
    "us": "United States (AWS, US East)",
    "us-west": "United States West (Azure)",
}
INFERRED: Mapping[str, str] = {
    "ae": "United Arab Emirates",
    "at": "early adopters",
    "br": "Brazil",
    "fr": "France",
    "ie": "Ireland",
    "il": "Israel",
    "in": "India",
    "sg": "Singapore",
    "uk": "United Kingdom",
}

# Talend's id of a place by Qlik's id of the same place. `ap` and `eu` mean other places at Talend.
QLIK_IDS: Mapping[str, str] = {"ap": "au", "de": "eu", "eu": "ie", "jp": "ap"}

_DOMAIN = ".cloud.talend.com"
_QLIK_DOMAIN = ".qlikcloud.com"
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHOWN = re.compile(r"[A-Za-z0-9 -]{1,16}")  # longer than an id, shorter than a secret
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/?#]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?P<port>:\d{1,5})?"
    r"(?P<path>/[^?#]*)?(?P<rest>[?#].*)?",
    re.DOTALL,
)


def list_regions() -> str:
    """Return the documented ids with their places, for messages."""
    return ", ".join(f"{name} ({place})" for name, place in sorted(DOCUMENTED.items()))


def list_ids() -> str:
    """Return the documented ids, for messages."""
    *others, last = sorted(DOCUMENTED)
    return f"{', '.join(others)} or {last}"


def is_known(region: str) -> bool:
    """Say whether an id is documented, or in Qlik's table."""
    return region in DOCUMENTED or region in INFERRED


def qlik_mix_up(api_url: str | None) -> str:
    """Return a sentence if Qlik's name for another place is this region's id, else nothing."""
    region = (api_url or "").removeprefix("https://api.").removesuffix(_DOMAIN)
    other = QLIK_IDS.get(region)
    if other is None or not is_known(region):
        return ""
    there = DOCUMENTED.get(other) or INFERRED[other]
    return (
        f"Talend's {region!r} is {DOCUMENTED[region]}; Qlik's {region!r} is Talend's {other!r}, "
        f"{there}."
    )


def place_of_region(region: str, setting: str) -> Place | ConfigurationError:
    """Return the base URL of a region's API, or the error to raise.

    Args:
        region: An id such as `eu`; one outside the known ones comes with a warning.
        setting: Where it was given, for the message.
    """
    name = region.strip().lower()
    if name in QLIK_IDS and not is_known(name):
        return ConfigurationError(
            f"{setting} is {name!r}, Qlik's name; Talend calls the same place {QLIK_IDS[name]!r}.",
            hint=f"Set the region to {QLIK_IDS[name]!r}. All names: talend-oauth regions",
        )
    if not _ID.fullmatch(name) or not _SHOWN.fullmatch(name):
        shown = f" {region!r}," if _SHOWN.fullmatch(region) else ""
        if name.endswith(_DOMAIN) or "://" in name:
            return ConfigurationError(
                f"{setting} is an address, not the id of a region.",
                hint="Give the id alone, such as eu, or the address as TALEND_API_URL (api_url=).",
            )
        return ConfigurationError(
            f"{setting} is{shown} not the id of a Talend Cloud region.",
            hint=f"Use one of {list_regions()}.",
        )
    api_url = f"https://api.{name}{_DOMAIN}"
    if is_known(name):
        return Place(api_url)
    return Place(
        api_url,
        f"{setting} is {name!r}, which is not a known Talend Cloud region; using it all the same. "
        f"Documented: {', '.join(sorted(DOCUMENTED))}",
    )


def is_loopback(host: str) -> bool:
    """Say whether a host, as it stands in a URL, is this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def place_of_url(text: str, setting: str) -> Place | ConfigurationError:
    """Return the base URL of an API without a trailing slash, or the error to raise.

    The address of a region's portal, which is what people have in front of them, is taken as
    its region. Plain http is for this machine only: the secret would travel in the clear.

    Args:
        text: The URL as given.
        setting: Where it was given, for the message.
    """
    match = _URL.fullmatch(text.strip())
    if match is None:
        if "@" in text:
            return _user_info(setting)
        return ConfigurationError(
            f"{setting} is not a URL.", hint="It looks like https://api.eu.cloud.talend.com."
        )
    if match["user"]:
        return _user_info(setting)
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"] or ""
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        return ConfigurationError(
            f"{setting} is {scheme}://{host}{port}, over which the secret could be read.",
            hint="Use https; plain http is accepted only for this machine (127.0.0.1).",
        )
    if host.endswith(_QLIK_DOMAIN):
        return _qlik_address(host, setting)
    if host.endswith(_DOMAIN) and not host.startswith("api."):
        return _portal(host, setting)
    if match["path"] not in (None, "", "/") or match["rest"]:
        return ConfigurationError(
            f"{setting} has a path, a query or a fragment.",
            hint=f"Give the base of the API alone: {scheme}://{host}{port}",
        )
    return Place(f"{scheme}://{host}{port}")


def _user_info(setting: str) -> ConfigurationError:
    return ConfigurationError(
        f"{setting} holds a user name or password.",
        hint="Give the address alone; the client id and secret have settings of their own.",
    )


def _portal(host: str, setting: str) -> Place | ConfigurationError:
    # tmc.eu.cloud.talend.com, or eu.cloud.talend.com without an application
    place = place_of_region(host.removesuffix(_DOMAIN).rpartition(".")[2], setting)
    if isinstance(place, ConfigurationError):
        return place
    return Place(
        place.api_url,
        f"{setting} is the address of a portal ({host}); using the API of its region, "
        f"{place.api_url}",
    )


def _qlik_address(host: str, setting: str) -> ConfigurationError:
    region = host.removesuffix(_QLIK_DOMAIN).rpartition(".")[2]
    talend = QLIK_IDS.get(region)
    hint = "Use the address of your Talend portal, or the id of its region as TALEND_REGION."
    if talend is not None:
        hint = f"Qlik's region {region!r} is Talend's {talend!r}: set TALEND_REGION to {talend!r}."
    return ConfigurationError(
        f"{setting} is an address of Qlik Cloud ({host}), not of Talend Cloud.", hint=hint
    )
