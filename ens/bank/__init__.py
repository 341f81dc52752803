"""The message bank: headers, bodies, sessions, process state and the event log."""

from .bank import Bank, open_bank
from .rows import Event, MessageRow, SessionRow, SessionTrace

__all__ = ["Bank", "Event", "MessageRow", "SessionRow", "SessionTrace", "open_bank"]
