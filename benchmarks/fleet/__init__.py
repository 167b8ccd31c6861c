"""A fleet of processes in virtual time, with the real policy: `scripts/prove fleet`."""
