"""Where Talend Cloud is."""

from __future__ import annotations

import pytest

from talend_oauth._settings.regions import (
    DOCUMENTED,
    INFERRED,
    Place,
    is_loopback,
    list_regions,
    place_of_region,
    place_of_url,
)
from talend_oauth.errors import ConfigurationError


@pytest.mark.parametrize("region", [*DOCUMENTED, *INFERRED])
def test_a_known_region_is_a_host(region: str) -> None:
    place = place_of_region(f" {region.upper()} ", "region")

    assert place == Place(f"https://api.{region}.cloud.talend.com")


def test_an_unknown_region_warns_and_works() -> None:
    place = place_of_region("mars", "region")

    assert isinstance(place, Place)
    assert place.api_url == "https://api.mars.cloud.talend.com"
    assert "region is 'mars', which is not a known Talend Cloud region" in place.warning


@pytest.mark.parametrize(("name", "talend"), [("de", "eu"), ("jp", "ap")])
def test_the_name_that_qlik_gives_a_region_is_translated_in_the_error(
    name: str, talend: str
) -> None:
    error = place_of_region(name, "TALEND_REGION")

    assert isinstance(error, ConfigurationError)
    assert error.message == (
        f"TALEND_REGION is {name!r}, Qlik's name; Talend calls the same place {talend!r}."
    )


@pytest.mark.parametrize(
    "text", ["", "eu.cloud", "e u", "-eu", "eu-", "eu\n.evil", "a" * 17, "us/east"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    error = place_of_region(text, "region")

    assert isinstance(error, ConfigurationError)
    assert "not the id of a Talend Cloud region" in error.message


@pytest.mark.parametrize("text", ["https://x", "api.eu.cloud.talend.com"])
def test_an_address_in_place_of_a_region_is_noticed(text: str) -> None:
    error = place_of_region(text, "region")

    assert isinstance(error, ConfigurationError)
    assert error.message == "region is an address, not the id of a region."


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
    assert place_of_url(text, "api_url") == Place(url)


@pytest.mark.parametrize("host", ["tmc.eu", "portal.eu", "eu"])
def test_the_address_of_a_portal_is_taken_as_its_region(host: str) -> None:
    place = place_of_url(f"https://{host}.cloud.talend.com/login", "api_url")

    assert isinstance(place, Place)
    assert place.api_url == "https://api.eu.cloud.talend.com"
    assert "is the address of a portal" in place.warning


@pytest.mark.parametrize(("name", "talend"), [("eu", "ie"), ("ap", "au"), ("de", "eu")])
def test_an_address_of_qlik_cloud_is_refused_with_talends_name(name: str, talend: str) -> None:
    error = place_of_url(f"https://tenant.{name}.qlikcloud.com", "api_url")

    assert isinstance(error, ConfigurationError)
    assert "is an address of Qlik Cloud" in error.message
    assert f"set TALEND_REGION to {talend!r}" in error.hint


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
