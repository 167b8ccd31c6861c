"""Mutations of the source, by cosmic-ray: `scripts/prove mutations`."""
