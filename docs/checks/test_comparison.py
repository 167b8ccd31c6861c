"""The comparison shows what was measured."""

from comparison_page import PAGE, page


def test_its_table_is_of_the_results() -> None:
    shown = PAGE.read_text(encoding="utf-8")
    assert shown == page(shown), "run docs/checks/comparison_page.py"
