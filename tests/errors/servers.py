"""Servers that fail below HTTP: bytes as given, TLS with a certificate as given, a proxy."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Serve each connection with a function, and yield the port."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while not ended.is_set():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                if not ended.is_set():
                    serve(connection, ended)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        socket.create_connection(listener.getsockname()).close()  # ends the accept on every system
        thread.join()
        listener.close()


def answering(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Return a function that answers whatever is asked with these bytes, and hangs up."""

    def serve(connection: socket.socket, ended: threading.Event) -> None:
        del ended
        connection.recv(65536)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):  # with bytes unread, closing would reset the connection
            pass

    return serve


def dripping(
    head: bytes, drop: bytes, hung_up: threading.Semaphore
) -> Callable[[socket.socket, threading.Event], None]:
    """Return a function that sends a beginning, and then a drop now and then, without end.

    Args:
        head: The beginning.
        drop: What is sent again and again.
        hung_up: Released once for each client that hangs up before the server ends.
    """

    def serve(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65536)
        try:
            connection.sendall(head)
            while not ended.wait(0.02):
                connection.sendall(drop)
        except OSError:
            hung_up.release()

    return serve


def secured(folder: Path, host: str, days: int) -> Callable[[socket.socket, threading.Event], None]:
    """Return a function that does the TLS handshake, with a certificate it signed itself.

    Args:
        folder: Where `certificate.pem` is written.
        host: The name or address that it is for.
        days: Until it ends; negative for one that has ended.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    try:
        subject: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "certificate.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)

    def serve(connection: socket.socket, ended: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as channel:
            answering(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")(channel, ended)

    return serve
