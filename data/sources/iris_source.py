"""A namespace of an IRIS server: globals by the vendor driver's native API, SQL by its DB-API, classes by %Dictionary.

``url = "iris://USER:${PASSWORD}@HOST:PORT/NAMESPACE"``. What was tried, and on what, is said in docs/databases.md.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import Column, columns, decode_columns
from isc.py.objectscript import ClassNotFoundError
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, SKIPPED, short
from sqlalchemy.engine import make_url
from sqlglot import exp

from ..chunks import wider_kind
from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, DataError
from ..logical import Rows, rows_of_table
from ..transfer import first_values, masked
from .connecting import no_connection
from .dbapi import DbapiDriver, Way
from .kinds import checked_decimals, decimal_field, settled, streamed
from .portions import Portions, Report, portions
from .source import Source

_STORAGE = "SELECT DataLocation FROM %Dictionary.CompiledStorage WHERE parent = ?"
_VALUES = "SELECT Name, Value FROM %Dictionary.CompiledStorageDataValue WHERE parent %STARTSWITH ?"
_PROPERTIES = "SELECT Name, Type, Collection FROM %Dictionary.CompiledProperty WHERE parent = ?"
_SKIPPED = (
    "SELECT Name, Type, Collection, SqlFieldName FROM %Dictionary.CompiledProperty WHERE parent = ("
    "SELECT CLASSNAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?)"
)
_TABLES = "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES"
_PORT = 1972
_BATCH = 50_000  # rows that are decoded at a time
_DECIMALS = {"Numeric", "Decimal", "Currency"}


class IrisSource(Source):
    """A namespace of an IRIS server; has the language's platform, too (globals, transactions, locks, SQL)."""

    def __init__(self, settings: NamespaceSettings) -> None:
        way = Way(lambda streams: _connected(settings), _tables, lambda connection: "iris")
        self._sql = DbapiDriver(settings.name, "IRIS", way)
        super().__init__(settings.name, "IRIS", self._sql)
        self._native: tuple[object, Any] | None = None

    def _globals(self) -> Any:
        """The native API on the connection that SQL uses, too."""
        connection = self._sql.connection()
        if self._native is None or self._native[0] is not connection:
            self._native = (connection, _native_of(connection))
        return self._native[1]

    # --- rows ---

    def global_rows(
        self, name: str, start: object = 1, end: object = "", mask: str = "", labels: Sequence[str] = ()
    ) -> pa.Table:
        """The ``$LIST`` rows of a global; mask and labels as `isc.py.data.transfer.global_rows` has them.

        Raises:
            DataError: the global has no rows, or mask, labels or a row do not fit.
        """
        bare = name.removeprefix("^")
        with self._lock:
            rows = list(_rows(self._globals(), bare, start, end))
        if not rows:
            raise self._no_rows(bare, start)
        return _columns_of(bare, rows, masked(bare, first_values(rows[0][1]), mask, list(labels)))

    def _no_rows(self, bare: str, start: object) -> DataError:
        return DataError(f"^{bare} has no rows from {start!r} on in namespace {self.name}")

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
        """As `global_rows`, in tables of `size` rows, over a connection of their own.

        Rows are read twice where the mask does not say the kind of each column: first to find it. Raises like it, at
        once.
        """
        bare = name.removeprefix("^")
        driver = self._sql.another()
        try:
            native = _native_of(driver.connection())
            first = next(_rows(native, bare, start, end), None)
            if first is None:
                raise self._no_rows(bare, start)
            layout = masked(bare, first_values(first[1]), mask, list(labels))
            if any(column.guessed for column in layout):
                layout = _kinds_of(bare, _batches(_rows(native, bare, start, end)), layout)
            tables = (_columns_of(bare, rows, layout) for rows in _batches(_rows(native, bare, start, end)))
            batches = (batch for table in tables for batch in table.to_batches())
            return Portions(portions(batches, size, report, _counted(native, bare, start, end)), driver.close)
        except BaseException:
            driver.close()
            raise

    def class_rows(
        self, class_name: str, start: object = 1, end: object = "", properties: str = "*", decimals: str = "exact"
    ) -> pa.Table:
        """The rows of a persistent class, by its storage definition on the server.

        Raises:
            ClassNotFoundError: the server has no such persistent class.
            DataError: a property is unknown, or a row does not fit.
        """
        with self._lock:
            data, layout, exact = self._class_layout(class_name, properties, decimals)
            rows = list(_rows(self._globals(), data, start, end))
        return settled(_marked(_columns_of(data, rows, layout), exact))

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
        """As `class_rows`, in tables of `size` rows, over a connection of their own. Raises like it, at once."""
        with self._lock:
            data, layout, exact = self._class_layout(class_name, properties, decimals)
        driver = self._sql.another()
        try:
            native = _native_of(driver.connection())
            batches = _batches(_rows(native, data, start, end))
            first = next(batches, [])
            tables = (_marked(_columns_of(data, rows, layout), exact) for rows in chain([first], batches))
            found = streamed(_reader(tables), is_ours=True)
            return Portions(portions(found, size, report, _counted(native, data, start, end)), driver.close)
        except BaseException:
            driver.close()
            raise

    def _class_layout(self, class_name: str, properties: str, decimals: str) -> tuple[str, list[Column], set[str]]:
        """The global of a class, its columns that are wanted, and those of them that are exact decimals."""
        data, found, decimal = self._layout(class_name)
        names = [column.name for column in found if column.name != "ID"]
        picked = {"ID", *self._picked(class_name, names, "", properties)}
        exact = picked & decimal if checked_decimals(decimals) == "exact" else set()
        layout = [
            Column(column.name, "s" if column.name in exact else column.kind, column.position)
            for column in found
            if column.name in picked
        ]
        return data, layout, exact

    def _layout(self, class_name: str) -> tuple[str, list[Column], set[str]]:
        found = self._sql.read(_STORAGE, [class_name]).read_all().to_pylist()
        data = next((row["DataLocation"] for row in found if row["DataLocation"]), None)
        if data is None:
            raise ClassNotFoundError(class_name)
        types = {
            row["Name"]: row["Type"]
            for row in self._sql.read(_PROPERTIES, [class_name]).read_all().to_pylist()
            if not row["Collection"]
        }
        layout, decimal = [Column("ID", "i", 0)], set()
        values = self._sql.read(_VALUES, [f"{class_name}||"]).read_all().to_pylist()
        for row in sorted(values, key=lambda row: int(row["Name"])):
            kind = short(types.get(row["Value"], ""))
            if row["Value"] in types and kind not in SKIPPED:
                layout.append(Column(row["Value"], COLUMN_KINDS.get(kind, "s"), int(row["Name"])))
                if kind in _DECIMALS:
                    decimal.add(row["Value"])
        return str(data).removeprefix("^"), layout, decimal

    def _columns(self, target: exp.Table) -> list[str]:
        """The columns of a table that are simple values: lists are columns of a server, too, as texts."""
        found = self._sql.read(_SKIPPED, [target.db, target.name]).read_all().to_pylist()
        skipped = {
            str(row["SqlFieldName"] or row["Name"]).lower()
            for row in found
            if row["Collection"] or short(row["Type"]) in SKIPPED - {"Stream"}
        }
        return [name for name in super()._columns(target) if name.lower() not in skipped]

    # --- the language's platform ---

    def global_get(self, name: str, subscripts: tuple[object, ...]) -> object | None:
        """The value of a node, None when it has none; bytes come as characters."""
        value = self._globals().get(name, *subscripts)
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def global_set(self, name: str, subscripts: tuple[object, ...], value: object) -> None:
        """Give a node a value."""
        self._globals().set(value, name, *subscripts)

    def global_kill(self, name: str, subscripts: tuple[object, ...]) -> None:
        """Delete a node and all below it."""
        self._globals().kill(name, *subscripts)

    def global_data(self, name: str, subscripts: tuple[object, ...]) -> int:
        """``$data``."""
        return int(self._globals().isDefined(name, *subscripts))

    def global_order(self, name: str, subscripts: tuple[object, ...], direction: int) -> object:
        """The next subscript on the level of the last one given; "" at the end."""
        found = self._globals().nextSubscript(direction < 0, name, *(subscripts or ("",)))
        return "" if found is None else found

    def global_increment(self, name: str, subscripts: tuple[object, ...], by: object) -> object:
        """Add to a node, in one step for all processes of the server."""
        found: object = self._globals().increment(by, name, *subscripts)
        return found

    def tstart(self) -> None:
        """Open a level of the server's transaction."""
        self._globals().tStart()

    def tcommit(self) -> None:
        """Close a level; the outermost one writes."""
        self._globals().tCommit()

    def trollback(self) -> None:
        """Drop all levels."""
        self._globals().tRollback()

    def tlevel(self) -> int:
        """How many levels are open."""
        return int(self._globals().getTLevel())

    def sql(self, statement: str, parameters: Sequence[object]) -> Rows:
        """Run a statement; values are the language's. Raises `SQLError`."""
        if statement.lstrip()[:6].upper() in ("SELECT", "WITH"):
            return rows_of_table(self.query(statement, parameters))
        return Rows([], [], self.execute(statement, parameters))


