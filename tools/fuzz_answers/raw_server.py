"""A server on loopback that answers with given bytes and hangs up."""

from __future__ import annotations

import socket
import threading
from typing import Self

_LARGEST_REQUEST = 65536


class RawServer:
    """Answers each connection with `answer`, whatever was asked.

    Attributes:
        url: Where it listens.
        answer: The bytes to send next.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answer = b""
        self._is_ended = False

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._is_ended:
                    return
                try:
                    _read_request(connection)
                    connection.sendall(self.answer)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1)  # until the client has read it and hangs up
                except OSError:
                    pass

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ended = True
        socket.create_connection(self._listener.getsockname()).close()  # ends the accept
        self._thread.join()
        self._listener.close()


def _read_request(connection: socket.socket) -> None:
    """Read until head and body are there: closing on unread data would reset the connection."""
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}"):
        data += (part := connection.recv(_LARGEST_REQUEST))
        if not part:
            return
