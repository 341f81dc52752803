"""The message bank: headers, bodies, sessions, process state and the event log."""

from .bank import Bank, open_bank
from .places import bank_place
from .purging import Purged, older_than, purge
from .rows import Event, MessageRow, ProcessRow, SessionRow, SessionTrace
from .transfer import Moved, export_messages, import_messages
from .waits import Waits

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