def _connected(settings: NamespaceSettings) -> Any:
    import iris

    url = make_url(settings.secret_url())
    if not url.host or not url.database:
        raise ConfigurationError(
            f"namespace {settings.name!r}: {settings.shown_url()!r} names no server and namespace: "
            "write iris://USER:${PASSWORD}@HOST:PORT/NAMESPACE"
        )
    try:
        return iris.connect(
            hostname=url.host,
            port=url.port or _PORT,
            namespace=url.database,
            username=url.username or "",
            password=url.password or "",
            sharedmemory=False,
            autoCommit=True,
        )
    except Exception as error:
        raise no_connection(settings, error) from error


def _native_of(connection: Any) -> Any:
    import iris

    return iris.createIRIS(connection)


def _rows(native: Any, name: str, start: object, end: object) -> Iterator[tuple[str, bytes]]:
    """Subscript and value of the nodes that have one, in the server's order."""
    node = native.node(name)
    last = None if end in (None, "") else _number(end)
    for subscript, value in (node[start:] if start not in (None, "") else node).valuetuples():
        if last is not None and _after(subscript, last):
            return
        if value is not None:
            yield str(subscript), _bytes(value)


def _counted(native: Any, name: str, start: object, end: object) -> Callable[[], int]:
    return lambda: sum(1 for _ in _rows(native, name, start, end))


