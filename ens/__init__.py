"""Productions: business hosts, the Director that runs them, the bank that keeps their messages.

Names are imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .director import Director
    from .exceptions import MessageFailedError, MessageTimeoutError, ProductionError, TargetNotFoundError
    from .hosts import BusinessOperation, BusinessProcess, BusinessProcessBPL, BusinessService, Host, Production
    from .operation import Operation
    from .process_utils import ProcessUtils

__all__ = [
    "BusinessOperation",
    "BusinessProcess",
    "BusinessProcessBPL",
    "BusinessService",
    "Director",
    "Host",
    "MessageFailedError",
    "MessageTimeoutError",
    "Operation",
    "ProcessUtils",
    "Production",
    "ProductionError",
    "TargetNotFoundError",
]

_MODULES = {
    "Director": "director",
    "Operation": "operation",
    "ProcessUtils": "process_utils",
    **dict.fromkeys(
        ("MessageFailedError", "MessageTimeoutError", "ProductionError", "TargetNotFoundError"), "exceptions"
    ),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.ens' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"isc.py.ens.{_MODULES.get(name, 'hosts')}"), name)
