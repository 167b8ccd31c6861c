"""Takes each masking away, to see that the canary notices: scripts/prove-masking."""
