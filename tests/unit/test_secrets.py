"""`Secret`, its sources, and that neither shows the text."""

from __future__ import annotations

import base64
import copy
import functools
import os
import pickle
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from talend_oauth import Secret, TalendOAuthWarning
from talend_oauth._settings.secrets import hides_arguments
from talend_oauth._settings.sources import (
    SecretCallable,
    SecretFile,
    SecretSource,
    SecretValue,
    SecretVariable,
    check_secret,
    secret_source,
)
from talend_oauth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-secret-4711"
KEY = b"k" * 32
UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(CANARY)
    file.chmod(0o600)
    return file


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(CANARY)

    assert secret.reveal() == CANARY
    assert [repr(secret), str(secret), f"{secret}"] == ["Secret(***)"] * 3
    assert secret is copy.copy(secret)
    assert secret is copy.deepcopy(secret)
    with pytest.raises(TypeError, match="does not pickle") as caught:
        pickle.dumps(secret)
    assert CANARY not in str(caught.value)


def test_equal_secrets_are_equal_and_have_one_fingerprint_for_a_key() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert hash(Secret("a")) != hash("a")
    assert Secret("a").fingerprint(KEY) == Secret("a").fingerprint(KEY)
    assert len(Secret("a").fingerprint(KEY)) == 16
    assert Secret("a").fingerprint(KEY) != Secret("b").fingerprint(KEY)
    assert Secret("a").fingerprint(KEY) != Secret("a").fingerprint(b"other" * 4)
    assert Secret("\udc80").fingerprint(KEY)


def test_an_error_shows_no_argument_of_a_function_that_hides_them() -> None:
    @hides_arguments
    def fail(text: str, *, name: str) -> None:
        made = {"of": text}
        try:
            int(made["of"] + name)
        except ValueError as error:
            raise ConfigurationError("no") from error

    with pytest.raises(ConfigurationError, match="no") as caught:
        fail(CANARY, name=CANARY)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert [frame.f_code.co_name for frame in frames] == ["hiding", "fail"]
    assert CANARY not in repr([frame.f_locals for frame in frames])
    assert fail.__name__ == "fail"


def test_an_interrupt_shows_no_argument_either() -> None:
    @hides_arguments
    def fail(*, text: str) -> str:
        raise KeyboardInterrupt if text else ConfigurationError

    with pytest.raises(KeyboardInterrupt) as caught:
        fail(text=CANARY)

    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert CANARY not in repr([frame.f_locals for frame in frames])


def test_a_function_that_hides_its_arguments_returns_what_it_would() -> None:
    assert hides_arguments(max)(1, 2) == 2


def test_a_checked_secret_is_the_same_without_white_space() -> None:
    assert check_secret(Secret(CANARY), "client_secret", "an-id") == Secret(CANARY)
    assert check_secret(Secret(f"\ufeff{CANARY}"), "client_secret") == Secret(CANARY)


@pytest.mark.parametrize("text", [f"{CANARY}\n", f" {CANARY}", f"\ufeff{CANARY}\r\n"])
def test_white_space_around_a_secret_is_removed_with_one_warning(text: str) -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        for _ in range(2):
            assert check_secret(Secret(text), "TALEND_CLIENT_SECRET") == Secret(CANARY)

    warning = "TALEND_CLIENT_SECRET has white space or a newline around it, which was removed"
    assert [str(it.message) for it in warned] == [warning]


@pytest.mark.parametrize(
    ("text", "client_id", "warning"),
    [
        ("changeme", "an-id", "it is 'changeme', which is probably not the real value"),
        (
            "p\u00e4",
            "an-id",
            "it has a character outside ASCII, which is rare: check how it was copied",
        ),
        (UUID, "a" * 43, "the client ID and it look exchanged: the ID is usually the UUID"),
    ],
)
def test_what_is_unlikely_is_warned_of_and_used(text: str, client_id: str, warning: str) -> None:
    with pytest.warns(TalendOAuthWarning) as warned:
        assert check_secret(Secret(text), "it", client_id) == Secret(text)

    assert [str(it.message) for it in warned] == [warning]


def test_what_cannot_be_a_secret_is_refused_with_what_to_do() -> None:
    encoded = base64.b64encode("an-id:\u00fc".encode()).decode()
    with pytest.raises(ConfigurationError) as caught:
        check_secret(Secret(f" {encoded}"), "client_secret", "an-id")

    assert caught.value.message == (
        "client_secret looks already encoded: it is the base64 of an ID and a secret."
    )
    assert caught.value.hint == ("Give the value alone; the header is made from it.")


