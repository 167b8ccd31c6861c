"""Fuzzing of what may come in place of a token."""
