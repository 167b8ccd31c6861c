"""One token request: the generated client, its response, errors in words."""
