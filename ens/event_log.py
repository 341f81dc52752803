"""The event log as JSON lines: what the bank is told of, one object a line, for those who collect logs.

It is read from the bank, so that it says exactly what was committed, also from another process. Records of Python's
`logging` take the same form. Secrets are hidden.
"""

import errno
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from .bank import Event
from .redaction import redacted

if TYPE_CHECKING:
    from .bank import Bank

_BATCH = 500
_PAUSE = 0.25  # seconds between two looks
_AWAY = 1.0  # after an error
_log = logging.getLogger("isc.py.ens")


def last_event(bank: "Bank") -> int:
    """The id of the newest event, 0 when there is none."""
    from sqlalchemy import func, select

    from .bank.schema import events

    return int(bank.rows(select(func.max(events.c.id)))[0][0] or 0)


def events_after(bank: "Bank", event_id: int) -> list[Event]:
    """The next events in their order, some hundreds at most."""
    from sqlalchemy import select

    from .bank.schema import events

    query = select(events).where(events.c.id > event_id).order_by(events.c.id).limit(_BATCH)
    return [Event(*row) for row in bank.rows(query)]


def follow(bank: "Bank", after: int, stop: threading.Event) -> Iterator[Event]:
    """Events as they are committed, until `stop` is set; what was committed before that is given, too."""
    while True:
        ended = stop.is_set()
        found = events_after(bank, after)
        yield from found
        if found:
            after = found[-1].id
        elif ended:
            return
        else:
            stop.wait(_PAUSE)


def line_of(event: Event, production: str = "") -> str:
    """An event as a JSON line without its end."""
    shown = asdict(event)
    shown["time"] = _iso(event.time)
    shown["item"], shown["message"] = shown.pop("host"), shown.pop("header")
    shown["text"] = redacted(event.text)
    if production:
        shown["production"] = production
    return json.dumps({key: value for key, value in shown.items() if value is not None}, ensure_ascii=False)


class JsonLines(logging.Formatter):
    """Log records in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a JSON line."""
        shown = {
            "time": _iso(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": redacted(record.getMessage()),
        }
        if record.exc_info:
            shown["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(shown, ensure_ascii=False)


class RedactingFormatter(logging.Formatter):
    """Log records as text, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        return redacted(super().format(record))


class EventLog:
    """Writes events to a file (0600) while a production runs; it is opened anew when it was moved away.

    Args:
        bank: whose events; those that come from now on.
        path: the file, which is appended to.
        production: its name, which each line has.
    """

    def __init__(self, bank: "Bank", path: Path, production: str) -> None:
        self._bank = bank
        self._path = path
        self._production = production
        self._stop = threading.Event()
        self._file = self._opened()
        self._after = last_event(bank)
        self._thread = threading.Thread(target=self._run, name="event log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what was committed, then close the file; what cannot be read or written now stays in the bank alone."""
        self._stop.set()
        self._thread.join()
        self._file.close()

    def _run(self) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        told = ""
        while True:
            try:
                for event in follow(self._bank, self._after, self._stop):
                    self._write(line_of(event, self._production) + "\n")
                    self._after = event.id
            except (SQLAlchemyError, OSError) as error:
                if str(error) != told:
                    told = str(error)
                    _log.warning("the event log %s does not go on for now: %s", self._path, told)
                if self._stop.wait(_AWAY):
                    return
            else:
                return

    def _write(self, line: str) -> None:
        """All of the line or nothing."""
        if not self._path.exists():  # logrotate has moved it
            self._file.close()
            self._file = self._opened()
        data = line.encode("utf-8", "backslashreplace")  # half a surrogate pair is JSON so, too
        before = os.fstat(self._file.fileno()).st_size
        written = self._file.write(data)
        if written != len(data):
            os.ftruncate(self._file.fileno(), before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))

    def _opened(self) -> FileIO:
        self._path.touch(mode=0o600, exist_ok=True)
        return FileIO(self._path, "a")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
