"""The conformance kit, run over OAuth libraries: `scripts/prove scoreboard`."""
