"""A message run again on the context it began with, in this process: nothing is sent and the bank stays as it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isc.py.msg import Message, Response, wire
from sqlalchemy import select

from .bank import Bank
from .bank.schema import sessions
from .checkpoint import CheckpointError, checkpoint_of, restore
from .production import checked_host, definition_of
from .resend import resent_body


def replay(bank: Bank, folder: Path, message: int, changes: Mapping[str, object]) -> Message:
    """What the operation answers to a message of the bank, with `changes` of its properties, when it runs now as then.

    The host is made and initialized anew, then the context takes the place of what that left.

    Raises:
        CheckpointError: there is no such message, it has no checkpoint, or the production has no such item any more.
        CodeError: the message's code raised.
    """
    row = bank.message(message)
    if row is None:
        raise CheckpointError(f"the bank has no message {message}")
    found = checkpoint_of(folder, row.session, message)
    query = select(sessions.c.production).where(sessions.c.id == row.session)
    production = next((str(name) for (name,) in bank.rows(query)), "")
    items = definition_of(production).items if production else ()
    item = next((item for item in items if item.name == row.target), None)
    if item is None:
        raise CheckpointError(
            f"production {production or 'none'} has no item {row.target!r} any more: use session open"
        )
    request = wire.message_of(row.class_name, resent_body(row, changes))
    host: Any = checked_host(production, item)
    host.on_init()
    restore(folder, found, before=True)
    answer: Message | None = host.on_request(request)
    return answer if answer is not None else Response()
