"""What scripts/demo shows: fetched, cached, refreshed, used, and a wrong secret explained."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import talend_oauth
from talend_oauth import TalendOAuthError, TokenSource
from talend_oauth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from talend_oauth import Event

LIFE = 4.0  # seconds a token of the sandbox lives here, so that its refresh can be watched
BAR = 30


def main() -> int:
    """Run the demo; the exit status is 0 when everything went as told."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Show the life of a token.")
    parser.add_argument("--live", action="store_true", help="use Talend instead of the sandbox")
    try:
        return live() if parser.parse_args().live else sandboxed()
    except TalendOAuthError as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def live() -> int:
    """Get a token from Talend and ask whose it is."""
    source = TokenSource()
    title("A token from Talend")
    token = source.token()
    say(f"{token!r}, valid for {token.expires_in / 60:.0f} minutes")
    title("The same token again")
    say("no request was sent" if source.token() is token else "it was refreshed in between")
    title("GET /account/me with it")
    who_am_i(source)
    return 0


def sandboxed() -> int:
    """Tell the whole story against a sandbox with short-lived tokens."""
    with Sandbox(token_lifetime=1800) as sandbox:
        title("1  A token is issued")
        source = TokenSource(
            client_id=sandbox.client_id, client_secret=sandbox.client_secret, api_url=sandbox.url
        )
        first = source.token()
        say(f"{first!r} from {sandbox.url}")
        requests(sandbox, 1)

        title("2  The same token again, a thousand times")
        expect(all(source.token() is first for _ in range(1000)))
        requests(sandbox, 1)

        title("3  GET /account/me with it")
        who_am_i(source)

        title("4  An API rejects the token: a new one is fetched, and the request sent again")
        sandbox.revoke(first.value)
        who_am_i(source)
        requests(sandbox, 2)

        title(f"5  Tokens of {LIFE:.0f} seconds are refreshed in the background")
        sandbox.settings.token_lifetime = LIFE
        events: list[Event] = []
        short = TokenSource(
            client_id=sandbox.client_id,
            client_secret=sandbox.client_secret,
            api_url=sandbox.url,
            audience="https://short-lived.example",
            on_event=events.append,
        )
        watch(short, tokens=3)
        requests(sandbox, 5)

        title("6  The endpoint is down: the current token is served until it expires")
        sandbox.fail(status=503, times=None)
        watch(short, until=lambda: any(event.name == "stale" for event in events))
        say("a refresh failed in the background; now the endpoint is back")
        sandbox.faults.clear()
        watch(short, tokens=2)

        title("7  A wrong secret is explained")
        return wrong_secret(sandbox)


def watch(
    source: TokenSource, *, tokens: int = 0, until: Callable[[], bool] = lambda: False
) -> None:
    """Print how much is left of the current token.

    Args:
        source: Asked four times a second.
        tokens: Stop when so many different ones were seen.
        until: Stop when this says so, instead.
    """
    seen = {source.token().value}
    while len(seen) != tokens and not until():
        time.sleep(0.25)
        token = source.token()
        news = "" if token.value in seen else "  refreshed"
        seen.add(token.value)
        left = max(0.0, token.expires_at - time.time()) / token.expires_in
        print(f"   |{'#' * round(BAR * left):<{BAR}}|{news}", flush=True)


def who_am_i(source: TokenSource) -> None:
    """Call `GET /account/me`."""
    with talend_oauth.client(source) as talend:
        account = talend.get("/account/me").raise_for_status().json()
    say(f"{account['type']} {account['name']!r}, permissions {', '.join(account['permissions'])}")


def wrong_secret(sandbox: Sandbox) -> int:
    """Ask with a wrong secret, and print the error."""
    try:
        TokenSource(
            client_id=sandbox.client_id,
            client_secret="not-the-secret",  # noqa: S106
            api_url=sandbox.url,
        ).token()
    except TalendOAuthError as error:
        for line in str(error).splitlines():
            say(line)
        print("\nAll as expected.")
        return 0
    raise SystemExit("a wrong secret was accepted")


def requests(sandbox: Sandbox, expected: int) -> None:
    """Say how many token requests there were so far, and stop if it is another number."""
    count = sandbox.token_requests
    say(f"token requests so far: {count}")
    expect(count == expected)


def expect(truth: bool) -> None:
    """End the demo with an error if something is not as told."""
    if not truth:
        raise SystemExit("that is not what was to be shown")


def title(text: str) -> None:
    """Print the headline of a step."""
    print(f"\n{text}")


def say(text: str) -> None:
    """Print a line of a step."""
    print(f"   {text}")


if __name__ == "__main__":
    sys.exit(main())
