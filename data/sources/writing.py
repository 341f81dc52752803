"""Rows into a table of a database by statements: the way for every driver that has no bulk way of its own.

A job is one transaction of the caller's: what fails in the middle leaves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from ..exceptions import DataError
from .dialects import create_table, quoted, quoted_table
from .jobs import WriteJob
from .merging import STAGES, column_types_query, merge_statements

__all__ = ["Session", "python_rows", "write_through"]

_BATCH = 10_000  # rows that are Python values at a time


class Session(Protocol):
    """A transaction of a driver that has no way for whole tables."""

    @property
    def dialect(self) -> str:
        """What sqlglot calls the database's SQL."""

    def run(self, sql: str) -> None:
        """Run a statement."""

    def insert(self, job: WriteJob, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Add rows of values for the columns `names`."""

    def update(self, job: WriteJob, names: Sequence[str], key: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Change the rows of a key: a row has the values for the columns `names`, then those of the key."""

    def read(self, sql: str) -> pa.Table:
        """The rows of a query."""


def python_rows(rows: pa.Table) -> Iterator[list[tuple[object, ...]]]:
    """The rows as tuples of Python values, some thousand at a time."""
    for batch in rows.to_batches(_BATCH):
        columns = [column.to_pylist() for column in batch.columns]
        yield list(zip(*columns, strict=True))


def write_through(session: Session, job: WriteJob) -> None:
    """Do a job by statements for many rows; the caller commits, or rolls back when it raises."""
    dialect = session.dialect
    target = quoted_table(job.schema, job.table, dialect)
    if job.creates:
        session.run(create_table(job.schema, job.table, job.columns or job.rows.schema, dialect))
    if job.clears:
        session.run(f"DELETE FROM {target}")
    if job.key and dialect in STAGES:
        _staged(session, job)
        return
    fresh, changed = _divided(session, job, target) if job.key else (job.rows, job.rows.slice(0, 0))
    names = job.rows.column_names
    rest = [name for name in names if name not in job.key]
    if changed.num_rows and rest:
        for rows in python_rows(changed.select([*rest, *job.key])):
            session.update(job, rest, job.key, rows)
    for rows in python_rows(fresh):
        session.insert(job, names, rows)


def _staged(session: Session, job: WriteJob) -> None:
    """Rows whose key may be there, by a table beside: one statement changes all of them, whatever indices there are."""
    dialect, stage = session.dialect, f"iscpy_stage_{uuid4().hex[:12]}"
    made = create_table("", stage, job.columns or job.rows.schema, dialect)
    session.run(made.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
    beside = replace(job, schema="", table=stage)
    for rows in python_rows(job.rows):
        session.insert(beside, job.rows.column_names, rows)
    kinds: dict[str, str] = {}
    if dialect == "postgres":
        found = session.read(column_types_query(job.schema, job.table))
        kinds = dict(zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True))
    for statement in merge_statements(job, dialect, stage, kinds):
        session.run(statement)


def _divided(session: Session, job: WriteJob, target: str) -> tuple[pa.Table, pa.Table]:
    """The rows whose key is not in the table, and those whose key is."""
    key = list(job.key)
    known = session.read(f"SELECT {', '.join(quoted(name, session.dialect) for name in key)} FROM {target}")
    ours = pa.table([job.rows.column(name) for name in key], names=key)
    for at, name in enumerate(key):
        known = known.set_column(at, name, _comparable(known.column(at), ours.column(at).type))
    numbered = ours.append_column("\0at", pa.array(range(ours.num_rows), pa.int64()))
    there = numbered.join(known, key, join_type="left semi").column("\0at").combine_chunks()
    is_there = pc.is_in(numbered.column("\0at"), there)
    return job.rows.filter(pc.invert(is_there)), job.rows.filter(is_there)


def _comparable(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"the key's values in the frame are {kind}, in the table {column.type}: {error}") from error
