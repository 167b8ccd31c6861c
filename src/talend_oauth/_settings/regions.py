"""Regions of Talend Cloud, and the base URL of the API of each.

Sources: Talend's API reference names the five documented regions; Qlik's table "Talend Cloud
application URLs" names the others by the URLs of their portals. That `api.<id>` follows from
those is inference, so an unknown id is warned of and used.
"""

from __future__ import annotations

import re

from talend_oauth._reporting import warn_once
from talend_oauth.errors import ConfigurationError

from .checks import problem_with_url

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

_PLACES: Mapping[str, str] = {**DOCUMENTED, **INFERRED}
# Talend's id of a place by Qlik's id of the same place. `ap` and `eu` mean other places at Talend.
QLIK_IDS: Mapping[str, str] = {"ap": "au", "de": "eu", "eu": "ie", "jp": "ap"}

# What else people call a place.
_ALIASES = (
    "ap: asia pacific apac tokyo japan; au: australia sydney aus oceania ap-southeast-2; "
    "eu: europe frankfurt emea germany; us: united-states usa america virginia; "
    "us-west: westus west-us united-states-west; ae: uae united-arab-emirates emirates dubai; "
    "br: brazil sao-paulo; fr: france paris; ie: ireland dublin; il: israel tel-aviv; "
    "in: india mumbai ap-south-1; sg: singapore ap-southeast-1; "
    "uk: united-kingdom gb great-britain england london"
)
_EXAMPLE = "It looks like https://api.eu.cloud.talend.com; a region's id is TALEND_REGION."
_DOMAIN = ".cloud.talend.com"
_QLIK_DOMAIN = ".qlikcloud.com"
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHOWN = re.compile(r"[A-Za-z0-9 _-]{1,16}")  # longer than an id, shorter than a secret
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/?#]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?P<rest>[?#].*)?",
    re.DOTALL,
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def list_ids() -> str:
    """Return the documented ids, for messages."""
    *others, last = sorted(DOCUMENTED)
    return f"{', '.join(others)} or {last}"


def qlik_mix_up(api_url: str | None) -> str:
    """Return a sentence if Qlik's name for another place is this region's id, else nothing."""
    region = (api_url or "").removeprefix("https://api.").removesuffix(_DOMAIN)
    if region not in QLIK_IDS or region not in _PLACES:
        return ""
    other = QLIK_IDS[region]
    return (
        f"Talend's {region!r} is {_PLACES[region]}; Qlik's {region!r} is Talend's {other!r}, "
        f"{_PLACES[other]}."
    )


def suggest_region(name: str) -> str:
    """Return the id of the region that a name probably means; empty if none is similar.

    Args:
        name: Lower case, with hyphens between its words.
    """
    ids = {region: region for region in _PLACES}
    for entry in _ALIASES.split("; "):
        region, aliases = entry.split(": ")
        ids |= dict.fromkeys(aliases.split(), region)
    for alias in sorted(ids, reverse=True):  # of us and us-west the longer first
        if f"-{alias}-" in f"-{name}-" or alias == name.rstrip("-0123456789"):
            return ids[alias]
    from difflib import get_close_matches

    return "".join(ids[alias] for alias in get_close_matches(name, ids, n=1, cutoff=0.81))


