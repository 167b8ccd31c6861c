"""Regions of Talend Cloud, and the base URL of the API of each.

Sources: Talend's API reference names the five documented regions; Qlik's table "Talend Cloud
application URLs" names the others by the URLs of their portals. That `api.<id>` follows from
those is inference, so an unknown id is warned of and used.
"""

from __future__ import annotations

import re

from talend_oauth._reporting import warn_once

from .checks import closest, problem_with_url, wrong

DOCUMENTED = ("ap", "au", "eu", "us", "us-west")
HINT = (
    "The region is ap, au, eu, us or us-west: the URL of your portal names it. "
    "`talend-oauth regions` lists all; for any other set TALEND_API_URL."
)
# Each region's place, and what else people call it.
_REGIONS = {
    "ae": ("United Arab Emirates", "uae united-arab-emirates emirates dubai"),
    "ap": ("Asia Pacific (AWS, Tokyo)", "asia pacific apac tokyo japan jp"),
    "at": ("early adopters", ""),
    "au": ("Australia (AWS, Sydney)", "australia sydney aus oceania ap-southeast-2"),
    "br": ("Brazil", "brazil sao-paulo"),
    "eu": ("Europe (AWS, Frankfurt)", "europe frankfurt emea germany de"),
    "fr": ("France", "france paris"),
    "ie": ("Ireland", "ireland dublin"),
    "il": ("Israel", "israel tel-aviv"),
    "in": ("India", "india mumbai ap-south-1"),
    "sg": ("Singapore", "singapore ap-southeast-1"),
    "uk": ("United Kingdom", "united-kingdom gb great-britain england london"),
    "us": ("United States (AWS, US East)", "united-states usa america virginia"),
    "us-west": ("United States West (Azure)", "westus west-us united-states-west"),
}
PLACES = {region: place for region, (place, _) in _REGIONS.items()}
# Talend's id of a place by Qlik's id of the same place. `ap` and `eu` mean other places at Talend.
QLIK_IDS = {"ap": "au", "de": "eu", "eu": "ie", "jp": "ap"}

_USE_HTTPS = "Use https; plain http is for 127.0.0.1. A sandbox's container must share its network."
_EXAMPLE = "It looks like https://api.eu.cloud.talend.com; a region's id is TALEND_REGION."
_DOMAIN = ".cloud.talend.com"
_ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_URL = (
    r"(?as)(?P<scheme>[a-zA-Z][a-zA-Z\d+.-]*)://(?P<user>[^/?#]*@)?"
    r"(?P<host>\[[\da-fA-F:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?(?P<rest>[/?#].*)?"
)


def qlik_mix_up(api_url: str | None) -> str:
    """Return a sentence if Qlik's name for another place is this region's id, else nothing."""
    region = (api_url or "").removeprefix("https://api.").removesuffix(_DOMAIN)
    if region not in QLIK_IDS or region not in PLACES:
        return ""
    qlik = f"Qlik's {region!r} is Talend's {QLIK_IDS[region]!r}, {PLACES[QLIK_IDS[region]]}"
    return f"Talend's {region!r} is {PLACES[region]}; {qlik}."


def suggest_region(name: str) -> str:
    """Return the id of the region that a name probably means; empty if none is similar.

    Args:
        name: Lower case, with hyphens between its words.
    """
    ids = {alias: it for it, (_, more) in _REGIONS.items() for alias in f"{it} {more}".split()}
    for alias in sorted(ids, reverse=True):  # of us and us-west the longer first
        if f"-{alias}-" in f"-{name}-" or alias == name.rstrip("-0123456789"):
            return ids[alias]
    return ids.get(closest(name, [*ids]), "")


def api_url_of_region(region: str, setting: str) -> str:
    """Return the base URL of a region's API. Warns of an unknown id.

    Args:
        region: An id such as `eu`.
        setting: Where it was given, for messages.

    Raises:
        ConfigurationError: When it is no id, or Qlik's, or nearly a known one.
    """
    name = region.lower()
    url = f"https://api.{name}{_DOMAIN}"
    if name in PLACES:
        return url
    meant = suggest_region(re.sub(r"[^a-z0-9]+", "-", name))
    problem = problem_with_url(name)
    # longer than an id, shorter than a secret
    is_shown = re.fullmatch(r"[A-Za-z0-9 _-]{1,16}", region) is not None
    if meant or problem or not is_shown or not re.fullmatch(_ID, name):
        what = f"is{f' {region!r},' if is_shown else ''} not the id of a Talend Cloud region"
        hint = f"Did you mean {meant!r}, {PLACES[meant]}? " if meant else ""
        raise wrong(setting, problem[0] if problem else what, hint + HINT)
    warn_once(f"{setting} is {name!r}, not a known region of Talend Cloud; it is used all the same")
    return url


def is_loopback(host: str) -> bool:
    """Return whether a host, as it stands in a URL, is this machine."""
    return re.fullmatch(r"(?i:localhost)|127(?:\.\d{1,3}){3}|\[::1\]", host) is not None


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
    match = re.fullmatch(_URL, text)
    if "@" in text and (match is None or match["user"]):
        hint = "Give the URL alone; the client ID and secret have settings of their own."
        raise wrong(setting, "holds a user name or password", hint)
    if match is None:
        raise wrong(setting, *(problem_with_url(text) or ("is not a URL", _EXAMPLE)))
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    if not is_host(host) or not 0 < int(port or 1) < 65536:
        raise wrong(setting, "has a host or port that cannot exist", _EXAMPLE)
    is_default = int(port or 0) == {"https": 443, "http": 80}.get(scheme)
    base = f"{scheme}://{host}" + (f":{port}" if port and not is_default else "")
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        raise wrong(setting, f"is {base}, over which the secret could be read", _USE_HTTPS)
    if host.endswith(".qlikcloud.com"):
        region = QLIK_IDS.get(host.split(".")[-3])
        hint = f"Set TALEND_REGION to {region!r}, Talend's name of the same place."
        what = f"is a URL of Qlik Cloud ({host}), not of Talend Cloud"
        raise wrong(setting, what, hint if region else HINT)
    if host.endswith(_DOMAIN) and not host.startswith("api."):
        # tmc.eu.cloud.talend.com, or eu.cloud.talend.com without an application
        url = api_url_of_region(host.split(".")[-4], setting)
        warn_once(f"{setting} is the URL of a portal ({host}); using the API of its region, {url}")
        return url
    if match["rest"] not in (None, "/"):
        hint = f"Give the base URL of the API alone: {base}"
        raise wrong(setting, "has a path, a query or a fragment", hint)
    return base


def is_host(host: str) -> bool:
    """Return whether a host can exist: what httpx and DNS would otherwise fail on in odd ways.

    Args:
        host: An address, or letters, digits, hyphens, underscores and dots, in ASCII.
    """
    labels = host.split(".")
    if not host.startswith("[") and not labels[-1].isdigit():
        # RFC 1035, section 2.3.4
        return len(host) <= 253 and all(0 < len(it.strip("-")) == len(it) <= 63 for it in labels)
    from ipaddress import ip_address

    try:
        return bool(ip_address(host.strip("[]")))
    except ValueError:
        return False
