"""The message bank: headers, bodies, sessions, process state and the event log.

What opens a bank is imported when first used: who only names its rows needs no SQLAlchemy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .places import bank_place
from .rows import Event, MessageRow, ProcessRow, SessionRow, SessionTrace
from .waits import Waits

if TYPE_CHECKING:
    from .bank import Bank, open_bank
    from .purging import Purged, older_than, purge
    from .transfer import Moved, export_messages, import_messages

__all__ = [
    "Bank",
    "Event",
    "MessageRow",
    "Moved",
    "ProcessRow",
    "Purged",
    "SessionRow",
    "SessionTrace",
    "Waits",
    "bank_place",
    "export_messages",
    "import_messages",
    "older_than",
    "open_bank",
    "purge",
]

_MODULES = {
    **dict.fromkeys(("Purged", "older_than", "purge"), "purging"),
    **dict.fromkeys(("Moved", "export_messages", "import_messages"), "transfer"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.ens.bank' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"isc.py.ens.bank.{_MODULES.get(name, 'bank')}"), name)
