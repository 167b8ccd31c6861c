"""How to reach the server of the bench."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Self

_VARIABLE = "TALEND_OAUTH_BENCH"


class Address(NamedTuple):
    """How to reach the server; travels to child processes as JSON.

    Attributes:
        url: Of the sandbox itself.
        form_url: Of the sandbox for forms.
        tls_url: The same behind TLS.
        client_id: Of the service account.
        client_secret: Its secret, which exists for this run only.
        certificate: File of the certificate behind `tls_url`.
    """

    url: str
    form_url: str
    tls_url: str
    client_id: str
    client_secret: str
    certificate: str

    @classmethod
    def from_environment(cls) -> Self:
        """Return the address that `environment` put into a child's environment."""
        return cls(*json.loads(os.environ[_VARIABLE]))

    @property
    def settings(self) -> dict[str, str]:
        """The arguments of a `TokenSource`."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "api_url": self.url,
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a child process that is a client of this server."""
        return {
            **os.environ,
            _VARIABLE: json.dumps(self),
            "TALEND_CLIENT_ID": self.client_id,
            "TALEND_CLIENT_SECRET": self.client_secret,
            "TALEND_API_URL": self.url,
            "SSL_CERT_FILE": self.certificate,
            "REQUESTS_CA_BUNDLE": self.certificate,
        }
