"""Checks of the texts that users give as settings. Each returns what is wrong, without the text.

Talend documents no alphabet or length of IDs and secrets. So a text is refused only if no HTTP
header can carry it or if it is certainly something else; what is merely unlikely is warned of.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from unicodedata import category, name, normalize

from talend_oauth._reporting import warn_once
from talend_oauth.errors import ConfigurationError

Problem = tuple[str, str]  # what is wrong, in words that follow the setting's name; what to do

TALEND_VERSION = "2021-03"  # for an unknown one Talend silently uses its oldest
LONGEST = 8192  # characters; web servers refuse a longer header
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LONG_WORD = r"[A-Za-z0-9_-]{40,}"  # as a secret is
# Nearly every ID, secret, token, region and host, unless it begins so or is a mask. Only others
# need the patterns below, which take milliseconds to compile.
_ORDINARY = r"[\w-]+((\.[\w-]+)+(:\d+)?/?)?"
_BEGINNINGS = ("env", "none", "null", "process", "secrets", "undefined", "var", "vars")
_INVISIBLE = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols without a picture
_DUMMIES = " changeit changeme na nan nil placeholder redacted tbd todo yourclientid yoursecret "

_PLAIN = "Give the value alone; the header is made from it."
_UNSET = "Set it to its value, or leave it out; a template may have left it empty."
_VALUE = "Give the value alone, such as `jq -r .client_secret` prints."
_COPY = "Copy it again as one line of plain text, or type it."
_ENCODED = "looks already encoded: it is the base64 of an ID and a secret", _PLAIN
_MASK = "is a mask, not the value behind it", "Copy the value from where it can be shown."
_PATH = "is the path of a file", "Give the path of a secret as TALEND_CLIENT_SECRET_FILE."
_REFERENCE = "is a placeholder or reference that nothing replaced", "Give the value itself."
# Patterns of what a text is if it matches as a whole.
_FORMS: dict[str, Problem] = {
    r"": ("is empty", _UNSET),
    rf".{{{LONGEST + 1},}}": (f"has more than {LONGEST} characters", _VALUE),
    r"none|null|undefined": ("is the word none, null or undefined", _UNSET),
    r"(?:basic|bearer)\s.*": ("begins with 'Basic' or 'Bearer'", _PLAIN),
    r"([\"'`]).*\1": ("has quotes around it", "Remove them; they are not part of the value."),
    r".*(?:\*{3}|[•●∙·]{2}|\.{3}).*|[-_.*#?x0]{3,}"
    r"|[\[(<](?:masked|redacted|filtered|hidden|protected|sensitive|secure).*[\])>]": _MASK,
    r"(?:\S+\s|\$env:)?\w*(?:secret|client|talend|password|token)\w*\s*[=:]\s*[^\s=].*"
    r"|[{\[]\s*\".*[}\]]": ("is a line of the form NAME=value, or JSON", _VALUE),
    r"(?:/(?:etc|home|mnt|opt|root|run|tmp|vault|var)/|~/|\.{1,2}/|[a-z]:\\).*": _PATH,
    # ${X} {{ x }} #{x}; $(x) %(x)s @Microsoft.KeyVault(x); ENC[x]; <x>; $X $env:X; %X% @X@ !X!
    r".*\{[^{}]*\}.*|.*\([^()]*\).*|[\w.]*\[.+\]|<.+>|\$+(?:env:)?\w+(?:;.*)?"
    r"|([%@!#]|__)\w.*\1"
    # op://x arn:x vault:x; secret/x projects/p/secrets/x; env.X
    r"|[a-z][a-z0-9+.-]*://.*|(?:arn|env|file|keyvault|secretsmanager|ssm|vault):.+"
    r"|secrets?/.+|projects/.+/secrets/.+|(?:env|process\.env|secrets|vars?)\.\w.*": _REFERENCE,
    r".*[\s\x00-\x1f\x7f-\x9f].*": ("has white space or a control character inside", _COPY),
    r".*[\ud800-\udfff].*": ("is not valid UTF-8", "Save it as plain text in UTF-8."),
}


def wrong(setting: str, what: str, hint: str) -> ConfigurationError:
    """Return the error of a setting.

    Args:
        setting: Where it was given.
        what: What is wrong with it, in words that follow the name.
        hint: What to do.
    """
    return ConfigurationError(f"{setting} {what}.", hint=hint)


def clean(text: str) -> str:
    """Return a text without a byte order mark before it and white space around it."""
    return text.removeprefix("\ufeff").strip()


def problem_with(text: str) -> Problem | None:
    """Return what is wrong with a setting that is one word, and what to do; None when fine."""
    word = text.partition(".")[0].lower()
    is_suspect = word in _BEGINNINGS or word.startswith("__") or not text.strip("-_.xX0")
    if not is_suspect and len(text) <= LONGEST and re.fullmatch(_ORDINARY, text, re.ASCII):
        return None
    for form, problem in _FORMS.items():
        if re.fullmatch(form, text, re.DOTALL | re.IGNORECASE):
            return problem
    for c in re.findall(r"[^\x00-\x7f]", text):
        kind = "Pd" if c == "\u2212" else category(c)
        shown = f"inside (U+{ord(c):04X} {name(c, 'without a name')})"
        if kind == "Cf" or c in _INVISIBLE:
            return f"has an invisible character {shown}", _COPY
        if kind in {"Pd", "Pi", "Pf"} or normalize("NFKC", c) != c:
            return f"has a character that only looks like an ASCII one {shown}", _COPY
    return None


def problem_with_url(text: str) -> Problem | None:
    """Return what is wrong with a setting that may begin with a scheme; None when fine."""
    scheme, found, rest = text.partition("://")
    return problem_with(rest if found and scheme.isalpha() else text)


def problem_with_id(text: str) -> Problem | None:
    """Return what is wrong with a client ID, and what to do; None when fine."""
    if ":" in text:
        return "contains ':', which HTTP Basic cannot carry in a user name (RFC 7617)", _PLAIN
    return _ENCODED if is_encoded(text) else problem_with(text)


def problem_with_secret(text: str, client_id: str) -> Problem | None:
    """Return what is wrong with a client secret, and what to do; None when fine."""
    if text and text == client_id:
        return "is the client ID", "Set it to the secret that belongs to this ID."
    return _ENCODED if is_encoded(text, client_id) else problem_with(text)


def problem_with_audience(text: str) -> Problem | None:
    """Return what is wrong with an audience, and what to do; None when fine."""
    if "@" in text:
        return "holds a user name or password", "Leave it out to use the base URL of the API."
    return problem_with_url(text)


def problem_with_version(text: str) -> Problem | None:
    """Return what is wrong with a version of Talend's API, and what to do; None when fine."""
    problem = "is not of the form YYYY-MM", f"The current version is {TALEND_VERSION}."
    return None if re.fullmatch("[0-9]{4}-[0-9]{2}", text) else problem


