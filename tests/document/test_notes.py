"""Notes are found by the place that they speak of."""

from __future__ import annotations

from openapi_document.notes import Note, find_note, read_notes


def test_the_note_of_the_longest_pointer_counts_and_the_most_particular_place_first() -> None:
    text = (
        "# Notes\n\n## All\n\n- Applies to: `/a`, `/b`\n- In short: One.\n\n"
        "## Part\n\n- Applies to: `/a/b`\n- Status: ours\n- In short: Two.\n\n## None\n\nText.\n"
    )
    whole, part = notes = read_notes(text)
    assert notes == [Note("All", ("/a", "/b"), "One."), Note("Part", ("/a/b",), "Two.")]
    assert find_note(notes, ["/a/b/c"]) == part
    assert find_note(notes, ["/a/bc"]) == whole
    assert find_note(notes, ["/x", "/b", "/a/b"]) == whole
    assert find_note(notes, ["/x"]) is None
    assert find_note(notes, []) is None
