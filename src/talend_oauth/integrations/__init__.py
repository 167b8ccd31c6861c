"""Tokens for other HTTP libraries; each module needs the library it is named after."""