def api_url_of_region(region: str, setting: str) -> str:
    """Return the base URL of a region's API. Warns of an unknown id.

    Args:
        region: An id such as `eu`.
        setting: Where it was given, for messages.

    Raises:
        ConfigurationError: When it is no id, or Qlik's, or nearly a known one.
    """
    name = region.lower()
    if name in _PLACES:
        return f"https://api.{name}{_DOMAIN}"
    if name in QLIK_IDS:
        raise ConfigurationError(
            f"{setting} is {name!r}, Qlik's name; Talend calls the same place {QLIK_IDS[name]!r}.",
            hint=f"Set the region to {QLIK_IDS[name]!r}. All names: talend-oauth regions",
        )
    is_shown = _SHOWN.fullmatch(region) is not None
    shown = f" {region!r}," if is_shown else ""
    no_id = f"{setting} is{shown} not the id of a Talend Cloud region."
    meant = suggest_region(re.sub(r"[^a-z0-9]+", "-", name))
    if meant:
        raise ConfigurationError(
            f"{no_id} Did you mean {meant!r}, {_PLACES[meant]}?",
            hint="`talend-oauth regions` lists all ids. If it is none of them, set TALEND_API_URL "
            "to the URL of its API.",
        )
    problem = problem_with_url(name)
    if problem is not None or not is_shown or not _ID.fullmatch(name):
        what = no_id if problem is None else f"{setting} {problem[0]}."
        raise ConfigurationError(what, hint=f"Use {list_ids()}.")
    warn_once(
        f"{setting} is {name!r}, which is not a known Talend Cloud region; using it all the same. "
        f"Documented: {', '.join(sorted(DOCUMENTED))}"
    )
    return f"https://api.{name}{_DOMAIN}"


def is_loopback(host: str) -> bool:
    """Return whether a host, as it stands in a URL, is this machine."""
    return _LOOPBACK.fullmatch(host) is not None


def check_api_url(text: str, setting: str) -> str:
    """Return the base URL of an API without a trailing slash.

    The URL of a region's portal, which is what people have in front of them, is taken as its
    region. Plain http is for this machine only: the secret would travel in the clear.

    Args:
        text: The URL as given.
        setting: Where it was given, for messages.

    Raises:
        ConfigurationError: When it is no URL of a host alone, or no host that can be an API.
    """
    match = _URL.fullmatch(text)
    if "@" in text and (match is None or match["user"]):
        raise ConfigurationError(
            f"{setting} holds a user name or password.",
            hint="Give the URL alone; the client ID and secret have settings of their own.",
        )
    if match is None:
        what, hint = problem_with_url(text) or ("is not a URL", _EXAMPLE)
        raise ConfigurationError(f"{setting} {what}.", hint=hint)
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    if not _is_host(host) or (port and not 0 < int(port) < 65536):
        raise ConfigurationError(f"{setting} has a host or port that cannot exist.", hint=_EXAMPLE)
    base = f"{scheme}://{host}" + (f":{port}" if port else "")
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        raise ConfigurationError(
            f"{setting} is {base}, over which the secret could be read.",
            hint="Use https; plain http is accepted only for this machine (127.0.0.1).",
        )
    if host.endswith(_QLIK_DOMAIN):
        region = QLIK_IDS.get(host.removesuffix(_QLIK_DOMAIN).rpartition(".")[2])
        raise ConfigurationError(
            f"{setting} is a URL of Qlik Cloud ({host}), not of Talend Cloud.",
            hint="Set TALEND_REGION to "
            + (f"{region!r}, Talend's name of the same place." if region else f"{list_ids()}."),
        )
    if host.endswith(_DOMAIN) and not host.startswith("api."):
        # tmc.eu.cloud.talend.com, or eu.cloud.talend.com without an application
        url = api_url_of_region(host.removesuffix(_DOMAIN).rpartition(".")[2], setting)
        warn_once(f"{setting} is the URL of a portal ({host}); using the API of its region, {url}")
        return url
    if match["path"] not in (None, "/") or match["rest"]:
        raise ConfigurationError(
            f"{setting} has a path, a query or a fragment.",
            hint=f"Give the base URL of the API alone: {base}",
        )
    return base


def _is_host(host: str) -> bool:
    """Return whether a host can exist: what httpx and DNS would otherwise fail on in odd ways."""
    *labels, last = host.split(".")
    if host.startswith("[") or last.isdigit():
        from ipaddress import ip_address

        try:
            ip_address(host.strip("[]"))
        except ValueError:
            return False
        return True
    return len(host) < 254 and all(map(_LABEL.fullmatch, (*labels, last)))  # RFC 1035, 2.3.4
