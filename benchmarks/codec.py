"""The ``$LIST`` codec: rows of eight fields to bytes, values and columns; beside the vendor's codec and memcpy."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from isc.py.data.frames import frame_of
from isc.py.iscpython_c.dollar_list import Column, columns, decode, encode

from .report import Report, per_second

_EPOCH = date(1840, 12, 31)
_LAYOUT = [
    Column(name, kind, at)
    for at, (name, kind) in enumerate(
        [
            ("Name", "s"),
            ("Day", "d"),
            ("Moment", "m"),
            ("Clock", "t"),
            ("Number", "i"),
            ("Price", "f"),
            ("Weight", "f"),
            ("Flag", "b"),
        ],
        start=1,
    )
]


def run(*, short: bool) -> Report:
    """Measure; a million rows, or 10^5."""
    count, rounds = (100_000, 1) if short else (1_000_000, 5)
    report = Report("codec")
    values = [_row(number) for number in range(count)]
    few = values[: count // 10]
    encoding = report.add("encode rows", per_second(len(few), lambda: [encode(row) for row in few], rounds), "rows/s")
    rows = [encode(row) for row in values]
    some = rows[: count // 10]
    decoding = report.add("decode rows", per_second(len(some), lambda: [decode(row) for row in some], rounds), "rows/s")
    arrow = report.add("rows to Arrow columns", per_second(count, lambda: columns(rows, _LAYOUT), rounds), "rows/s")
    report.add(
        "rows to a DataFrame",
        per_second(count, lambda: frame_of(columns(rows, _LAYOUT)), rounds),
        "rows/s",
    )
    floor = _floor(report, rows, rounds)
    vendor_encode, vendor_decode = _vendor(report, few, some, rounds)
    report.ratio("ratio_vendor_encode", encoding, vendor_encode)
    report.ratio("ratio_vendor_decode", decoding, vendor_decode)
    report.ratio("ratio_memcpy", arrow, floor)
    return report


def _row(number: int) -> list[object]:
    moment = datetime(2000, 1, 1) + timedelta(seconds=number * 61)
    day = (moment.date() - _EPOCH).days
    start: list[object] = [f"Name {number % 1000}", day, moment.strftime("%Y-%m-%d %H:%M:%S"), number % 86400, number]
    return [*start, Decimal(number % 10000) / 100, number / 7, number % 2]


def _floor(report: Report, rows: list[bytes], rounds: int) -> float:
    packed = np.frombuffer(b"".join(rows), dtype=np.uint8)
    copy = np.empty_like(packed)
    return report.add(
        "floor: copying the bytes", per_second(len(rows), lambda: np.copyto(copy, packed), rounds), "rows/s"
    )


def _vendor(
    report: Report, values: list[list[object]], rows: list[bytes], rounds: int
) -> tuple[float | None, float | None]:
    try:
        from iris import IRISList
    except ImportError:
        report.peers_missing.append("intersystems-irispython")
        return None, None

    def put() -> None:
        for row in values:
            made = IRISList()
            for value in row:
                made.add(value)
            made.getBuffer()

    def take() -> None:
        for row in rows:
            found = IRISList(row)
            for at in range(1, 9):
                found.get(at)

    return (
        report.add("peer: the vendor's IRISList, rows to bytes", per_second(len(values), put, rounds), "rows/s"),
        report.add("peer: the vendor's IRISList, bytes to values", per_second(len(rows), take, rounds), "rows/s"),
    )
