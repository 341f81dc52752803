"""Rows of a database in parts of so many rows, for what is larger than memory."""

import weakref
from collections.abc import Callable, Iterator

import pyarrow as pa

from ..chunks import Progress, Report
from ..exceptions import DataError

__all__ = ["Portions", "Progress", "Report", "portions"]


class Portions:
    """An iterator over tables that lets its connection go at the end, by `close`, or when nobody holds it any more."""

    def __init__(self, rows: Iterator[pa.Table], freed: Callable[[], None]) -> None:
        self._rows = rows
        self._freed = weakref.finalize(self, freed)

    def __iter__(self) -> "Portions":
        return self

    def __next__(self) -> pa.Table:
        try:
            return next(self._rows)
        except BaseException:  # StopIteration, too
            self.close()
            raise

    def close(self) -> None:
        """Let the connection go; idempotent."""
        self._rows = iter(())
        self._freed()


def portions(
    batches: Iterator[pa.RecordBatch],
    size: int,
    report: Report | None = None,
    total: Callable[[], int] | None = None,
) -> Iterator[pa.Table]:
    """The rows as tables of `size` rows, the last one of what is left; says how far it is after each.

    Raises:
        DataError: a portion without rows is asked for.
    """
    if size < 1:
        raise DataError(f"a chunk of {size} rows: it must have one at least")
    return _portions(batches, size, report, total() if report is not None and total is not None else 0)


def _portions(batches: Iterator[pa.RecordBatch], size: int, report: Report | None, rows: int) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    count = given = 0
    for batch in batches:
        at = 0
        while at < batch.num_rows:
            part = batch.slice(at, size - count)
            held.append(part)
            at, count = at + part.num_rows, count + part.num_rows
            if count == size:
                yield pa.Table.from_batches(held)
                given += count
                held, count = [], 0
                _tell(report, given, rows)
    if held:
        yield pa.Table.from_batches(held)
        _tell(report, given + count, rows)


def _tell(report: Report | None, given: int, rows: int) -> None:
    if report is not None:
        report(Progress(given, min(given / rows, 1.0) if rows else 1.0))
