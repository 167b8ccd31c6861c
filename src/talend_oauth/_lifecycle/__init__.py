"""The lifetime of a token: cached, fetched once for all callers, refreshed in the background."""
