"""A client in the standard library alone, written from BEHAVIOUR.md, and what can be wrong with it.

`python reference.py MISTAKE...` makes these mistakes; see mistakes.py for what each of them breaks.
"""

import base64
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

MISTAKES = frozenset(sys.argv[1:])
API = os.environ["TALEND_API_URL"]
TOKEN_PATH = "/security/oauth/token"
BODY = b'{"executable": "conformance"}'
DEADLINE = 8.0  # seconds; short, so that the tests of it are
LARGEST = 64 * 1024
RETRIED = (429, 500, 502, 503, 504)


def wrong(*names: str) -> bool:
    return not MISTAKES.isdisjoint(names)


def is_seen(error: "TokenError") -> bool:
    """Say whether a failed refresh reaches the callers, as it must not."""
    return wrong("outage-is-seen") or (error.odd and wrong("odd-is-seen"))


def between(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311 - no secret


class TokenError(Exception):
    def __init__(
        self,
        message: str,
        *,
        refused: bool = False,
        odd: bool = False,
        again: bool = False,
        wait: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.refused, self.odd, self.again, self.wait = refused, odd, again, wait


class Token:
    def __init__(self, value: str, sent: float, lifetime: float) -> None:
        self.value, self.lifetime = value, lifetime
        self.end = sent + lifetime
        self.refresh = sent + lifetime * between(0.6, 0.66)
        self.wait = self.end - min(60, lifetime / 10)
        if wrong("to-the-last-second"):
            self.wait = self.end
        if wrong("refresh-in-front"):
            self.wait = self.refresh
        if wrong("ignores-the-end"):
            self.end = self.refresh = self.wait = float("inf")


class Fetch:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.token: Token | None = None
        self.error: TokenError | None = None

    def result(self) -> Token:
        self.done.wait()
        if self.error:
            raise self.error
        return self.token


class Source:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token: Token | None = None
        self.fetch: Fetch | None = None
        self.secret_once = ""
        self.failure: TokenError | None = None
        self.failed_until, self.refused = 0.0, b""
        self.paused_until = 0.0

    def get(self) -> Token:
        with self.lock:
            now, token = time.monotonic(), self.token
            if token is not None and now >= token.end:
                token = None
            if token and self.failure and is_seen(self.failure):
                raise self.failure
            due = token.refresh if token and self.paused_until < now else float("inf")
            if token and now < due and not wrong("fetch-always"):
                return token
            fetch = self.fetch
            if fetch is None or (wrong("no-single-fetch") and not token):
                fetch = self.fetch = Fetch()
                threading.Thread(target=self.run, args=(fetch,), daemon=True).start()
            elif token and now < token.wait and wrong("refresh-each-call"):
                threading.Thread(target=self.run, args=(Fetch(),), daemon=True).start()
            if token and now < token.wait and not wrong("fetch-always"):
                return token
        try:
            return fetch.result()
        except TokenError as error:
            if token and time.monotonic() < token.end and not is_seen(error):
                return token
            raise

    def run(self, fetch: Fetch) -> None:
        try:
            fetch.token = self.fetched()
        except TokenError as error:
            fetch.error = error
        except Exception as error:  # noqa: BLE001 - those who wait must have something
            fetch.error = TokenError(f"unexpected: {type(error).__name__}")
        now = time.monotonic()
        with self.lock:
            if fetch.token:
                self.token, self.failure = fetch.token, None
            else:
                self.failure = fetch.error
                if fetch.error.refused and wrong("refusal-ends-all"):
                    self.token = None
                if not wrong("no-pause"):
                    self.paused_until = now + 10  # serves what is valid
            if self.fetch is fetch:
                self.fetch = None
            if fetch.token and wrong("refreshes-by-a-timer"):  # which is right
                self.set_timer(fetch.token)
        fetch.done.set()

    def set_timer(self, token: Token) -> None:
        """Refresh a token when two fifths of its lifetime are over, whether it is used or not."""

        def refresh() -> None:
            with self.lock:
                if self.token is not token or self.fetch is not None:
                    return
                fetch = self.fetch = Fetch()
            self.run(fetch)

        timer = threading.Timer(0.4 * token.lifetime, refresh)
        timer.daemon = True
        timer.start()

    def fetched(self) -> Token:
        secret = self.secret()
        mark = hashlib.sha256(secret.encode()).digest()
        remembered = self.failure is not None and time.monotonic() < self.failed_until
        changed = self.refused and self.refused != mark and not wrong("refusal-outlives-change")
        if remembered and not changed:
            raise self.failure
        folder = os.environ.get("TALEND_OAUTH_STORE")
        try:
            if folder is None:
                return self.tried(secret)
            return stored(Path(folder), lambda: self.tried(secret))
        except TokenError as error:
            asks = wrong("asks-again", "asks-again-after-403" if "403" in str(error) else "")
            wait = max(30 if error.refused and not asks else 0, error.wait)
            if wrong("remembers-all-failures"):  # which is right
                wait = max(wait, 3)
            self.failed_until = time.monotonic() + wait
            self.refused = mark if error.refused else b""
            raise

    def secret(self) -> str:
        file = os.environ.get("TALEND_CLIENT_SECRET_FILE")
        if file is None:
            return os.environ["TALEND_CLIENT_SECRET"]
        if not self.secret_once or not wrong("reads-once"):
            self.secret_once = Path(file).read_text().strip()
        return self.secret_once

    def tried(self, secret: str) -> Token:
        most = 6 if wrong("six-tries") else 1 if wrong("no-retries") else 3
        end = time.monotonic() + 4 * DEADLINE
        for left in reversed(range(most)):
            try:
                return requested(secret)
            except TokenError as error:
                wait = error.wait
                again = error.again or (error.refused and wrong("retries-refusals"))
                late = time.monotonic() + wait >= end and not wrong("waits-the-hour")
                if not again or not left or late:
                    raise
                time.sleep(wait + (0 if wrong("no-pause") else between(0.1, 0.3)))
        raise AssertionError

    def discard(self, value: str) -> None:
        if wrong("discards-what-there-is"):
            time.sleep(between(0, 0.5))
        with self.lock:
            if self.token and (self.token.value == value or wrong("discards-what-there-is")):
                self.token = None


def requested(secret: str) -> Token:
    pair = f"{os.environ['TALEND_CLIENT_ID']}:{secret}"
    if wrong("form-encoded"):
        pair = ":".join(map(quote_plus, (os.environ["TALEND_CLIENT_ID"], secret)))
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/json",
        "talend-version": "2021-03",
    }
    if wrong("no-version"):
        del headers["talend-version"]
    if wrong("secret-in-header"):
        headers["X-Client"] = pair
    audience = f"{API}/" if wrong("other-audience") else API
    body = json.dumps({"grant_type": "client_credentials", "audience": audience}).encode()
    sent = time.monotonic()
    try:
        status, response, content = exchange("POST", API + TOKEN_PATH, headers, body)
        if status in (302, 307) and wrong("follows-redirects"):
            url = response["Location"]
            status, response, content = exchange("POST", url, headers, body)
        if status == 303 and wrong("follows-own-redirects"):
            status, response, content = exchange("GET", response["Location"], {}, None)
    except (OSError, http.client.HTTPException) as error:
        again = not isinstance(error, TimeoutError) and not wrong("no-retries-of-connections")
        raise TokenError(f"unreachable: {type(error).__name__}", again=again) from None
    if wrong("counts-from-receipt"):
        sent = time.monotonic()
    if status != 200:
        wait = float(response.get("Retry-After") or 0)
        raise TokenError(
            content.decode() if wrong("prints-bodies") else f"no token: {status}",
            refused=status in (401, 403) or (status == 400 and wrong("retries-refusals")),
            again=status in RETRIED and not (status == 500 and wrong("no-retries-of-500")),
            wait=0 if wrong("ignores-retry-after") else wait,
        )
    return read_token(content, sent)


def read_token(content: bytes, sent: float) -> Token:
    try:
        data = json.loads(content)
        kind, value, lifetime = data["token_type"], data["access_token"], data.get("expires_in")
    except (ValueError, KeyError, TypeError):
        if wrong("page-is-token"):
            return Token(content.decode().strip()[:20] or "empty", sent, 1800)
        if not wrong("takes-anything"):
            raise TokenError("200 without a token", odd=True) from None
        kind, value, lifetime = "Bearer", "undefined", None
    if wrong("strict-members") and set(data) - {"access_token", "token_type", "expires_in"}:
        raise TokenError("members that are unknown")
    if kind.lower() != "bearer" and not wrong("any-type"):
        raise TokenError("a token of another type")
    usable = isinstance(value, str) and value and value.isascii() and value.isprintable()
    if not usable and not wrong("takes-anything"):
        raise TokenError("an access_token that is no text")
    if isinstance(lifetime, str) and wrong("only-numbers"):
        raise TokenError("expires_in is no number")
    if isinstance(lifetime, str) and wrong("text-is-half-hour"):
        lifetime = None
    if lifetime is None and wrong("absent-is-zero"):
        lifetime = 0
    ends = [float(lifetime)] if lifetime is not None else []
    with contextlib.suppress(ValueError, IndexError, KeyError):
        claims = json.loads(base64.urlsafe_b64decode(str(value).split(".")[1] + "=="))
        said = [claims["exp"] - claims["iat"], claims["exp"] - time.time()]
        if wrong("ignores-member"):
            ends = said
        elif not wrong("ignores-jwt" if ends else "absent-ignores-jwt"):
            ends += said
    value = str(value).replace("\r", "").replace("\n", "")
    return Token(value, sent, min(ends, default=1800))


def stored(folder: Path, fetch: Callable[[], Token]) -> Token:
    """Return the token of a folder that is shared, or fetch one for all."""
    folder.mkdir(mode=0o755 if wrong("open-store") else 0o700, exist_ok=True)
    with locked(folder):
        file = folder / "token"
        if file.exists():
            value, ends, lifetime = json.loads(file.read_text())
            if ends > time.time():
                return Token(value, time.monotonic() + ends - time.time() - lifetime, lifetime)
        token = fetch()
        ends = token.end - time.monotonic() + time.time()
        mode = 0o644 if wrong("open-store") else 0o600
        file.touch(mode)
        file.write_text(json.dumps([token.value, ends, token.lifetime]))
        if wrong("credentials-in-store"):
            pair = f"{os.environ['TALEND_CLIENT_ID']}:{os.environ['TALEND_CLIENT_SECRET']}"
            (folder / "basic").write_bytes(base64.b64encode(pair.encode()))
        return token


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    if wrong("store-without-lock"):
        yield
    elif wrong("lock-that-stays"):
        while True:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(folder / "lock", os.O_CREAT | os.O_EXCL))
                break
            time.sleep(0.05)
        yield
        (folder / "lock").unlink()
    else:
        with (folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def exchange(
    method: str, url: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, Message, bytes]:
    """Send a request and read its response within the deadline and up to a size."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    unbounded = wrong("no-deadline", "reads-everything")
    end = time.monotonic() + DEADLINE
    connection.timeout = None if unbounded else DEADLINE
    with contextlib.closing(connection):
        connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body, headers)
        response = connection.getresponse()
        content = b""
        while part := response.read1(4096):
            content = part if wrong("reads-everything") else content + part
            if len(content) > LARGEST:
                raise http.client.HTTPException("too large")
            if time.monotonic() > end and not unbounded and not wrong("deadline-of-a-byte"):
                raise TimeoutError
        return response.status, response.headers, content


SOURCE = Source()


def request(step: str) -> dict[str, object]:
    kind, *rest = step.split()
    method, url = (
        ("GET", f"{API}/account/me") if kind == "call" else ("GET", rest[-1] if rest else "")
    )
    if kind in ("post", "stream"):
        method, url = "POST", f"{API}/processing/executions"
    body = None if method == "GET" else iter([BODY]) if kind == "stream" else BODY
    tries = 5 if wrong("401-for-ever") else 2
    try:
        for left in reversed(range(tries)):
            headers = {"Content-Type": "application/json"} if body else {}
            token = None
            is_own = urlsplit(url)[:2] == urlsplit(API)[:2]
            if wrong("prefix-is-own"):
                is_own = url.startswith(API)
            if not is_own and wrong("token-in-header-to-all"):
                headers["X-Token"] = SOURCE.get().value
            if is_own or wrong("token-to-all"):
                token = SOURCE.get()
                headers["Authorization"] = f"Bearer {token.value}"
                if wrong("token-in-url"):
                    url = f"{url.partition('?')[0]}?access_token={token.value}"
            sent = b"".join(body) if kind == "stream" else body
            status, response, _ = exchange(method, url, headers, sent)
            if status in (302, 307):
                own = headers if wrong("redirect-with-token") else {}
                status = exchange(method, response["Location"], own, sent)[0]
            if wrong(f"{status}-is-401"):  # 403 or 404
                SOURCE.discard(token.value)
            if status != 401 or token is None or not left or wrong("no-401"):
                return {"status": status}
            SOURCE.discard(token.value)
            if kind == "stream" and not wrong("replays-streams"):
                return {"status": status}
            if kind == "post" and wrong("replays-without-body"):
                body = b"{}"
    except (TokenError, OSError, http.client.HTTPException) as error:
        return {"error": str(error)}


def main() -> None:
    for line in sys.stdin:
        step = line.strip()
        if step == "exit":
            return
        count = int(step.split()[1]) if step.startswith("call ") else 1
        with ThreadPoolExecutor(count) as pool:
            results = list(pool.map(request, [step] * count))
        sys.stdout.write(json.dumps(results) + "\n")
        sys.stdout.flush()


main()
