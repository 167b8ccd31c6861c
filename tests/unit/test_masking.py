"""What a server says is masked in every form, and bounded before it is searched."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from talend_oauth._settings.secrets import Secret
from talend_oauth._token_endpoint.masking import Mask, shortened

CLIENT_ID, SECRET = "an-id", "cAn>>>???ArY/~s4711"
PAIR = f"{CLIENT_ID}:{SECRET}"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl-_"
MASK = Mask(CLIENT_ID, Secret(SECRET))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS = {
    "secret": SECRET,
    "secret in capitals": SECRET.upper(),
    "quoted secret": quote(SECRET, safe=""),
    "quoted secret in lower case": quote(SECRET, safe="").lower(),
    "base64 of the secret": encoded(SECRET),
    "base64 of the secret without padding": encoded(SECRET).rstrip("="),
    "base64 for URLs of the secret": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "quoted base64 of the secret": quote(encoded(SECRET), safe=""),
    "pair": PAIR,
    "quoted pair": quote(PAIR, safe=""),
    "base64 of the pair": encoded(PAIR),
    "base64 of the pair without padding": encoded(PAIR).rstrip("="),
    "base64 for URLs of the pair": base64.urlsafe_b64encode(PAIR.encode()).decode(),
    "quoted base64 of the pair": quote(encoded(PAIR), safe=""),
    "JWT": JWT,
    "JWT without a signature": JWT.rpartition(".")[0] + ".",
    "basic": "basic b3BhcXVl",
    "bearer": "BEARER \t opaque",
    "Bearer and a comma": "Bearer opaque",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_or_token_is_masked_and_its_surroundings_are_kept(form: str) -> None:
    shown = MASK(f"before {FORMS[form]}, after")

    assert shown.replace("=", "").replace("%3D", "").replace("%3d", "") in (
        "before ***, after",
        "before an-id:***, after",
    )


def test_the_forms_that_are_tried_differ_from_each_other() -> None:
    # else the test above would not tell them apart
    assert len({form.rstrip("=") for form in FORMS.values()}) >= len(FORMS) - 4
    assert "+" in encoded(SECRET) + encoded(PAIR)
    assert "/" in encoded(SECRET) + encoded(PAIR)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid audience https://api.eu.cloud.talend.com",
        "api.eu.cloud.talend.com",
        "version 1.2.3 of service-account-manager.internal",
        "elevenchars.abcdef.ghi",
        "twelve-chars.abcde.ghi",
        "Bearer",
    ],
)
def test_ordinary_words_are_kept(text: str) -> None:
    assert MASK(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x" * 65_536,
        "x-" * 30_000,
        "x" * 30_000 + "." + "x" * 30_000,
        "xxxxxxxxxxxx.xxxxxx" * 3_000,
        "Bearer" + " " * 60_000,
        "Basic " * 10_000,
        "\t" * 65_536,
        "eyJ" * 20_000,
        SECRET[:-1] * 2_500,
    ],
    ids=lambda text: text[:12],
)
def test_a_text_of_any_length_and_kind_is_shown_short(text: str) -> None:
    assert len(MASK(text)) <= 203


def test_a_text_is_cut_before_it_is_searched() -> None:
    searched: list[int] = []

    class Hidden:
        def sub(self, _: str, text: str) -> str:
            searched.append(len(text))
            return text

    mask = Mask(CLIENT_ID, Secret(SECRET))
    mask._hidden = Hidden()  # type: ignore[assignment]
    mask("word " * 20_000)
    mask("x" * 2_000)
    mask("x" * 2_001)

    assert searched == [399 * len("word ") - 1 + len(" ..."), 2_000, len(" ...")]


@pytest.mark.parametrize("needle", [SECRET, encoded(PAIR), JWT, "Bearer opaque"])
@pytest.mark.parametrize("offset", range(0, 70, 3))
def test_nothing_secret_is_shown_where_a_long_text_is_cut(needle: str, offset: int) -> None:
    # As many as make the masked text short enough to be shown to its end.
    text = "x" * offset + f" {needle}" * 400
    shown = MASK(text)

    assert set(shown.replace("Bearer ...", "")) <= set("x*=. ")


def test_a_text_is_shown_on_one_line_without_control_characters_up_to_200_characters() -> None:
    assert MASK(" a\r\n\tb\x1b[31m\u202ec ") == "a b [31m c"
    assert MASK("x" * 200) == "x" * 200
    assert MASK("x" * 201) == "x" * 200 + "..."
    assert shortened("abc def", 3) == "abc..."
    assert shortened("abc", 3) == "abc"


def test_a_mask_shows_nothing_of_what_it_hides() -> None:
    assert SECRET not in repr(MASK)
