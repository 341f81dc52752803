"""`Source`: a namespace that is another database, with the interface of the embedded one.

What a database cannot do raises `NotSupportedError` naming it and the way round.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Protocol

import pyarrow as pa
from isc.py.objectscript import NotSupportedError
from isc.py.objectscript.names import similar
from sqlglot import exp

from ..exceptions import DataError, SQLError, TableNotFoundError
from .jobs import MODES, WriteJob, fitted, plain_types, unique_keys
from .kinds import checked_decimals, streamed, whole
from .parameters import Parameters
from .portions import Portions, Report, portions

_USUAL = ("public", "main", "dbo", "sqluser")  # where a database looks first


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

    def fields(self, schema: str, table: str) -> pa.Schema:
        """The columns of a table, names and types as the driver has them."""

    def write(self, job: WriteJob) -> None:
        """Write rows, all of them in one transaction or none."""

    def another(self) -> "Driver":
        """A driver with a connection of its own to the same database, whose rows come as they are asked for."""

    def close(self) -> None:
        """Free the connection; the next call makes a new one."""


class Source:
    """A namespace by name over a `Driver`; one connection, one statement at a time; rows in parts have their own."""

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

    def query(self, sql: str, parameters: Parameters = (), decimals: str = "exact") -> pa.Table:
        """The rows of a query, in the SQL of the database; its decimals ``exact``, or as ``float``.

        Raises:
            SQLError: it could not be run; has the SQLCODE.
        """
        with self._lock:
            return whole(self._driver.read(sql, parameters), checked_decimals(decimals))

    def batches(self, sql: str, parameters: Parameters = (), decimals: str = "exact") -> Iterator[pa.RecordBatch]:
        """The rows of a query, a batch at a time, over a connection of their own. Raises like `query`."""
        with self._lock:
            driver = self._driver.another()
        try:
            yield from streamed(driver.read(sql, parameters), checked_decimals(decimals))
        finally:
            driver.close()

    def query_chunks(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        size: int,
        decimals: str = "exact",
        report: Report | None = None,
        total: Callable[[], int] | None = None,
    ) -> Iterator[pa.Table]:
        """The rows of a query in tables of `size` rows, over a connection of their own, so that others can be asked.

        `report` is called after each; `total` counts the rows for it. Raises like `query`, at once.
        """
        checked_decimals(decimals)
        with self._lock:
            driver = self._driver.another()
        try:
            rows = streamed(driver.read(sql, parameters), decimals)
            return Portions(portions(rows, size, report, total), driver.close)
        except BaseException:
            driver.close()
            raise

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement and commit it; how many rows it changed. Raises like `query`."""
        with self._lock:
            return self._driver.run(sql, parameters)

    # --- rows ---

    def table_rows(
        self, table: str, start: object = 1, end: object = "", properties: str = "*", decimals: str = "exact"
    ) -> pa.Table:
        """The rows of a table: its columns, `ID` first where it has one, which `start` and `end` count by.

        `properties` are names with commas, ``*`` and ``?`` are wildcards.

        Raises:
            TableNotFoundError: no such table.
            DataError: no such column, or bounds for a table without `ID`.
        """
        checked_decimals(decimals)
        with self._lock:
            return self.query(self._table_query(table, start, end, properties)[0], (), decimals)

    def table_chunks(
        self,
        table: str,
        start: object = 1,
        end: object = "",
        properties: str = "*",
        *,
        size: int,
        decimals: str = "exact",
        report: Report | None = None,
    ) -> Iterator[pa.Table]:
        """The rows of a table in tables of `size` rows. Raises like `table_rows`, at once."""
        checked_decimals(decimals)
        with self._lock:
            sql, counting = self._table_query(table, start, end, properties)
            return self.query_chunks(
                sql, size=size, decimals=decimals, report=report,
                total=lambda: int(str(self.query(counting).column(0)[0])),
            )  # fmt: skip

    def class_rows(
        self, class_name: str, start: object = 1, end: object = "", properties: str = "*", decimals: str = "exact"
    ) -> pa.Table:
        """The rows of a class's table (``isc.py.test.Person`` is ``isc_py_test.Person``). Raises like `table_rows`."""
        return self.table_rows(_table_of(class_name), start, end, properties, decimals)

    def class_chunks(
        self,
        class_name: str,
        start: object = 1,
        end: object = "",
        properties: str = "*",
        *,
        size: int,
        decimals: str = "exact",
        report: Report | None = None,
    ) -> Iterator[pa.Table]:
        """The rows of a class's table in tables of `size` rows. Raises like `table_rows`, at once."""
        table = _table_of(class_name)
        return self.table_chunks(table, start, end, properties, size=size, decimals=decimals, report=report)

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

    def global_chunks(
        self,
        name: str,
        start: object = 1,
        end: object = "",
        mask: str = "",
        labels: Sequence[str] = (),
        *,
        size: int,
        report: Report | None = None,
    ) -> Iterator[pa.Table]:
        """Databases have no globals. Raises like `global_rows`."""
        return iter([self.global_rows(name, start, end, mask, labels)])

    def write_rows(self, table: str, rows: pa.Table, mode: str = "append", key: Sequence[str] = ()) -> int:
        """Write rows into a table, which is made when it is not there; how many. All of them, or none.

        ``append`` adds them; ``replace`` deletes what was there before (the table stays, with its keys and indices);
        ``upsert`` changes the rows whose `key` columns are the same (or whose ``ID``, when the rows have one and no key
        is given), and adds the others. Columns are found without regard to case.

        Raises:
            DataError: the mode is unknown, the table has no such column, or two rows have one key.
            SQLError: the database refused; nothing was written.
        """
        if mode not in MODES:
            raise DataError(f"mode {mode!r} is unknown for namespace {self.name!r}: {', '.join(MODES)}")
        by = self._key(rows, key) if mode == "upsert" else ()
        rows = plain_types(rows)
        if not rows.num_columns:
            raise DataError(f"the frame has no columns: nothing can be stored in {table}")
        if by:
            unique_keys(rows, by)
        with self._lock:
            known = self._spelled(table)
            if known is None:
                self._check_new(table)
                schema, name = self._split(table)
                self._driver.write(WriteJob(schema, name, rows, creates=True))
                return int(rows.num_rows)
            fields = self._driver.fields(*known)
            fit = fitted(rows, fields, table)
            spelled = dict(zip(rows.column_names, fit.column_names, strict=True))
            job = WriteJob(*known, fit, clears=mode == "replace", fields=fields)
            self._driver.write(replace(job, key=tuple(spelled[name] for name in by)))
        return int(rows.num_rows)

    def _key(self, rows: pa.Table, key: Sequence[str]) -> tuple[str, ...]:
        names = {name.lower(): name for name in rows.column_names}
        unknown = [name for name in key if name.lower() not in names]
        if unknown:
            hint = similar(unknown[0], rows.column_names)
            raise DataError(f"key column(s) {', '.join(unknown)} are none of the frame{hint}")
        if not key and "id" not in names:
            raise DataError("upsert needs a key: name its columns, or give the frame an ID")
        return tuple(names[name.lower()] for name in (key or ["id"]))

    def _spelled(self, table: str) -> tuple[str, str] | None:
        """Schema and name of a table as the database spells them, None when there is none."""
        schema, name = self._split(table)
        found = [
            (one_schema, one)
            for one_schema, one in self._driver.tables()
            if one.lower() == name.lower() and schema.lower() in ("", one_schema.lower())
        ]
        exact = [pair for pair in found if pair[1] == name]
        places = exact or found
        if len(places) > 1:
            usual = [pair for pair in places if pair[0].lower() in _USUAL]
            if len(usual) != 1:
                shown = ", ".join(".".join(filter(None, pair)) for pair in places)
                raise DataError(f"table {table!r} is in namespace {self.name!r} more than once: name one of {shown}")
            places = usual
        return places[0] if places else None

    def _check_new(self, table: str) -> None:
        if self._driver.dialect == "sqlite" and self._split(table)[0].lower() not in ("", "main"):
            raise DataError(
                f"namespace {self.name!r} is SQLite, which has no schemas: no table {table!r} can be made; name it "
                f"{table.replace('.', '_')!r}"
            )

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
        found = self._spelled(table)
        if found is not None:
            return exp.table_(found[1], db=found[0] or None, quoted=True)
        hint = similar(table, self.table_names())
        raise TableNotFoundError(table, hint or f" in namespace {self.name} ({self.kind})")

    def _table_query(self, table: str, start: object, end: object, properties: str) -> tuple[str, str]:
        """The statement for rows of a table, in the order of its ID, and the one that counts them."""
        target = self._found(table)
        names = self._columns(target)
        key = next((name for name in names if name.lower() == "id"), "")
        picked = self._picked(table, names, key, properties)
        bounds = self._bounds(table, key, start, end)
        rows = self._select(target, [exp.column(exp.to_identifier(name, quoted=True)) for name in picked], bounds)
        if key:
            rows = rows.order_by(exp.column(exp.to_identifier(key, quoted=True)))
        counted = self._select(target, [exp.alias_(exp.Count(this=exp.Star()), "n")], bounds)
        return rows.sql(dialect=self._sqlglot()), counted.sql(dialect=self._sqlglot())

    def _sqlglot(self) -> str:
        """The dialect as sqlglot knows it: what it does not know has the standard's names."""
        return "" if self._driver.dialect == "iris" else self._driver.dialect

    def _columns(self, target: exp.Table) -> list[str]:
        nothing = exp.select("*").from_(target).where("1 = 0")
        return list(self._driver.read(nothing.sql(dialect=self._sqlglot()), ()).read_all().schema.names)

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

    def _select(self, target: exp.Table, picked: list[exp.Expr], where: list[exp.Binary]) -> exp.Select:
        query = exp.select(*picked).from_(target)
        for condition in where:
            query = query.where(condition)
        return query


def _table_of(class_name: str) -> str:
    from ..transfer import sql_name

    return sql_name(class_name)
