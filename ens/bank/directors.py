"""Which Director writes to a bank, or did so last."""

import socket
import time
from pathlib import Path

from sqlalchemy import delete, select

from .bank import Bank
from .schema import directors


def succeed(bank: Bank, folder: Path) -> bool:
    """A Director in a folder of this machine begins to write; whether the last one that wrote was in the same place."""
    place = f"{socket.gethostname()}:{folder}"
    with bank.transaction() as connection:
        before = connection.scalar(select(directors.c.place))
        connection.execute(delete(directors))
        connection.execute(directors.insert().values(id=1, place=place, since=time.time()))
    return before == place
