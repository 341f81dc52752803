"""Dates and times of PostgreSQL by pg8000: read as ISO, which is several times as fast as pg8000's own way."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

__all__ = ["read_times_as_iso"]


def read_times_as_iso(connection: Any, _record: object = None) -> None:
    """Have a connection of pg8000 read dates and times so; what is no ISO (``infinity``, ``BC``) as before."""
    from pg8000 import converters

    for number, parsed, otherwise in (
        (1082, date.fromisoformat, converters.date_in),
        (1083, time.fromisoformat, converters.time_in),
        (1114, datetime.fromisoformat, converters.timestamp_in),
        (1184, datetime.fromisoformat, converters.timestamptz_in),
    ):
        connection.register_in_adapter(number, _read(parsed, otherwise))


def _read(parsed: Callable[[str], object], otherwise: Callable[[str], object]) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return parsed(text)
        except ValueError:
            return otherwise(text)

    return read
