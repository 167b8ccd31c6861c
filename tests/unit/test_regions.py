"""Where Talend Cloud is."""

from __future__ import annotations

import pytest

from talend_oauth import TalendOAuthWarning
from talend_oauth._regions import (
    DOCUMENTED,
    INFERRED,
    QLIK_IDS,
    api_url_of,
    checked_api_url,
    is_loopback,
    list_regions,
)
from talend_oauth.errors import ConfigurationError


@pytest.mark.parametrize("region", [*DOCUMENTED, *INFERRED])
def test_a_known_region_is_a_host(region: str) -> None:
    assert f"https://api.{region}.cloud.talend.com" == api_url_of(f" {region.upper()} ")


def test_an_unknown_region_warns_and_works() -> None:
    with pytest.warns(TalendOAuthWarning, match="not a known"):
        assert api_url_of("mars") == "https://api.mars.cloud.talend.com"


@pytest.mark.parametrize("name", QLIK_IDS)
def test_the_name_that_qlik_gives_a_region_is_translated_in_the_error(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{QLIK_IDS[name]}'"):
        api_url_of(name)


@pytest.mark.parametrize("text", ["", "eu.cloud", "e u", "-eu", "eu-", "https://x", "eu\n.evil"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not the id"):
        api_url_of(text)


def test_the_documented_regions_are_listed_with_their_places() -> None:
    assert "eu (Europe (AWS, Frankfurt))" in list_regions()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.eu.cloud.talend.com", "https://api.eu.cloud.talend.com"),
        ("https://api.eu.cloud.talend.com/", "https://api.eu.cloud.talend.com"),
        (" HTTPS://API.EU.cloud.talend.com ", "https://api.eu.cloud.talend.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
        ("https://proxy.example:8443", "https://proxy.example:8443"),
    ],
)
def test_a_base_url_is_taken_without_its_slash(text: str, url: str) -> None:
    assert url == checked_api_url(text, setting="api_url")


@pytest.mark.parametrize("host", ["tmc.eu", "portal.eu", "eu"])
def test_the_address_of_a_portal_is_taken_as_its_region(host: str) -> None:
    with pytest.warns(TalendOAuthWarning, match="address of a portal"):
        url = checked_api_url(f"https://{host}.cloud.talend.com/login", setting="api_url")

    assert url == "https://api.eu.cloud.talend.com"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("[::1]", True),
        ("localhost", True),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
    ],
)
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    assert loopback == is_loopback(host)
