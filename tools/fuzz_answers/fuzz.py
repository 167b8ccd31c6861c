"""The fuzzer: many answers, in process and over a socket, and other inputs, each judged."""

from __future__ import annotations

import argparse
import collections
import secrets
import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from .answers import COMBINATIONS, PER_COMBINATION, RAW, Answer
from .inputs import INPUTS
from .judging import judge, settings
from .raw_server import RawServer

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 200_000
_PORTION = 20_000


def _portions(tries: int) -> list[int]:
    whole, rest = divmod(tries, _PORTION)
    return [_PORTION] * whole + ([rest] if rest else [])


def _options(tries: int) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=tries,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def fuzz_in_process(tries: int, start: int) -> collections.Counter[str]:
    """Judge so many answers without a network, and count the kinds of outcome."""
    kinds: collections.Counter[str] = collections.Counter()
    asked = settings()

    @seed(start)
    @_options(-(-tries // PER_COMBINATION))
    @given(COMBINATIONS)
    def one(answers: list[Answer]) -> None:
        for answer in answers:
            kinds[judge(asked, answer.as_transport())] += 1

    one()
    return kinds


def fuzz_over_a_socket(tries: int, start: int) -> collections.Counter[str]:
    """Judge so many answers as bytes on a connection, and count the kinds of outcome."""
    kinds: collections.Counter[str] = collections.Counter()
    with RawServer() as server:
        asked = settings(server.url)

        @seed(start)
        @_options(tries)
        @given(RAW)
        def one(answer: bytes) -> None:
            server.answer = answer
            kinds[judge(asked, None)] += 1

        one()
    return kinds


def fuzz_other_inputs(tries: int, start: int) -> collections.Counter[str]:
    """Judge so many stored records, settings and dates, and count the kinds of outcome."""
    kinds: collections.Counter[str] = collections.Counter()

    @seed(start)
    @_options(tries)
    @given(st.one_of(st.tuples(st.just(judged), tried) for judged, tried in INPUTS.items()))
    def one(case: tuple[Callable[[bytes], str], bytes]) -> None:
        judged, data = case
        kinds[judged(data)] += 1

    one()
    return kinds


def main() -> int:
    """Fuzz, and print a table of what came out."""
    parser = argparse.ArgumentParser(prog="scripts/prove fuzz")
    parser.add_argument("tries", nargs="?", type=int, default=_TRIES)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options = parser.parse_args()
    over_socket, others = options.tries // 20, options.tries // 5
    ways = f"{over_socket} over a socket, {others} of stored records, settings and dates"
    print(f"seed {options.seed}; {options.tries} tries: {ways}")
    started, done = time.monotonic(), 0
    kinds: collections.Counter[str] = collections.Counter()
    for way, tries in (
        (fuzz_in_process, options.tries - over_socket - others),
        (fuzz_over_a_socket, over_socket),
        (fuzz_other_inputs, others),
    ):
        for number, portion in enumerate(_portions(tries)):
            found = way(portion, options.seed + number)
            kinds += found
            done += sum(found.values())
            print(f"  {done:>7} tries, {time.monotonic() - started:5.0f} s", flush=True)
    print(f"\n{'outcome':<26}{'times':>8}")
    for kind, count in kinds.most_common():
        print(f"{kind:<26}{count:>8}")
    print(f"\n{sum(kinds.values())} tries: nothing but what may come out")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
