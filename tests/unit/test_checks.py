"""What a text cannot be: each check, by the forms that users paste."""

from __future__ import annotations

import base64
import warnings
from itertools import product

import pytest

from talend_oauth import TalendOAuthWarning
from talend_oauth._settings import checks
from talend_oauth._settings.checks import (
    clean,
    is_encoded,
    looks_exchanged,
    problem_with,
    problem_with_audience,
    problem_with_id,
    problem_with_path,
    problem_with_secret,
    problem_with_url,
    problem_with_version,
    shown_id,
    warn_if_unlikely,
)

UUID = "123e4567-e89b-12d3-a456-426614174000"
MASK = "is a mask, not the value behind it"
REFERENCE = "is a placeholder or reference that nothing replaced"
SPACE = "has white space or a control character inside"
FORM = "is a line of the form NAME=value, or JSON"
LOOKS_LIKE = "has a character that only looks like an ASCII one inside "

FINE = [
    "a",
    "a-secret",
    "n0ne",
    "nonesuch",
    UUID,
    "7Kf3" * 8,
    "_x-" * 13 + "a",
    "a" * 512,
    "a" * 8192,
    "x0",
    "_a__",
    "cAnArY/sEcReT+7f3a9c~~~~Zq",
    "QWxhZGRpbg==",
    "a:b:c",
    "a*b**c",
    "a..b",
    "'",
    "%a",
    "a%b%",
    "a$b",
    "p\u00e4",
    "\u7b80\u5355",
    "gehe\u00efm\u20ac",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
    "env",
    "secretive",
    "a=",
    "client=",
    "a/run/b",
]


@pytest.mark.parametrize("text", FINE, ids=lambda text: text[:20])
def test_what_may_be_a_secret_has_no_problem(text: str) -> None:
    assert problem_with(text) is None
    assert problem_with_secret(text, "an-id") is None


FORMS: dict[str, list[str]] = {
    "is empty": [""],
    "has more than 8192 characters": ["a" * 8193],
    "is the word none, null or undefined": ["none", "None", "NULL", "undefined"],
    "begins with 'Basic' or 'Bearer'": ["Basic abc", "bearer\tabc", "Basic "],
    "has quotes around it": ["'abc'", '"abc"', "`abc`", '""'],
    MASK: [
        *("***", "*****", "a***", "***b", "\u2022\u2022\u2022", "ab\u25cf\u25cf", "abc..."),
        *("xxx", "XXXX-XXXX", "...", "---", "___", "000", "00000000-0000-0000-0000-000000000000"),
        *("[MASKED]", "<redacted>", "(hidden)", "[secure]", "(sensitive value)", "[filtered]"),
        *("Secret(***)", "AccessToken(***, expires_in=1800)", "???", "###", "eyJhbGci..."),
    ],
    FORM: [
        *("TALEND_CLIENT_SECRET=abc", "export CLIENT_SECRET='abc'", "client_secret: abc"),
        *("$env:TALEND_CLIENT_SECRET = 'abc'", "set PASSWORD=abc", "TALEND_REGION=eu\nTOKEN=abc"),
        *('{"client_secret": "abc"}', '{\n  "a": 1\n}', '["abc"]', '{ "a": "{b}" }'),
    ],
    "is the path of a file": [
        *("/run/secrets/talend", "/var/x", "/etc/x", "/mnt/x", "/home/x", "/opt/x", "/tmp/x"),  # noqa: S108
        *("/opt/x", "/vault/x", "~/x", "./x", "../x", "C:\\x", "d:\\x"),
    ],
    REFERENCE: [
        *("$X", "$$X", "$env:X", "${X}", "a${X}b", "$(X)", "$((X))", "{{ x }}", "${{ x }}"),
        *("#{x}", "@{x}", "%{x}", "{x}", "{cipher}abc", "%(x)s", "<x>", "<%= x %>"),
        *("%X%", "!X!", "@X@", "#Y#", "__Secret__", "@Microsoft.KeyVault(SecretUri=x)"),
        *("{{resolve:secretsmanager:x}}", "op://v/i/f", "https://x.vault.azure.net/secrets/a"),
        *("ref+vault://x", "arn:aws:secretsmanager:eu:1:secret:x", "vault:secret/data/x#y"),
        *("ssm:/x", "keyvault:x", "env:X", "file:/x", "secret/data/x"),
        *("secrets/x", "projects/p/secrets/s/versions/1", "env.X", "process.env.X", "secrets.X"),
        *("vars.x", "var.x", "ENC[AES256]", "ENC(x)", "os.environ['X']", "$ANSIBLE_VAULT;1.1;x"),
        *("getenv('X')", "[x]"),
    ],
    SPACE: [
        *("a\nb", "a\x00b", "a\x1fb", "a\x7fb", "a\x80b", "a\x9fb"),
        *("a b", "a\u2003b", "a\u00a0b", "a\u2028b"),
    ],
    "is not valid UTF-8": ["a\udc80b", "\ud800", "a\udfff"],
    "has an invisible character inside (U+200B ZERO WIDTH SPACE)": ["a\u200bb", "\u200b"],
    "has an invisible character inside (U+00AD SOFT HYPHEN)": ["a\u00adb"],
    "has an invisible character inside (U+FEFF ZERO WIDTH NO-BREAK SPACE)": ["a\ufeffb"],
    "has an invisible character inside (U+3164 HANGUL FILLER)": ["a\u3164b"],
    "has an invisible character inside (U+2800 BRAILLE PATTERN BLANK)": ["\u00e9\u2800"],
    "has an invisible character inside (U+E0001 LANGUAGE TAG)": ["a\U000e0001b"],
    LOOKS_LIKE + "(U+2013 EN DASH)": ["a\u2013b", "\u20ac\u2013"],
    LOOKS_LIKE + "(U+2011 NON-BREAKING HYPHEN)": ["a\u2011b"],
    LOOKS_LIKE + "(U+2212 MINUS SIGN)": ["a\u2212b"],
    LOOKS_LIKE + "(U+201C LEFT DOUBLE QUOTATION MARK)": ["\u201cabc\u201d"],
    LOOKS_LIKE + "(U+2019 RIGHT SINGLE QUOTATION MARK)": ["a\u2019b"],
    LOOKS_LIKE + "(U+FF21 FULLWIDTH LATIN CAPITAL LETTER A)": ["\uff21bc"],
    LOOKS_LIKE + "(U+FF11 FULLWIDTH DIGIT ONE)": ["a-\uff11"],
    LOOKS_LIKE + "(U+212A KELVIN SIGN)": ["a\u212a", "eyJ\u212a.a.a"],
    LOOKS_LIKE + "(U+017F LATIN SMALL LETTER LONG S)": ["\u017f", "a.\u017f"],
}


