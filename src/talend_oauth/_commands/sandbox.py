"""`talend-oauth sandbox`: a local Talend; needs the extra `sandbox`."""

from __future__ import annotations

from talend_oauth.errors import ConfigurationError


def run(arguments: list[str]) -> int:
    """Run the sandbox until it is interrupted.

    Raises:
        ConfigurationError: When the extra is not installed, or an option is wrong.
    """
    try:
        from talend_oauth.sandbox import main
    except ImportError:
        raise ConfigurationError(
            "The sandbox is not installed.", hint="Install it: pip install 'talend-oauth[sandbox]'"
        ) from None
    return main(arguments)
