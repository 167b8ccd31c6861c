"""A quick share of `scripts/prove fuzz`, the same every time."""

from __future__ import annotations

from fuzz_answers.fuzz import fuzz_in_process, fuzz_other_inputs, fuzz_over_a_socket


def test_whatever_answers_nothing_but_a_token_or_an_error_of_ours_comes_out() -> None:
    kinds = fuzz_in_process(1500, 6)

    assert sum(kinds.values()) >= 1500
    assert kinds.keys() >= {"AccessToken", "UnexpectedResponseError"}


def test_whatever_bytes_answer_nothing_but_a_token_or_an_error_of_ours_comes_out() -> None:
    kinds = fuzz_over_a_socket(30, 6)

    assert sum(kinds.values()) >= 30
    assert kinds["UnreachableError"]


def test_whatever_is_stored_or_set_or_dated_is_read_or_refused() -> None:
    kinds = fuzz_other_inputs(1500, 6)

    assert sum(kinds.values()) >= 1500
    assert kinds.keys() >= {
        *("record: no token", "record: the saved token", "api_url refused"),
        *("client_secret refused", "Retry-After: seconds", "Retry-After: a date"),
    }
    assert any(kind.endswith(" accepted") for kind in kinds)