@pytest.mark.parametrize(
    ("what", "text"),
    [(what, text) for what, texts in FORMS.items() for text in texts],
    ids=lambda text: ascii(text[:30]),
)
def test_what_is_certainly_something_else_is_named(what: str, text: str) -> None:
    found = problem_with(text)

    assert found is not None
    assert found[0] == what
    assert found[1].endswith(".")
    assert problem_with_secret(text, "an-id") == found


PARTS = [
    *("none", "null", "env", "process.env", "secret", "vars", "vault", "token", "api.eu", "xxx"),
    *("0.0", ".", ":", "/", "_", "-", "=", "Zz9", "\u212a", "eyJ"),
]


def test_an_ordinary_text_has_no_problem_by_any_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["".join(parts) for count in (1, 2, 3) for parts in product(PARTS, repeat=count)]
    found = [problem_with(text) for text in texts]
    monkeypatch.setattr(checks, "_ORDINARY", "(?!)")  # nothing is ordinary

    assert found == [problem_with(text) for text in texts]


def test_a_long_text_of_brackets_is_checked_at_once() -> None:
    for text in ("{" * 8192, "(" * 8192, "$" * 8192, "a_" * 4096, '["' * 4096, "*." * 4096):
        problem_with(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("\ufeffabc", "abc"), ("\ufeff abc\r\n", "abc"), ("abc\ufeff", "abc\ufeff"), (" ", "")],
)
def test_a_byte_order_mark_before_and_white_space_around_a_text_are_removed(
    text: str, cleaned: str
) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "changeme",
        "CHANGE_ME",
        "change-me",
        "todo",
        "TBD",
        "nil",
        "n/a",
        "N.A.",
        "nan",
        "REDACTED",
        "your-client-secret",
        "YOUR_SECRET",
        "your_client_id",
    ],
)
def test_a_word_for_nothing_is_doubted_and_shown(text: str) -> None:
    assert problem_with(text) is None
    with pytest.warns(TalendOAuthWarning) as said:
        warn_if_unlikely(text, "TALEND_CLIENT_ID")
    assert [str(it.message) for it in said] == [
        f"TALEND_CLIENT_ID is {text!r}, which is probably not the real value"
    ]


def test_a_character_outside_ascii_is_doubted() -> None:
    with pytest.warns(TalendOAuthWarning, match="it has a character outside ASCII"):
        warn_if_unlikely("p\u00e4", "it")


