"""The tooling of the OpenAPI document: derive, lint, compare. Not part of the wheel."""
