"""Databases as input and output, with SQLAlchemy: any database that it has a dialect for."""

import contextlib
import hashlib
import re
from collections.abc import Generator, Sequence
from typing import Any

from isc.py.objectscript import ByRef
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.values import number, text
from sqlalchemy import Engine, TextClause, create_engine, make_url
from sqlalchemy import text as sql_text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, ResourceClosedError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..exceptions import DuplicateInputError, ProductionError, UnreachableError
from ..settings import Setting
from .base import InboundAdapter, OutboundAdapter, Take, Tell, as_status

_QUESTION = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|(\?)|(:)(?=\w)")
_AWAY = ("locked", "unable to open", "connection", "connect", "timeout", "server closed", "network")
_DSN = "The database as an SQLAlchemy URL, as `postgresql+pg8000://host/name` or `sqlite:///file`."


def engine_of(dsn: str, user: str = "", password: str = "") -> Engine:
    """The engine of a DSN setting; nothing is connected yet.

    Raises:
        ProductionError: it is no URL, or its driver is not installed.
    """
    try:
        url = make_url(dsn)
        if user:
            url = url.set(username=user, password=password or None)
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        said = str(error).splitlines()[0]
        if isinstance(error, NoSuchModuleError):
            said = f"there is no database or driver {url.drivername!r}"
        elif isinstance(error, ArgumentError):
            said = "it is no SQLAlchemy URL"
        raise ProductionError(f"setting DSN: {said}; write one as postgresql+pg8000://host/name") from error


def statement(query: str) -> TextClause:
    """A statement with ``?`` for its parameters, as the field writes them."""
    count = iter(range(10**6))

    def part(found: re.Match[str]) -> str:
        if found[1]:
            return f":p{next(count)}"
        return "\\:" if found[2] else found[0]

    return sql_text(_QUESTION.sub(part, query))


def _values(parameters: Sequence[object]) -> dict[str, object]:
    return {f"p{at}": value for at, value in enumerate(parameters)}


def explained(error: SQLAlchemyError) -> Exception:
    """An error of the database as one of ours: one that passes, or one of the statement."""
    if isinstance(error, PoolTimeout):
        return UnreachableError("the database: all connections of the pool are in use")
    if isinstance(error, ResourceClosedError):
        return SQLFailedError("the database: the statement gives no rows: a SELECT is needed")
    if not isinstance(error, DBAPIError):
        return SQLFailedError(f"the database: {_before_the_database(error)}")
    said = str(error.orig or error).strip()
    passing = error.connection_invalidated or any(word in said.lower() for word in _AWAY)
    return UnreachableError(f"the database: {said}") if passing else SQLFailedError(f"the database: {said}")


def _before_the_database(error: SQLAlchemyError) -> str:
    """What SQLAlchemy found before the database was asked, as a parameter that is missing."""
    said = str(getattr(error, "orig", None) or error).splitlines()[0]
    missing = re.search(r"bind parameter 'p(\d+)'", said)
    return f"its ? number {int(missing[1]) + 1} has no value" if missing else said


class SQLFailedError(ProductionError):
    """A statement that the database refused."""


