"""A local mock of Talend Cloud: the token endpoint, its keys, `/account/me` and task runs.

It needs the extra `sandbox`. `Sandbox` serves on a loopback port, and `create_app` returns the
same as an ASGI application. The command is `talend-oauth sandbox`.
"""

try:
    from ._accounts import Account, load_accounts
    from ._app import SandboxApp, create_app
    from ._clock import OffsetClock
    from ._faults import Fault
    from ._log import LogEntry
    from ._sandbox import Sandbox
    from ._settings import Settings
    from ._state import SandboxState
except ModuleNotFoundError as missing:
    raise ImportError(
        f"The sandbox needs {missing.name}: pip install 'talend-oauth[sandbox]'", name=missing.name
    ) from missing

__all__ = [
    "Account",
    "Fault",
    "LogEntry",
    "OffsetClock",
    "Sandbox",
    "SandboxApp",
    "SandboxState",
    "Settings",
    "create_app",
    "load_accounts",
]