def problem_with_path(text: str) -> Problem | None:
    """Return what is wrong with a path, and what to do; None when fine."""
    problem = "begins with a quote or a variable", "Write the path out; only ~ is expanded."
    return problem if text.startswith(("'", '"', "`", "$", "%", "{")) else None


def warn_if_unlikely(text: str, origin: str) -> None:
    """Warn of an ID or a secret without a problem that is probably wrong all the same.

    Args:
        text: The ID or secret.
        origin: Where it was given.
    """
    word = text.lower().translate(dict.fromkeys(b"-_/.")).replace("clientsecret", "secret")
    if f" {word} " in _DUMMIES:
        warn_once(f"{origin} is {text!r}, which is probably not the real value")
    elif not text.isascii():
        warn_once(f"{origin} has a character outside ASCII, which is rare: check how it was copied")


def is_encoded(text: str, client_id: str = "") -> bool:
    """Return whether a text is the base64 of an ID, a colon and a secret."""
    try:
        decoded = a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    if client_id and decoded.startswith(f"{client_id}:".encode("utf-8", "replace")):
        return True
    return re.fullmatch(rb"[!-9;-~]+:[!-~]+", decoded) is not None


def looks_exchanged(client_id: str, secret: str) -> bool:
    """Return whether ID and secret have each other's form."""
    return bool(re.fullmatch(_LONG_WORD, client_id) and re.fullmatch(_UUID, secret))


def shown_id(client_id: str) -> str:
    """Return a client ID for messages: its beginning only if it has the form of a secret.

    If ID and secret were exchanged, the secret must not appear in a message or a log.
    """
    return f"{client_id[:4]}***" if re.fullmatch(_LONG_WORD, client_id) else client_id


def closest(name: str, names: list[str]) -> str:
    """Return the name that is nearly the same; empty when there is none."""
    from difflib import get_close_matches

    return "".join(get_close_matches(name, names, n=1, cutoff=0.81))
