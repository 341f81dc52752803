"""The message bank: headers, bodies, sessions, process state and the event log."""

from .bank import Bank, open_bank
from .rows import Event, MessageRow, ProcessRow, SessionRow, SessionTrace
from .waits import Waits

__all__ = ["Bank", "Event", "MessageRow", "ProcessRow", "SessionRow", "SessionTrace", "Waits", "open_bank"]
