"""Productions: business hosts, the Director that runs them, the bank that keeps their messages.

Names are imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .definition import Item
    from .director import Director
    from .exceptions import (
        CycleError,
        MessageFailedError,
        MessageTimeoutError,
        NotTakenError,
        ProductionError,
        RetryMessage,
        SuspendMessage,
        TargetNotFoundError,
        UnreachableError,
    )
    from .hosts import BusinessOperation, BusinessProcess, BusinessProcessBPL, BusinessService, Host, Production
    from .operation import Operation
    from .post_box import PostBox
    from .process_utils import ProcessUtils
    from .relay import Sent
    from .settings import Setting

__all__ = [
    "BusinessOperation",
    "BusinessProcess",
    "BusinessProcessBPL",
    "BusinessService",
    "CycleError",
    "Director",
    "Host",
    "Item",
    "MessageFailedError",
    "MessageTimeoutError",
    "NotTakenError",
    "Operation",
    "PostBox",
    "ProcessUtils",
    "Production",
    "ProductionError",
    "RetryMessage",
    "Sent",
    "Setting",
    "SuspendMessage",
    "TargetNotFoundError",
    "UnreachableError",
]

_MODULES = {
    "Director": "director",
    "Operation": "operation",
    "PostBox": "post_box",
    "ProcessUtils": "process_utils",
    "Sent": "relay",
    "Item": "definition",
    "Setting": "settings",
    **dict.fromkeys(
        (
            "CycleError",
            "MessageFailedError",
            "MessageTimeoutError",
            "NotTakenError",
            "ProductionError",
            "RetryMessage",
            "SuspendMessage",
            "TargetNotFoundError",
            "UnreachableError",
        ),
        "exceptions",
    ),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.ens' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"isc.py.ens.{_MODULES.get(name, 'hosts')}"), name)
