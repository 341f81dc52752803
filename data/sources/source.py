"""`Source`: a namespace that is another database, with the interface of the embedded one.

What a database cannot do raises `NotSupportedError` naming it and the way round.
"""

import threading
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

import pyarrow as pa
from isc.py.objectscript import NotSupportedError
from isc.py.objectscript.names import similar
from sqlglot import exp

from ..exceptions import DataError, SQLError, TableNotFoundError
from .parameters import Parameters


class Driver(Protocol):
    """One way to a database; its errors come as `SQLError`."""

    @property
    def dialect(self) -> str:
        """What sqlglot calls the database's SQL, "" for the standard's."""

    def read(self, sql: str, parameters: Parameters) -> pa.RecordBatchReader:
        """The rows of a query, as they come."""

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement and commit; how many rows it changed."""

    def tables(self) -> list[tuple[str, str]]:
        """Schema ("" when there are none) and name of every table and view."""

    def ingest(self, schema: str, table: str, rows: pa.Table, *, replace: bool) -> int:
        """Append rows, to a new table when there is none or it is to be replaced; how many, in one transaction."""

    def close(self) -> None:
        """Free the connection; the next call makes a new one."""


class Source:
    """A namespace by name over a `Driver`; one connection, one statement at a time."""

    def __init__(self, name: str, kind: str, driver: Driver) -> None:
        self.name = name
        self.kind = kind
        self._driver = driver
        self._lock = threading.RLock()

    def close(self) -> None:
        """Free the connection; it is made again when needed."""
        with self._lock:
            self._driver.close()

    # --- SQL ---

    def query(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """The rows of a query, in the SQL of the database.

        Raises:
            SQLError: it could not be run; has the SQLCODE.
        """
        with self._lock:
            return self._driver.read(sql, parameters).read_all()

    def batches(self, sql: str, parameters: Parameters = ()) -> Iterator[pa.RecordBatch]:
        """The rows of a query, a batch at a time; other threads wait until the last one. Raises like `query`."""
        with self._lock:
            yield from self._driver.read(sql, parameters)

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement and commit it; how many rows it changed. Raises like `query`."""
        with self._lock:
            return self._driver.run(sql, parameters)

    # --- rows ---

    def table_rows(self, table: str, start: object = 1, end: object = "", properties: str = "*") -> pa.Table:
        """The rows of a table: its columns, `ID` first where it has one, which `start` and `end` count by.

        `properties` are names with commas, ``*`` and ``?`` are wildcards.

        Raises:
            TableNotFoundError: no such table.
            DataError: no such column, or bounds for a table without `ID`.
        """
        with self._lock:
            target = self._found(table)
            names = self._columns(target)
            key = next((name for name in names if name.lower() == "id"), "")
            picked = self._picked(table, names, key, properties)
            return self._driver.read(self._select(target, picked, self._bounds(table, key, start, end)), ()).read_all()

    def class_rows(self, class_name: str, start: object = 1, end: object = "", properties: str = "*") -> pa.Table:
        """The rows of a class's table (``isc.py.test.Person`` is ``isc_py_test.Person``). Raises like `table_rows`."""
        from ..transfer import sql_name

        return self.table_rows(sql_name(class_name), start, end, properties)

    def global_rows(
        self,
        name: str,
        start: object = 1,
        end: object = "",
        mask: str = "",
        labels: Sequence[str] = (),
    ) -> pa.Table:
        """Databases have no globals.

        Raises:
            NotSupportedError: always.
        """
        raise NotSupportedError(
            f"namespace {self.name!r} is a {self.kind} database, which has no globals (^{name.removeprefix('^')}): "
            "use ExecuteQuery or ExecuteTable"
        )

    def write_rows(self, table: str, rows: pa.Table, mode: str = "append") -> int:
        """Write rows into a table, which is made when it is not there; how many.

        `mode` is ``append``, or ``replace`` (the table is made anew).

        Raises:
            DataError: the mode is unknown.
            SQLError: the database refused; nothing was written.
        """
        if mode not in ("append", "replace"):
            raise DataError(f"mode {mode!r} is unknown for namespace {self.name!r}: use append or replace")
        with self._lock:
            schema, name = self._split(table)
            for known_schema, known in self._driver.tables():
                if known.lower() == name.lower() and known_schema.lower() in (schema.lower(), schema and known_schema):
                    schema, name = (known_schema if schema else ""), known
                    break
            return self._driver.ingest(schema, name, rows, replace=mode == "replace")

    def table_names(self) -> list[str]:
        """Every table and view, with its schema where there are schemas."""
        with self._lock:
            return [f"{schema}.{name}" if schema else name for schema, name in self._driver.tables()]

    # --- statements ---

    def _split(self, table: str) -> tuple[str, str]:
        schema, _, name = table.replace('"', "").rpartition(".")
        return schema, name

    def _found(self, table: str) -> exp.Table:
        """The table as the database spells it; names compare without case."""
        schema, name = (part.lower() for part in self._split(table))
        known = self._driver.tables()
        for one_schema, one in known:
            if one.lower() == name and schema in ("", one_schema.lower()):
                return exp.table_(one, db=one_schema or None, quoted=True)
        hint = similar(table, [f"{one_schema}.{one}" if one_schema else one for one_schema, one in known])
        raise TableNotFoundError(table, hint or f" in namespace {self.name} ({self.kind})")

    def _columns(self, target: exp.Table) -> list[str]:
        nothing = exp.select("*").from_(target).where("1 = 0")
        return list(self._driver.read(nothing.sql(dialect=self._driver.dialect), ()).read_all().schema.names)

    def _picked(self, table: str, names: list[str], key: str, wanted: str) -> list[str]:
        picked = [key] if key else []
        for part in (part.strip() for part in wanted.split(",")):
            found = [name for name in names if fnmatchcase(name.lower(), part.lower())]
            if not found and not ("*" in part or "?" in part):
                raise SQLError(-29, f"table {table!r} has no column {part!r}{similar(part, names)}")
            picked += [name for name in found if name not in picked]
        return picked

    def _bounds(self, table: str, key: str, start: object, end: object) -> list[exp.Binary]:
        asked: list[tuple[type[exp.Binary], object]] = [(exp.GTE, start)] if str(start) not in ("", "1") else []
        asked += [(exp.LTE, end)] if str(end) != "" else []
        if asked and not key:
            raise DataError(
                f"table {table!r} has no column ID, which start and end count by: use ExecuteQuery with WHERE"
            )
        for _, bound in asked:
            if not str(bound).lstrip("-").isdigit():
                raise DataError(f"start and end of table {table!r} are whole numbers, not {bound!r}")
        column = exp.column(exp.to_identifier(key, quoted=True))
        return [kind(this=column, expression=exp.Literal.number(int(str(bound)))) for kind, bound in asked]

    def _select(self, target: exp.Table, names: list[str], where: list[exp.Binary]) -> str:
        query = exp.select(*(exp.column(exp.to_identifier(name, quoted=True)) for name in names)).from_(target)
        for condition in where:
            query = query.where(condition)
        return query.sql(dialect=self._driver.dialect)
