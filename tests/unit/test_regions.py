"""Regions of Talend Cloud and the base URLs of their APIs."""

from __future__ import annotations

import pytest

from talend_oauth import TalendOAuthWarning
from talend_oauth._settings.regions import (
    DOCUMENTED,
    HINT,
    PLACES,
    QLIK_IDS,
    api_url_of_region,
    check_api_url,
    is_loopback,
    qlik_mix_up,
    suggest_region,
)
from talend_oauth.errors import ConfigurationError

EU = "https://api.eu.cloud.talend.com"


@pytest.mark.parametrize("region", PLACES)
def test_a_known_region_is_a_host(region: str) -> None:
    assert api_url_of_region(region.upper(), "region") == f"https://api.{region}.cloud.talend.com"


@pytest.mark.parametrize("region", ["mars", "ca", "kr", "xx-yy", "a" * 16])
def test_an_unknown_region_warns_and_works(region: str) -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        url = api_url_of_region(region, "TALEND_REGION")

    assert url == f"https://api.{region}.cloud.talend.com"
    warning = (
        f"TALEND_REGION is {region!r}, not a known region of Talend Cloud; it is used all the same"
    )
    assert [str(it.message) for it in warned] == [warning]


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("Europe", "eu"),
        ("eurpoe", "eu"),
        ("EU-west", "eu"),
        ("eu-west-1", "eu"),
        ("eu1", "eu"),
        ("Frankfurt", "eu"),
        ("AWS Frankfurt", "eu"),
        ("us-east", "us"),
        ("US East", "us"),
        ("usa", "us"),
        ("united-states", "us"),
        ("United States West (Azure)", "us-west"),
        ("uswest", "us-west"),
        ("wetus", "us-west"),
        ("us_west", "us-west"),
        ("us-west-2", "us-west"),
        ("Asia Pacific (AWS, Tokyo)", "ap"),
        ("ap-northeast-1", "ap"),
        ("ap-southeast-2", "au"),
        ("sydney", "au"),
        ("gb", "uk"),
        ("https://tmc.eu.cloud.talend.com", "eu"),
        ("api.us-west.cloud.talend.com", "us-west"),
        ("eu\n.evil", "eu"),
        ("-au-", "au"),
        ("de", "eu"),
        ("JP", "ap"),
    ],
)
def test_a_near_miss_is_refused_with_the_region_that_is_meant(name: str, region: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        api_url_of_region(name, "region")

    assert caught.value.hint == f"Did you mean {region!r}, {PLACES[region]}? {HINT}"


@pytest.mark.parametrize("name", ["mars", "ca", "kr", "int", "", "a" * 40, "test", "eastern"])
def test_a_name_that_is_not_similar_to_a_region_suggests_none(name: str) -> None:
    assert suggest_region(name) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mars Base", " 'Mars Base',"),
        ("a" * 17, ""),
        ("m/ars", ""),
        ("https://mars", ""),
        ("mars-", " 'mars-',"),
        ("m_ars", " 'm_ars',"),
    ],
)
def test_what_is_no_id_is_refused_and_shown_only_if_it_is_short(text: str, shown: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        api_url_of_region(text, "region")

    assert caught.value.message in (
        f"region is{shown} not the id of a Talend Cloud region.",
        "region has white space or a control character inside.",
    )
    assert caught.value.hint == HINT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "region is empty."),
        ("None", "region is the word none, null or undefined."),
        ("${REGION}", "region is a placeholder or reference that nothing replaced."),
    ],
)
def test_what_cannot_be_a_region_is_refused_with_what_it_is(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        api_url_of_region(text, "region")

    assert caught.value.message == message
    assert caught.value.hint == HINT


def test_the_documented_regions_are_listed() -> None:
    *others, last = DOCUMENTED
    assert f"The region is {', '.join(others)} or {last}: " in HINT
    assert set(DOCUMENTED) <= PLACES.keys()


def test_qliks_name_for_another_place_is_told_where_both_have_the_id() -> None:
    assert qlik_mix_up(EU) == (
        "Talend's 'eu' is Europe (AWS, Frankfurt); Qlik's 'eu' is Talend's 'ie', Ireland."
    )
    assert qlik_mix_up("https://api.ap.cloud.talend.com") == (
        "Talend's 'ap' is Asia Pacific (AWS, Tokyo); Qlik's 'ap' is Talend's 'au', Australia "
        "(AWS, Sydney)."
    )
    for url in (None, "https://api.us.cloud.talend.com", "https://api.de.cloud.talend.com", "eu.x"):
        assert qlik_mix_up(url) == ""


def test_qliks_ids_lead_to_talends() -> None:
    assert set(QLIK_IDS.values()) <= PLACES.keys()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (EU, EU),
        (f"{EU}/", EU),
        ("HTTPS://API.EU.cloud.talend.com", EU),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("HTTP://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
        ("https://proxy.example:8443", "https://proxy.example:8443"),
        ("https://proxy.example:1", "https://proxy.example:1"),
        (f"{EU}:443", EU),  # the audience is made of it
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("https://proxy.example:65535", "https://proxy.example:65535"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[fe80::1]", "https://[fe80::1]"),
        ("https://4.api", "https://4.api"),
        ("https://x_y.example", "https://x_y.example"),
        (f"https://{'a' * 63}.x", f"https://{'a' * 63}.x"),
        (f"https://{'.'.join(['a' * 62] * 4)}.x", f"https://{'.'.join(['a' * 62] * 4)}.x"),
    ],
)
def test_a_base_url_is_taken_without_its_slash(text: str, url: str) -> None:
    assert check_api_url(text, "api_url") == url


@pytest.mark.parametrize(
    "text",
    [
        "https://[1:2:3]",
        "https://[:::1]",
        "https://999.999.999.999",
        "https://1.2.3",
        "https://host.4",
        "https://a..b",
        "https://.a",
        "https://a.",
        "https://-a.b",
        "https://a.b-",
        f"https://{'a' * 64}.x",
        f"https://{'.'.join(['a' * 62] * 4)}.xy",
        "https://x:0",
        "https://x:65536",
        "https://x:99999",
        "http://999.0.0.1",
    ],
)
def test_a_host_or_port_that_cannot_exist_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_api_url(text, "api_url")

    assert caught.value.message == "api_url has a host or port that cannot exist."
    assert caught.value.hint.startswith("It looks like https://api.eu.cloud.talend.com;")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "api_url is empty."),
        ("null", "api_url is the word none, null or undefined."),
        ("eu", "api_url is not a URL."),
        ("https://x:", "api_url is not a URL."),
        ("https://x:1234567", "api_url is not a URL."),
        ("'https://x'", "api_url has quotes around it."),
        ("https://$HOST", "api_url is a placeholder or reference that nothing replaced."),
        ("https://a b", "api_url has white space or a control character inside."),
        ("https://me:pw@host", "api_url holds a user name or password."),
        ("https://me:p/w@host", "api_url holds a user name or password."),
        ("me:pw@host", "api_url holds a user name or password."),
        (
            "http://sandbox:8088",
            "api_url is http://sandbox:8088, over which the secret could be read.",
        ),
        ("ftp://127.0.0.1", "api_url is ftp://127.0.0.1, over which the secret could be read."),
        (f"{EU}/x", "api_url has a path, a query or a fragment."),
        (f"{EU}/#", "api_url has a path, a query or a fragment."),
        (f"{EU}?q", "api_url has a path, a query or a fragment."),
    ],
)
def test_what_is_no_base_url_is_refused_with_what_it_is(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_api_url(text, "api_url")

    assert caught.value.message == message
    assert caught.value.hint


def test_an_at_sign_behind_the_host_is_no_user_name() -> None:
    with pytest.raises(ConfigurationError, match="has a path"):
        check_api_url(f"{EU}/@x", "api_url")


@pytest.mark.parametrize("host", ["tmc.eu", "portal.eu", "eu"])
def test_the_url_of_a_portal_is_taken_as_its_region(host: str) -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        url = check_api_url(f"https://{host}.cloud.talend.com/login", "TALEND_API_URL")

    assert url == EU
    warning = (
        f"TALEND_API_URL is the URL of a portal ({host}.cloud.talend.com); using the API of its "
        f"region, {EU}"
    )
    assert [str(it.message) for it in warned] == [warning]


@pytest.mark.parametrize(("name", "talend"), [("eu", "ie"), ("ap", "au"), ("de", "eu")])
def test_a_url_of_qlik_cloud_is_refused_with_talends_name(name: str, talend: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_api_url(f"https://tenant.{name}.qlikcloud.com", "api_url")

    assert caught.value.message == (
        f"api_url is a URL of Qlik Cloud (tenant.{name}.qlikcloud.com), not of Talend Cloud."
    )
    assert caught.value.hint == f"Set TALEND_REGION to {talend!r}, Talend's name of the same place."


def test_a_url_of_a_place_that_qlik_alone_has_is_refused_with_talends_ids() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_api_url("https://ca.qlikcloud.com", "api_url")

    assert caught.value.hint == HINT


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
    ],
)
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    assert loopback == is_loopback(host)
