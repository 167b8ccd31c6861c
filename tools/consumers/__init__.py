"""Generates, compiles and runs the consumers of the OpenAPI document."""
