"""Wrong edits, each of which a test has to notice: `scripts/prove edits`."""
