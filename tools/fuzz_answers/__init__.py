"""Fuzzing of what comes from outside: responses, stored records, settings."""