@pytest.mark.parametrize("text", ["a-secret", "secret", "", "nilly", "test", "changeme todo"])
def test_nothing_else_is_doubted(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_unlikely(text, "it")


def test_the_credentials_in_base64_are_recognised() -> None:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    assert is_encoded(encoded("an-id:secret"))
    assert is_encoded(encoded("a:b"))
    assert is_encoded(encoded("an-id:\u00fc"), "an-id")
    assert not is_encoded(encoded("an-id:\u00fc"))
    assert not is_encoded(encoded("an-id:\u00fc"), "id")
    for text in ("an-id", ":secret", "an-id:", "an id:secret", "::::::"):
        assert not is_encoded(encoded(text))
    assert not is_encoded("a-secret")
    assert not is_encoded("")
    assert not is_encoded("a\u00e9")
    assert not is_encoded(f"-{encoded('an-id:secret')}")
    assert is_encoded(encoded("a:~!"))


ENCODED = base64.b64encode(b"an-id:secret").decode()
AS_THEY_ARE = "Give the value alone; the header is made from it."


def test_an_id_has_no_colon_and_is_not_encoded() -> None:
    assert problem_with_id("an-id") is None
    assert problem_with_id("a:b") == (
        "contains ':', which HTTP Basic cannot carry in a user name (RFC 7617)",
        AS_THEY_ARE,
    )
    assert problem_with_id(ENCODED) == (
        "looks already encoded: it is the base64 of an ID and a secret",
        AS_THEY_ARE,
    )
    assert problem_with_id("a b") == problem_with("a b")


def test_a_secret_is_not_the_id_and_not_encoded() -> None:
    assert problem_with_secret("an-id", "an-id") == (
        "is the client ID",
        "Set it to the secret that belongs to this ID.",
    )
    assert problem_with_secret("", "") == problem_with("")
    assert problem_with_secret(ENCODED, "") == problem_with_id(ENCODED)
    own = base64.b64encode("an-id:\u00fc".encode()).decode()
    assert problem_with_secret(own, "an-id") == problem_with_id(ENCODED)
    assert problem_with_secret(own, "another") is None


def test_a_scheme_is_no_reference_where_a_url_may_be() -> None:
    assert problem_with_url("HTTPS://api.eu.cloud.talend.com") is None
    assert problem_with_url("'https://x'") == problem_with("'x'")
    assert problem_with_url("x://y://z") == problem_with("y://z")


def test_an_audience_may_be_a_url() -> None:
    for text in ("https://api.eu.cloud.talend.com/", "urn:x", "api://x", "an-audience"):
        assert problem_with_audience(text) is None
    assert problem_with_audience("https://me:pw@x") == (
        "holds a user name or password",
        "Leave it out to use the base URL of the API.",
    )
    assert problem_with_audience("https://${X}") == problem_with("${X}")
    assert problem_with_audience("") == problem_with("")
    assert problem_with_audience("https://") is not None


@pytest.mark.parametrize("text", ["2021-03", "2099-12", "0000-00"])
def test_a_version_is_a_year_and_a_month(text: str) -> None:
    assert problem_with_version(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "latest", "2021-3", "2021-03-01", "12021-03", "2021-030", "\uff12\uff10\uff12\uff11-03"],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    assert problem_with_version(text) == (
        "is not of the form YYYY-MM",
        "The current version is 2021-03.",
    )


@pytest.mark.parametrize(
    "text", ["'x'", '"x"', "`x`", "$HOME/x", "${HOME}/x", "%APPDATA%\\x", "{x}"]
)
def test_a_path_does_not_begin_with_a_quote_or_a_variable(text: str) -> None:
    assert problem_with_path(text) == (
        "begins with a quote or a variable",
        "Write the path out; only ~ is expanded.",
    )


@pytest.mark.parametrize("text", ["", "x", "/run/x", "C:\\Program Files\\x", "~/x", "-", "x$"])
def test_any_other_path_is_tried(text: str) -> None:
    assert problem_with_path(text) is None


def test_an_id_with_the_form_of_a_secret_is_shown_by_its_beginning() -> None:
    assert shown_id("a" * 40) == "aaaa***"
    assert shown_id("a" * 39) == "a" * 39
    assert shown_id(f"{'a' * 40}:") == f"{'a' * 40}:"


def test_credentials_look_exchanged_only_if_each_has_the_others_form() -> None:
    assert looks_exchanged("a" * 43, UUID)
    assert not looks_exchanged("a" * 39, UUID)
    assert not looks_exchanged("a" * 43, "a" * 43)
    assert not looks_exchanged(UUID, UUID)
    assert not looks_exchanged("a" * 43, f"{UUID}0")