class SQLRow(RegisteredObject):
    """A row: ``Get(name)`` or ``GetData(number)``; in Python a mapping's ``row["name"]``."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.values = values or {}
        self._upper = {name.upper(): name for name in self.values}

    def __getitem__(self, name: str) -> Any:
        return self.values[self._upper[name.upper()]]

    @classmethod
    def _property_names(cls) -> list[str]:
        return []

    def _get_property(self, name: str) -> object:
        return self.Get(name)

    def Get(self, name: object) -> object:
        """A column by name, case not counting; "" for NULL.

        Raises:
            AttributeError: there is no such column.
        """
        key = self._upper.get(text(name).upper())
        if key is None:
            raise AttributeError(text(name))
        return _of_language(self.values[key])

    def GetData(self, at: object) -> object:
        """A column by its number, from 1; "" for NULL."""
        return _of_language(list(self.values.values())[int(number(at)) - 1])


def _of_language(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, str | int) else str(value)


class SQLResult(RegisteredObject):
    """``EnsLib.SQL.GatewayResultSet``: rows, walked with ``Next``."""

    def __init__(self, rows: Sequence[SQLRow] = ()) -> None:
        self.rows = list(rows)
        self._at = -1

    def Next(self, *_: object) -> int:
        """Go to the next row; 0 when there is none."""
        self._at += 1
        return int(self._at < len(self.rows))

    def Get(self, name: object) -> object:
        """A column of the row by name."""
        return self.rows[self._at].Get(name)

    def GetData(self, at: object) -> object:
        """A column of the row by number."""
        return self.rows[self._at].GetData(at)


class SQLInboundAdapter(InboundAdapter):
    """``EnsLib.SQL.InboundAdapter``: each new row of a query is an input.

    A row is new when no row with its key came before; the key is the column KeyFieldName, or all of the row. With a
    DeleteQuery the row is deleted once what the service sent is committed.
    """

    DSN = Setting(str, "", _DSN, required=True)
    Query = Setting(str, "", "The SELECT.", required=True)
    Parameters = Setting(str, "", "Values for the `?` of the query, with commas.")
    KeyFieldName = Setting(str, "", "The column that tells rows apart; empty: all columns.")
    DeleteQuery = Setting(str, "", "A statement run for each row that was taken; its `?` is the key.")
    UserName = Setting(str, "", "The user, when the URL has none.")
    Password = Setting(str, "", "Its password.", secret=True)
    MaxRows = Setting(
        int, 0, "How many rows are read at a time, those that came before left out; 0 for all.", minimum=0
    )

    def OnInit(self) -> object:
        """Check the DSN.

        Raises:
            ProductionError: it is no URL, or DeleteQuery has no key.
        """
        vars(self)["_engine"] = engine_of(self.DSN, self.UserName, self.Password)
        if self.DeleteQuery and not self.KeyFieldName:
            raise ProductionError("setting DeleteQuery needs KeyFieldName: the column whose value is its ?")
        return 1

    def OnTearDown(self) -> object:
        """Close the connections."""
        vars(self)["_engine"].dispose()
        return 1

    def on_task(self, take: Take, tell: Tell) -> None:
        """Hand on the rows that are new; the first that fails ends the look, and comes again at the next.

        Raises:
            UnreachableError: the database cannot be reached.
            SQLFailedError: the database refuses the query.
        """
        with contextlib.closing(self._parts()) as parts:
            for rows in parts:
                if sum(self._taken(row, take) for row in rows):  # all of them, and some were new
                    return

    def _taken(self, row: SQLRow, take: Take) -> bool:
        """Hand on a row; whether it was new."""
        is_new = True
        try:
            take(row, None, self._key(row))
        except DuplicateInputError:
            is_new = False
        if self.DeleteQuery:
            self._run(self.DeleteQuery, [row[self.KeyFieldName]])
        return is_new

    def _parts(self) -> Generator[list[SQLRow], None, None]:
        """The rows, MaxRows at a time; of those that will be deleted the first only, which are read by then."""
        given = [part.strip() for part in self.Parameters.split(",")] if self.Parameters else []
        first: list[SQLRow] = []
        try:
            with vars(self)["_engine"].connect() as connection:
                found = connection.execute(statement(self.Query), _values(given))
                names = list(found.keys())
                while rows := found.fetchmany(self.MaxRows) if self.MaxRows else found.fetchall():
                    made = [SQLRow(dict(zip(names, row, strict=True))) for row in rows]
                    if self.DeleteQuery or not self.MaxRows:
                        first = made
                        break
                    yield made
        except SQLAlchemyError as error:
            raise explained(error) from error
        yield first

    def _run(self, query: str, parameters: list[object]) -> None:
        try:
            with vars(self)["_engine"].begin() as connection:
                connection.execute(statement(query), _values(parameters))
        except SQLAlchemyError as error:
            raise explained(error) from error

    def _key(self, row: SQLRow) -> str:
        if not self.KeyFieldName:
            return hashlib.sha256(repr(list(row.values.items())).encode()).hexdigest()
        try:
            return f"{self.KeyFieldName}={row[self.KeyFieldName]}"
        except KeyError:
            known = ", ".join(row.values)
            raise SQLFailedError(
                f"setting KeyFieldName: the query has no column {self.KeyFieldName!r}; it has {known}"
            ) from None


class SQLOutboundAdapter(OutboundAdapter):
    """``EnsLib.SQL.OutboundAdapter``: runs statements, each in a transaction of its own."""

    DSN = Setting(str, "", _DSN, required=True)
    UserName = Setting(str, "", "The user, when the URL has none.")
    Password = Setting(str, "", "Its password.", secret=True)
    StayConnected = Setting(float, -1, "Kept for other products; connections are pooled.")

    def OnInit(self) -> object:
        """Check the DSN.

        Raises:
            ProductionError: it is no URL.
        """
        vars(self)["_engine"] = engine_of(self.DSN, self.UserName, self.Password)
        return 1

    def OnTearDown(self) -> object:
        """Close the connections."""
        vars(self)["_engine"].dispose()
        return 1

    def execute(self, query: str, *parameters: object) -> int:
        """Run a statement; how many rows it changed.

        Raises:
            UnreachableError: the database cannot be reached.
            SQLFailedError: the database refuses it.
        """
        try:
            with vars(self)["_engine"].begin() as connection:
                return int(connection.execute(statement(query), _values(parameters)).rowcount)
        except SQLAlchemyError as error:
            raise explained(error) from error

    def query(self, query: str, *parameters: object) -> list[SQLRow]:
        """The rows of a SELECT. Raises like `execute`."""
        try:
            with vars(self)["_engine"].begin() as connection:
                found = connection.execute(statement(query), _values(parameters))
                names = list(found.keys())
                return [SQLRow(dict(zip(names, row, strict=True))) for row in found]
        except SQLAlchemyError as error:
            raise explained(error) from error

    def ExecuteUpdate(self, changed: ByRef[Any], query: object, *parameters: object) -> object:
        """Run a statement; `changed` tells how many rows it changed."""

        def call() -> None:
            changed.value = self.execute(text(query), *parameters)

        return self._as_status(call)

    def ExecuteQuery(self, result: ByRef[Any], query: object, *parameters: object) -> object:
        """Run a SELECT; `result` is an `SQLResult`."""

        def call() -> None:
            result.value = SQLResult(self.query(text(query), *parameters))

        return self._as_status(call)

    def _as_status(self, call: Any) -> object:
        def watched() -> None:
            try:
                call()
            except UnreachableError:
                if self.BusinessHost is not None:
                    vars(self.BusinessHost)["_wants_retry"] = True
                raise

        return as_status(watched)
