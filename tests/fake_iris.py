"""What the vendor driver's documented interface looks like from outside, over our own store: no server can be had here.

Values of nodes come in one of the forms that the driver's documentation allows; every row goes through the driver's own
IRISList. `%Dictionary` and INFORMATION_SCHEMA are tables of SQLite made from the classes of the namespace.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence

import iris
from isc.py.data.layout import layout_of
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.transfer import sql_name
from isc.py.iscpython_c.globals import encode_key
from isc.py.objectscript import dictionary

Form = Callable[[bytes], object]
FORMS: dict[str, Form] = {
    "bytes": bytes,
    "characters": lambda data: data.decode("latin-1"),
    "IRISList": iris.IRISList,
}


class FakeNode:
    """``IRISGlobalNode``: the children of a node, sliced by their subscripts."""

    def __init__(self, namespace: EmbeddedNamespace, name: str, form: Form, start: object = None) -> None:
        self.namespace, self.name, self.form, self.start = namespace, name, form, start

    def __getitem__(self, bounds: slice) -> "FakeNode":
        assert bounds.stop is None
        assert bounds.step is None
        return FakeNode(self.namespace, self.name, self.form, bounds.start)

    def valuetuples(self) -> Iterator[tuple[str, object]]:
        with self.namespace.store().read() as txn:
            key = encode_key(self.name)
            at = None
            while (at := txn.order(key, at)) is not None:
                child = encode_key(self.name, (at,))
                if self.start is not None and child < encode_key(self.name, (str(self.start),)):
                    continue
                value = txn.get(child)
                if isinstance(value, bytes | str):
                    data = value if isinstance(value, bytes) else value.encode("latin-1")
                    yield str(at), self.form(bytes(iris.IRISList(data).getBuffer()))
                else:
                    yield str(at), value


class FakeIRIS:
    """``iris.IRIS``: the native API."""

    def __init__(self, namespace: EmbeddedNamespace, form: Form) -> None:
        self.namespace, self.form = namespace, form

    def node(self, name: str) -> FakeNode:
        return FakeNode(self.namespace, name, self.form)

    def get(self, name: str, *subscripts: object) -> object:
        return self.namespace.global_get(name, subscripts)

    def set(self, value: object, name: str, *subscripts: object) -> None:
        self.namespace.global_set(name, subscripts, value)

    def kill(self, name: str, *subscripts: object) -> None:
        self.namespace.global_kill(name, subscripts)

    def isDefined(self, name: str, *subscripts: object) -> int:
        return self.namespace.global_data(name, subscripts)

    def nextSubscript(self, reverse: bool, name: str, *subscripts: object) -> object:
        found = self.namespace.global_order(name, subscripts, -1 if reverse else 1)
        return None if found == "" else str(found)

    def increment(self, value: object, name: str, *subscripts: object) -> object:
        return self.namespace.global_increment(name, subscripts, value)

    def tStart(self) -> None:
        self.namespace.tstart()

    def tCommit(self) -> None:
        self.namespace.tcommit()

    def tRollback(self) -> None:
        self.namespace.trollback()

    def getTLevel(self) -> int:
        return self.namespace.tlevel()


class FakeError(Exception):
    """What the driver raises: a text with the SQLCODE in it."""


class FakeCursor:
    """A cursor of the DB-API."""

    def __init__(self, namespace: EmbeddedNamespace) -> None:
        self.namespace = namespace
        self.description: list[tuple[object, ...]] | None = None
        self.rowcount = -1
        self._rows: list[tuple[object, ...]] = []

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        if "%Dictionary" in sql or "INFORMATION_SCHEMA" in sql:
            self._take(*_catalogue(self.namespace, sql, parameters))
            return
        if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
            try:
                self.rowcount = self.namespace.sql(sql, parameters).count
            except Exception as error:
                raise FakeError(f"[SQLCODE: <{getattr(error, 'sqlcode', -400)}>:<{error}>]") from error
            return
        try:
            table = self.namespace.query(sql, parameters)
        except Exception as error:
            raise FakeError(f"[SQLCODE: <{getattr(error, 'sqlcode', -400)}>:<{error}>]") from error
        rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        self._take(table.column_names, rows)

    def _take(self, names: list[str], rows: list[tuple[object, ...]]) -> None:
        self.description = [(name, None, None, None, None, None, None) for name in names]
        self._rows = rows

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        for row in rows:
            self.execute(sql, row)

    def fetchmany(self, size: int) -> list[tuple[object, ...]]:
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    def fetchall(self) -> list[tuple[object, ...]]:
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        self._rows = []


class FakeConnection:
    """``IRISConnection``."""

    def __init__(self, namespace: EmbeddedNamespace) -> None:
        self.namespace = namespace
        self.closed = False
        self._autocommit = True

    @property
    def autocommit(self) -> bool:
        return self._autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        if self._autocommit and not value:
            self.namespace.tstart()
        elif value and not self._autocommit:
            self.namespace.tcommit()
        self._autocommit = value

    def commit(self) -> None:
        if not self._autocommit:
            self.namespace.tcommit()
            self.namespace.tstart()

    def rollback(self) -> None:
        if not self._autocommit:
            self.namespace.trollback()
            self.namespace.tstart()

    def cursor(self) -> FakeCursor:
        return FakeCursor(self.namespace)

    def close(self) -> None:
        if not self._autocommit:
            self.namespace.trollback()
        self.closed = True


def _catalogue(
    namespace: EmbeddedNamespace, sql: str, parameters: Sequence[object]
) -> tuple[list[str], list[tuple[object, ...]]]:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE CompiledStorage (parent, Name, DataLocation)")
        database.execute("CREATE TABLE CompiledStorageDataValue (parent, Name, Value)")
        database.execute("CREATE TABLE CompiledProperty (parent, Name, Type, Collection, SqlFieldName)")
        database.execute("CREATE TABLE TABLES (TABLE_SCHEMA, TABLE_NAME, CLASSNAME)")
        for name in namespace.classes.names():
            cls = dictionary.resolve(name)
            if not hasattr(cls, "_OpenId"):
                continue
            layout = layout_of(cls)
            database.execute("INSERT INTO CompiledStorage VALUES (?, 'Default', ?)", (name, f"^{layout.data_global}"))
            database.execute("INSERT INTO TABLES VALUES (?, ?, ?)", (*sql_name(name).split("."), name))
            for prop, position in layout.positions.items():
                row = (f"{name}||Default||{cls.__name__}DefaultData", str(position), prop)
                database.execute("INSERT INTO CompiledStorageDataValue VALUES (?, ?, ?)", row)
            for prop, definition in layout.properties.items():
                described = (name, prop, definition.type, definition.collection or "", None)
                database.execute("INSERT INTO CompiledProperty VALUES (?, ?, ?, ?, ?)", described)
        plain = sql.replace("%Dictionary.", "").replace("INFORMATION_SCHEMA.", "")
        cursor = database.execute(plain.replace("%STARTSWITH ?", "LIKE ? || '%'"), list(parameters))
        rows = cursor.fetchall()
        names = [column[0] for column in cursor.description]
    database.close()
    return names, rows
