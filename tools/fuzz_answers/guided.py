"""The same, guided by coverage with atheris (libFuzzer): a byte says what the others are."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["talend_oauth", "talend_oauth_api"]):
    from .answers import Answer
    from .inputs import INPUTS
    from .judging import judge, settings

_TRIES = 200_000
_NAMES = (b"content-type", b"content-encoding", b"retry-after", b"location", b"x-request-id")
_ASKED = settings()


def one(data: bytes) -> None:
    """Judge the input that these bytes describe."""
    [*INPUTS, answer][min(data[0], len(INPUTS)) if data else 0](data[1:])


def answer(data: bytes) -> None:
    """Judge the answer that these bytes describe."""
    given = atheris.FuzzedDataProvider(data)
    status = given.ConsumeIntInRange(100, 599) if given.ConsumeBool() else 200
    headers = [
        (_NAMES[given.ConsumeIntInRange(0, len(_NAMES) - 1)], given.ConsumeBytes(16))
        for _ in range(given.ConsumeIntInRange(0, 3))
    ]
    headers = [(name, value.translate(None, b"\r\n\x00")) for name, value in headers]
    if given.ConsumeBool():
        headers.append((b"content-type", b"application/json"))
    body = given.ConsumeBytes(sys.maxsize)
    judge(_ASKED, Answer(status, headers, body).as_transport())


def main() -> None:
    """Fuzz for so many tries."""
    tries = sys.argv[1] if len(sys.argv) > 1 else str(_TRIES)
    atheris.Setup([sys.argv[0], f"-runs={tries}", "-max_len=600"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