def _batches(rows: Iterator[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    while part := list(islice(rows, _BATCH)):
        yield part


def _columns_of(name: str, rows: list[tuple[str, bytes]], layout: list[Column]) -> pa.Table:
    try:
        table = columns([value for _, value in rows], layout[1:])
    except ValueError as error:
        raise DataError(f"^{name}: {error}") from error
    keys = [key for key, _ in rows]
    whole_keys = all(key.lstrip("-").isdigit() for key in keys)
    column = pa.array([int(key) for key in keys], pa.int64()) if whole_keys else pa.array(keys, pa.large_utf8())
    return table.add_column(0, layout[0].name, column)


def _reader(tables: Iterator[pa.Table]) -> pa.RecordBatchReader:
    first = next(tables)

    def rest() -> Iterator[pa.RecordBatch]:
        for table in tables:
            try:
                yield from table.cast(first.schema).to_batches()
            except pa.ArrowInvalid as error:
                raise DataError(f"the ids of the rows are numbers first, and texts later: {error}") from error

    return pa.RecordBatchReader.from_batches(first.schema, chain(first.to_batches(), rest()))


def _marked(table: pa.Table, exact: set[str]) -> pa.Table:
    """The table with the columns of exact decimals, which came as texts, marked as such."""
    for at, name in enumerate(table.column_names):
        if name in exact:
            table = table.set_column(at, decimal_field(name), table.column(at).cast(pa.string()))
    return table


def _kinds_of(name: str, batches: Iterator[list[tuple[str, bytes]]], layout: list[Column]) -> list[Column]:
    """The columns with the kinds that hold the values of all rows."""
    kinds = ["" for _ in layout]
    for rows in batches:
        try:
            report = decode_columns([value for _, value in rows], layout[1:]).report
        except ValueError as error:
            raise DataError(f"^{name}: {error}") from error
        for at, found in enumerate(report, start=1):
            if not found.all_null:
                kinds[at] = wider_kind(kinds[at], found.kind)
    return [
        column if at == 0 else Column(column.name, kinds[at] or "s", column.position)
        for at, column in enumerate(layout)
    ]


def _tables(connection: Any) -> list[tuple[str, str]]:
    cursor = connection.cursor()
    cursor.execute(_TABLES)
    found = [(str(row[0]), str(row[1])) for row in cursor.fetchall()]
    cursor.close()
    return found


def _bytes(value: object) -> bytes:
    """The bytes of a node's value: a driver gives a ``$LIST`` as bytes, characters 0 to 255, or an IRISList."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    buffer = getattr(value, "getBuffer", None)
    if buffer is not None:
        return bytes(buffer())
    return str(value).encode("latin-1", "replace")


def _number(bound: object) -> Decimal | str:
    text = str(bound)
    return Decimal(text) if text.lstrip("-").replace(".", "", 1).isdigit() else text


def _after(subscript: object, last: Decimal | str) -> bool:
    """Whether a subscript sorts after `last`: numbers in their order, then texts."""
    found = _number(subscript)
    if isinstance(found, str) != isinstance(last, str):
        return isinstance(found, str)
    return found > last  # type: ignore[operator]  # both are texts, or both numbers
