"""Each masking, and how to take it away."""

from __future__ import annotations

from dataclasses import dataclass

WRAPPER = "src/talend_oauth/"


@dataclass(frozen=True)
class Masking:
    """A masking of the library.

    Attributes:
        name: What it does.
        file: Where it is, below `src/talend_oauth` unless it begins with `generated`.
        old: The text that does it.
        new: The text without it.
        test: The file of `tests/leaks` that has to notice.
    """

    name: str
    file: str
    old: str
    new: str
    test: str

    @property
    def path(self) -> str:
        """The file's path in a checkout."""
        return self.file if self.file.startswith("generated") else WRAPPER + self.file


OBJECTS, ERRORS, SETTINGS, ELSEWHERE = "objects", "errors", "settings", "elsewhere"

MASKINGS = [
    Masking("repr of a secret", "_settings/secrets.py", '"Secret(***)"', "self._text", OBJECTS),
    Masking(
        "pickle of a secret", "_settings/secrets.py", "def __reduce__", "def _not_reduce", OBJECTS
    ),
    Masking(
        "repr of a token", "_token.py", "AccessToken(***,", "AccessToken({self._value},", OBJECTS
    ),
    Masking("pickle of a token", "_token.py", "def __reduce__", "def _not_reduce", OBJECTS),
    Masking(
        "repr of settings",
        "_settings/settings.py",
        "client_secret=***",
        "client_secret={self.secret.read().reveal()}",
        OBJECTS,
    ),
    Masking(
        "repr of settings with a ready token",
        "_settings/settings.py",
        "access_token=***",
        "access_token={self.access_token.reveal()}",
        OBJECTS,
    ),
    Masking(
        "repr of a generated answer",
        "generated/talend_oauth_api/models/token_response.py",
        "access_token: str = _attrs_field(repr=False)",
        "access_token: str",
        OBJECTS,
    ),
    Masking(
        "repr of a RedisStore",
        "_stores/redis.py",
        "RedisStore(***,",
        "RedisStore({self._url and self._url.reveal()},",
        OBJECTS,
    ),
    Masking(
        "local of a RedisStore that fails", "_stores/redis.py", "del url, client", "pass", OBJECTS
    ),
    Masking(
        "mode of a stored token",
        "_stores/file.py",
        "os.O_EXCL, 0o600)",
        "os.O_EXCL, 0o644)",
        OBJECTS,
    ),
    Masking("mode of the store's folder", "_stores/file.py", "mode=0o700", "mode=0o755", OBJECTS),
    Masking(
        "what a listener raises", "_reporting.py", "type(error).__name__)", "repr(error))", OBJECTS
    ),
    Masking(
        "arguments that are strings",
        "_settings/sources.py",
        "        return Secret(value)\n    if isinstance(value, os.PathLike)",
        "        return value\n    if isinstance(value, os.PathLike)",
        SETTINGS,
    ),
    Masking(
        "arguments of other types",
        "_settings/sources.py",
        "else Unusable(value)",
        "else value",
        SETTINGS,
    ),
    Masking(
        "arguments of Settings",
        "_settings/settings.py",
        "options = masked(options)",
        "pass",
        SETTINGS,
    ),
    Masking(
        "arguments of TokenSource",
        "_lifecycle/source.py",
        "options = masked(options)",
        "pass",
        SETTINGS,
    ),
    Masking(
        "arguments of TalendAuth and client()",
        "integrations/_unauthorized.py",
        "        wrap_options(options),\n",
        "        options,\n",
        SETTINGS,
    ),
    Masking(
        "path of a secret file",
        "_settings/secret_file.py",
        "if self._is_path() else self._origin",
        "if self._path else self._origin",
        SETTINGS,
    ),
    Masking(
        "pickle of a secret file",
        "_settings/secret_file.py",
        "if not self._is_path():",
        "if not self._path:",
        OBJECTS,
    ),
    Masking(
        "what a secret function raises",
        "_settings/sources.py",
        'failure = f"raised {type(error).__name__}"',
        'failure = f"raised {error!r}"',
        SETTINGS,
    ),
    Masking(
        "context of a secret function",
        "_settings/sources.py",
        'failure = f"raised {type(error).__name__}"',
        'raise ConfigurationError("x") from error',
        SETTINGS,
    ),
    Masking(
        "an id that looks like a secret",
        "_settings/secrets.py",
        'f"{client_id[:4]}***" if _LONG_SECRET.fullmatch(client_id) else client_id',
        "client_id",
        SETTINGS,
    ),
    Masking(
        "id and secret that are the same",
        "_settings/checks.py",
        "if secret.holds(client_id):",
        "if not secret:",
        SETTINGS,
    ),
    Masking("a region that may be a secret", "_settings/regions.py", "{1,16}", "{1,99}", SETTINGS),
    Masking(
        "a password in a URL",
        "_settings/regions.py",
        'if match["user"]:',
        'if match["user"] == "":',
        SETTINGS,
    ),
    Masking(
        "plain http to other machines",
        "_settings/regions.py",
        'if scheme != "https" and',
        'if scheme == "ftp" and',
        SETTINGS,
    ),
    Masking(
        "options that nobody knows",
        "_commands/_parser.py",
        "raise self._unknown(unknown)",
        'self.error(f"unrecognized arguments: {unknown}")',
        SETTINGS,
    ),
    Masking(
        "values of options",
        "_commands/_parser.py",
        'problem.startswith(("invalid", "ignored"))',
        "not problem",
        SETTINGS,
    ),
    Masking("names of commands", "cli.py", "_shown(name)}", "name!r}", SETTINGS),
    Masking(
        "all that a server says",
        "_token_endpoint/masking.py",
        'self._hidden.sub("***", text)',
        "text",
        ERRORS,
    ),
    Masking(
        "the secret itself", "_token_endpoint/masking.py", "    yield secret.reveal()\n", "", ERRORS
    ),
    Masking(
        "the encoded secret and pair",
        "_token_endpoint/masking.py",
        "        yield encoded\n",
        "",
        ERRORS,
    ),
    Masking(
        "base64 for URLs",
        "_token_endpoint/masking.py",
        '        yield encoded.translate({ord("+"): "-", ord("/"): "_"})\n',
        "",
        ERRORS,
    ),
    Masking(
        "quoted base64",
        "_token_endpoint/masking.py",
        '        yield quote(encoded, safe="")\n',
        "",
        ERRORS,
    ),
    Masking(
        "quoted secret",
        "_token_endpoint/masking.py",
        '        yield quote(plain, safe="")\n',
        "",
        ERRORS,
    ),
    Masking(
        "the pair",
        "_token_endpoint/masking.py",
        '(f"{client_id}:{secret.reveal()}", secret.reveal())',
        "(secret.reveal(),)",
        ERRORS,
    ),
    Masking(
        "the encoded secret alone",
        "_token_endpoint/masking.py",
        '(f"{client_id}:{secret.reveal()}", secret.reveal())',
        '(f"{client_id}:{secret.reveal()}",)',
        ERRORS,
    ),
    Masking(
        "a bearer in a text",
        "_token_endpoint/masking.py",
        '    r"(?:Basic|Bearer)\\s+[^\\s,;]+",\n',
        "",
        ERRORS,
    ),
    Masking(
        "a JWT in a text",
        "_token_endpoint/masking.py",
        r"""    r"(?<![\w-])[\w-]{12,}\.[\w-]{6,}\.[\w-]*",  # a JWT""" + "\n",
        "",
        ERRORS,
    ),
    Masking(
        "a request id",
        "_token_endpoint/request.py",
        'request_id=mask(headers.get("x-request-id", ""))',
        'request_id=headers.get("x-request-id", "")',
        ERRORS,
    ),
    Masking(
        "a redirect's target",
        "_token_endpoint/request.py",
        'location=mask(headers.get("location", ""))',
        'location=headers.get("location", "")',
        ERRORS,
    ),
    Masking(
        "a media type",
        "_token_endpoint/request.py",
        'mask(headers.get("content-type", "").partition(";")[0])',
        'headers.get("content-type", "").partition(";")[0]',
        ERRORS,
    ),
    Masking(
        "texts of an error body",
        "_token_endpoint/request.py",
        "{name: mask(text) for",
        "{name: text for",
        ERRORS,
    ),
    Masking(
        "httpx's error as the cause",
        "_token_endpoint/request.py",
        "                return unreachable(error, self._settings, self._seconds)",
        "                raise unreachable(error, self._settings, self._seconds) from error",
        ERRORS,
    ),
    Masking(
        "what a bug of ours says",
        "_lifecycle/launch.py",
        "talend-oauth ({type(error).__name__})",
        "talend-oauth ({error})",
        ERRORS,
    ),
    Masking(
        "a ready token in a traceback",
        "_lifecycle/static_token.py",
        "    if not is_b64token(ready.reveal()):",
        "    value = ready.reveal()\n    if not is_b64token(value):",
        SETTINGS,
    ),
    Masking(
        "tokens over plain http",
        "integrations/_hosts.py",
        'if scheme != "https" and self._names',
        'if scheme == "ftp" and self._names',
        ERRORS,
    ),
    Masking(
        "a proxy for the pair in the clear",
        "_token_endpoint/request.py",
        '"trust_env": False',
        '"trust_env": True',
        ELSEWHERE,
    ),
    Masking(
        "a proxy for the token in the clear",
        "integrations/httpx.py",
        "trust_env=False,",
        "trust_env=True,",
        ELSEWHERE,
    ),
    Masking(
        "the environment of exec",
        "_commands/exec.py",
        "os.environ.pop(name, None)",
        "name.lower()",
        ELSEWHERE,
    ),
]
