"""`talend-oauth sandbox`: a local Talend; needs the extra `sandbox`."""

from __future__ import annotations

from talend_oauth.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments.

    Raises:
        ImportError: When the extra is not installed.
    """
    from talend_oauth.sandbox._command import parser as made

    return made()


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