def test_a_variable_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SecretVariable("A_SECRET")
    for text in ("one", "two"):
        monkeypatch.setenv("A_SECRET", text)
        assert Secret(text) == source.read()
    monkeypatch.delenv("A_SECRET")
    with pytest.raises(ConfigurationError, match="A_SECRET is empty"):
        source.read()


def test_the_id_takes_part_in_the_checks() -> None:
    with pytest.raises(ConfigurationError, match="client_secret is the client ID"):
        SecretValue(Secret("an-id")).read("an-id")


def test_a_file_is_read_each_time(file: Path) -> None:
    source = SecretFile(file)
    for text in ("one", "two"):
        file.write_text(text)
        assert Secret(text) == source.read()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfp\xc3\xa4",
        "p\u00e4".encode("utf-16"),
        b"\xfe\xff\x00p\x00\xe4",
        "p\u00e4".encode(),
    ],
)
def test_a_file_may_begin_with_a_byte_order_mark(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.warns(TalendOAuthWarning, match="outside ASCII"):
        assert SecretFile(file).read() == Secret("p\u00e4")


@pytest.mark.parametrize("content", [f"{CANARY}\n", f"{CANARY}\r\n", CANARY])
def test_a_file_may_end_with_a_line_break(
    file: Path, content: str, recwarn: pytest.WarningsRecorder
) -> None:
    file.write_bytes(content.encode())

    assert SecretFile(file).read() == Secret(CANARY)
    assert not recwarn.list


@pytest.mark.posix("Windows has no modes of files")
def test_a_file_that_everybody_may_read_is_warned_of(file: Path) -> None:
    file.chmod(0o604)

    with pytest.warns(TalendOAuthWarning) as warned:
        SecretFile(file).read()
    assert [str(it.message) for it in warned] == [
        f"client_secret_file ({file}) can be read by every user: chmod 600"
    ]


@pytest.mark.parametrize("mode", [0o640, 0o603])
def test_no_other_mode_of_a_file_is_warned_of(file: Path, mode: int) -> None:
    file.chmod(mode)

    assert SecretFile(file).read() == Secret(CANARY)


@pytest.mark.posix("Windows has no modes of files")
def test_the_mode_of_a_file_that_is_mounted_to_be_read_is_nobodys_fault(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.chmod(0o444)
    found = list(os.statvfs(file))
    found[8] |= os.ST_RDONLY  # f_flag, as Docker and Kubernetes mount secrets
    monkeypatch.setattr(os, "fstatvfs", lambda _: os.statvfs_result(found))

    assert SecretFile(file).read() == Secret(CANARY)


def test_a_file_that_cannot_be_read_says_why_and_keeps_its_bytes_to_itself(file: Path) -> None:
    hint = "Give the path of a file that this user may read, not the secret itself."
    file.write_bytes(b"\xff" + CANARY.encode())
    for path, reason in (
        (file.parent / "absent", "No such file or directory"),
        (file.parent, "Is a directory" if os.name == "posix" else "Permission denied"),
        (file, "it is not UTF-8 text, or its path has a NUL inside"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            SecretFile(path).read()
        assert caught.value.message == f"client_secret_file ({path}) cannot be read: {reason}."
        assert caught.value.hint == hint
        assert caught.value.__context__ is None
    file.write_bytes(b"\xff\xfea\x00b")  # the beginning of a UTF-16 file
    with pytest.raises(ConfigurationError, match="it is not UTF-8 text"):
        SecretFile(file).read()
    with pytest.raises(ConfigurationError) as caught:
        SecretFile("a\0b", "--file").read()
    assert (
        caught.value.message
        == "--file cannot be read: it is not UTF-8 text, or its path has a NUL inside."
    )


def test_an_error_without_words_is_named_by_its_type(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(SecretFile, "_read_file", fail)
    with pytest.raises(ConfigurationError, match=r"cannot be read: BlockingIOError\."):
        SecretFile(file).read()


def test_a_large_file_is_refused_and_not_cut(file: Path) -> None:
    file.write_text("a" * 8192)
    assert SecretFile(file).read() == Secret("a" * 8192)
    file.write_text("a" * 8193)
    with pytest.raises(ConfigurationError) as caught:
        SecretFile(file).read()
    assert caught.value.message == f"client_secret_file ({file}) holds more than 8192 bytes."
    assert caught.value.hint == "Give a file that holds the secret alone."


@pytest.mark.parametrize(
    "path",
    ["/run/secrets/absent", "/a/b", "-"]
    if os.name == "posix"
    else [r"C:\secrets\absent", "C:/secrets/absent", "-"],
)
def test_a_path_that_leads_somewhere_is_shown(path: str) -> None:
    assert SecretFile(path).origin == f"client_secret_file ({path})"


@pytest.mark.parametrize("path", ["cAnArY/sEcReT", "/cAnArY", "cAnArY", "a/b/c/d", "", "a\0b"])
def test_what_may_be_the_secret_itself_is_not_shown(path: str) -> None:
    assert SecretFile(path, "--file").origin == "--file"
    assert SecretFile(path).origin == "client_secret_file"
    with pytest.raises(TypeError, match="leads nowhere, and may be the secret itself"):
        pickle.dumps(SecretFile(path))


def test_a_tilde_is_the_home_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(file.parent))

    for path in ("~/secret", Path("~/secret")):
        assert SecretFile(path).read() == Secret(CANARY)
    assert SecretFile(f"~{os.sep}secret").origin == f"client_secret_file ({file})"


def pipe(content: bytes) -> str:
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return f"/dev/fd/{reader}"


@pytest.mark.posix("Windows has no files that are pipes")
def test_a_pipe_is_read_once_and_its_secret_kept() -> None:
    source = SecretFile(pipe(CANARY.encode()))

    assert [source.read(), source.read()] == [Secret(CANARY)] * 2
    assert CANARY not in repr(source)


@pytest.mark.posix("Windows has no files that are pipes")
def test_a_fifo_is_read_once_and_its_secret_kept(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o644)
    writer = threading.Thread(target=fifo.write_text, args=(CANARY,))
    writer.start()
    source = SecretFile(fifo)

    assert [source.read(), source.read()] == [Secret(CANARY)] * 2
    writer.join()


@pytest.mark.posix("Windows has no files that are pipes")
def test_an_empty_pipe_says_that_it_can_be_read_only_once() -> None:
    path = pipe(b"")
    source = SecretFile(path)
    for _ in range(2):
        with pytest.raises(ConfigurationError) as caught:
            source.read()
        assert caught.value.message == f"client_secret_file ({path}) is empty."
        assert caught.value.hint == (
            "A pipe can be read only once: share one TokenSource, or use a file."
        )


@pytest.mark.posix("Windows has no files that are pipes")
def test_a_second_reader_of_a_pipe_gets_what_the_first_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = SecretFile(pipe(CANARY.encode()))
    real = os.fstat

    def another_reader_is_quicker(number: int) -> os.stat_result:
        monkeypatch.setattr(os, "fstat", real)
        assert source.read() == Secret(CANARY)
        return real(number)

    monkeypatch.setattr(os, "fstat", another_reader_is_quicker)
    assert source.read() == Secret(CANARY)


def test_a_dash_is_standard_input_which_is_read_once(file: Path) -> None:
    file.chmod(0o604)  # what the shell opened is nobody's fault
    saved = os.dup(0)
    try:
        with file.open("rb") as given:
            os.dup2(given.fileno(), 0)
        source = SecretFile("-", "--file")

        assert [source.read(), source.read()] == [Secret(CANARY)] * 2
        assert os.fstat(0).st_ino == file.stat().st_ino  # still open
        assert source.cache_key("", KEY) == SecretFile("-").cache_key("", KEY)
    finally:
        os.dup2(saved, 0)
        os.close(saved)


def test_standard_input_that_is_closed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(ConfigurationError) as caught:
        SecretFile("-", "--file").read()
    assert caught.value.message == "--file (-) cannot be read: standard input is closed."


@pytest.mark.posix("Windows has no files that are pipes")
def test_a_file_pickles_without_what_it_held() -> None:
    path = pipe(CANARY.encode())
    source = SecretFile(path, "TALEND_CLIENT_SECRET_FILE")
    source.read()
    pickled = pickle.dumps(source)
    again = pickle.loads(pickled)

    assert CANARY.encode() not in pickled
    assert again.origin == f"TALEND_CLIENT_SECRET_FILE ({path})"
    with pytest.raises(ConfigurationError, match="is empty"):
        again.read()


def test_no_source_imports_anything_when_it_is_read(tmp_path: Path) -> None:
    """A process that is forked meanwhile would wait for such an import for ever."""
    code = """
import os, sys
from talend_oauth import Settings
from talend_oauth.errors import ConfigurationError
texts = ["a-secret", "a+secret/==", "p\u00e4", "a\u200bb", "${X}", "YW46aWQ=", "x\\n", "changeme"]
files = []
for number, text in enumerate(texts):
    for encoding in ("utf-8", "utf-16-le"):
        files.append(os.path.join(sys.argv[1], f"{number}-{encoding}"))
        with open(files[-1], "wb") as file:
            file.write(("\ufeff" + text).encode(encoding))
for name in [name for name in sys.modules if name.startswith("encodings.utf_16")]:
    del sys.modules[name]
given = [{"client_secret": text} for text in texts]
given += [{"client_secret": lambda text=text: text} for text in texts]
given += [{"client_secret_file": file} for file in files]
made = [Settings(client_id="an-id", region="eu", **options) for options in given]
before = set(sys.modules)
refused = 0
for settings in made:
    try:
        settings.secret.read("an-id")
    except ConfigurationError:
        refused += 1
print(refused, sorted(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.stdout, done.stderr) == ("12 []\n", "")


def _raise() -> str:
    raise LookupError(CANARY)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_raise, "client_secret() raised LookupError."),
        (lambda: None, "client_secret() returned NoneType, not a string."),
        (CANARY.encode, "client_secret() returned bytes, not a string."),
        (lambda: _raise, "client_secret() returned function, not a string."),
    ],
)
def test_a_function_that_fails_is_named_and_nothing_of_it_kept(
    function: Callable[[], object], message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        secret_source(function).read()

    assert caught.value.message == message
    assert caught.value.hint == (
        "Call the function by hand to see why; it has to return the secret as str."
    )
    assert caught.value.__context__ is None


def test_a_function_is_called_each_time_and_may_return_a_secret() -> None:
    results = iter(["one", Secret("two")])
    source = secret_source(lambda: next(results))

    assert [Secret("one"), Secret("two")] == [source.read(), source.read()]


def test_each_way_to_give_a_secret_has_its_source() -> None:
    source = SecretVariable("X")

    assert secret_source(source) is source
    for given in ("a", Secret("a")):
        found = secret_source(given)
        assert isinstance(found, SecretValue)
        assert found.read() == Secret("a")
    assert secret_source(Secret("a"), "--prompt").origin == "--prompt"
    assert isinstance(secret_source(_raise), SecretCallable)
    assert secret_source(_raise, "it").origin == "it()"
    assert [repr(secret_source(Secret(CANARY))), repr(source), repr(SecretFile(CANARY))] == [
        "SecretValue('client_secret')",
        "SecretVariable('X')",
        "SecretFile('client_secret_file')",
    ]
    with pytest.raises(ConfigurationError) as caught:
        secret_source(b"a")
    assert caught.value.message == (
        "client_secret must be a string or a function that returns one, not bytes."
    )
    assert caught.value.hint == (
        "Give the plain secret, or a function without arguments that looks it up."
    )
    with pytest.raises(NotImplementedError):
        SecretSource("nowhere").read()


@pytest.mark.parametrize("given", [None, b"a"])
def test_a_secret_made_of_no_string_is_refused_by_its_type(given: object) -> None:
    secret = Secret(given)  # type: ignore[arg-type] # such as Secret(os.environ.get("UNSET"))
    with pytest.raises(ConfigurationError, match=f"not {type(given).__name__}"):
        secret_source(secret)
    with pytest.raises(ConfigurationError, match=f"returned {type(given).__name__}"):
        secret_source(lambda: secret).read()


def test_sources_that_hold_the_same_secret_now_have_one_cache_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A_SECRET", f"{CANARY}\n")
    value, variable = SecretValue(Secret(CANARY)), SecretVariable("A_SECRET")
    key = value.cache_key("an-id", KEY)

    assert variable.cache_key("an-id", KEY) == key
    assert variable.cache_key("an-id", KEY[1:]) != key
    monkeypatch.setenv("A_SECRET", "another")
    assert variable.cache_key("an-id", KEY) != key
    monkeypatch.delenv("A_SECRET")
    assert variable.cache_key("an-id", KEY) != key
    assert isinstance(key, bytes)


def test_the_cache_key_of_a_file_is_its_absolute_path_and_reads_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SecretFile(file).cache_key("an-id", KEY)
    file.unlink()

    monkeypatch.chdir(file.parent)
    assert SecretFile("secret").cache_key("an-id", KEY) == key
    assert SecretFile("another").cache_key("an-id", KEY) != key
    assert repr(key) == "Secret(***)"


@pytest.mark.posix("Windows asks the system for the folder")
def test_a_relative_file_has_a_cache_key_also_without_a_current_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> str:
        raise FileNotFoundError

    source = SecretFile("secret")
    monkeypatch.setattr(os, "getcwd", fail)

    assert source.cache_key("an-id", KEY) is source


class Vault:
    """Equal to others of its kind, and so without a hash."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vault)

    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> str:
        return CANARY


def test_a_function_is_its_own_cache_key_and_is_not_called_for_it() -> None:
    assert secret_source(_raise).cache_key("", KEY) is _raise
    partial = functools.partial(_raise)
    assert secret_source(partial).cache_key("", KEY) is partial
    source = secret_source(Vault())
    assert source.cache_key("", KEY) is source
