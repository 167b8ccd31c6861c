"""Print the account in each region, with the standard library for the requests.

    python accounts.py eu us

The class below does not know talend_oauth: it takes any function that returns a token, and calls
it for every request.
"""

import json
import sys
import urllib.request
from collections.abc import Callable

from talend_oauth import Settings, TokenSource


class Talend:
    """A few calls of Talend's API.

    Args:
        url: Base URL of the API.
        token: Returns a token that is valid now.
    """

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self.url = url
        self.token = token

    def account(self) -> str:
        """Return the name of the account that the token is for."""
        request = urllib.request.Request(  # noqa: S310 - the URL is the program's own
            f"{self.url}/account/me", headers={"Authorization": f"Bearer {self.token()}"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return str(json.load(response)["name"])


def main(regions: list[str]) -> None:
    """Print a line for each region, or for the one of the environment."""
    for settings in [Settings(region=region) for region in regions] or [Settings()]:
        url = str(settings.api_url)
        print(f"{url}  {Talend(url, TokenSource(settings)).account()}")


if __name__ == "__main__":
    main(sys.argv[1:])
