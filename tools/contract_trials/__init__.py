"""Trials of the contract tests in scratch copies: damages that they notice, changes they allow."""
