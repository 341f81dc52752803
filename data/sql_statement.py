"""``%SQL.Statement``, and ``%ResultSet`` of older code: SQL that code prepares and runs."""

from collections.abc import Callable
from typing import Self

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ObjectScriptError, status
from isc.py.objectscript.frame import ByRef
from isc.py.objectscript.objects import ObjectMethods
from isc.py.objectscript.values import number, text
from isc.py.objectscript.variables import LocalByRef

from .class_queries import class_query
from .exceptions import SQLError
from .namespace import current
from .sql import check
from .sql_parse import parsed
from .sql_result import StatementResult, run
from .sql_write import is_write
from .tables import DEFAULT_SCHEMA

_MODES = {"logical": 0, "odbc": 1, "display": 2, "runtime": 0, "": 0}


def _mode(value: object) -> int:
    shown = text(value).lower()
    return _MODES[shown] if shown in _MODES else int(number(value))


class Statement(ObjectMethods):
    """``%SQL.Statement``: a statement or a class query, prepared once and run with arguments."""

    def __init__(self) -> None:
        self._SelectMode: object = 0
        self._ObjectSelectMode: object = 0
        self._SchemaPath: object = ""
        self._sql = ""
        self._query: Callable[..., StatementResult] | None = None

    @classmethod
    def _New(cls, mode: object = "", path: object = "", *_: object) -> Self:
        made = cls()
        made._SelectMode, made._SchemaPath = _mode(mode), path
        return made

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["%SelectMode", "%ObjectSelectMode", "%SchemaPath"]

    def _Prepare(self, sql: object, *_: object) -> object:
        """``%Prepare``: OK, or the status that says why the statement cannot be run. An array gives its lines."""
        self._sql, self._query = _joined(sql), None
        if not self._sql.strip():
            return status.error(5540, -1, "there is no statement")
        try:
            _check(self._sql, self._path())
        except IscError as error:
            return status.error(5540, getattr(error, "sqlcode", -400), getattr(error, "message", str(error)))
        return status.OK

    def _PrepareClassQuery(self, name: object, query: object, *_: object) -> object:
        """``%PrepareClassQuery``: OK, or the status that says what is missing."""
        try:
            self._query = class_query(text(name), text(query))
        except IscError as error:
            return status.from_exception(error)
        return status.OK

    def _Execute(self, *arguments: object) -> StatementResult:
        """``%Execute``: the result, whose %SQLCODE tells whether it could be run."""
        if self._query is not None:
            return self._query(*arguments)
        if not self._sql:
            return StatementResult.failed(SQLError(-400, "nothing is prepared: call %Prepare before"))
        objects = bool(number(self._ObjectSelectMode))
        return run(self._sql, list(arguments), _mode(self._SelectMode), self._path(), objects=objects)

    def _path(self) -> list[str]:
        """The schemas of ``%SchemaPath``: names with commas; the words for the default one mean ``SQLUser``."""
        parts = [part.strip().strip('"') for part in text(self._SchemaPath).split(",")]
        default = {"DEFAULT_SCHEMA", "CURRENT_SCHEMA", "CURRENT_PATH"}
        return [DEFAULT_SCHEMA if part.upper() in default else part for part in parts if part]

    @classmethod
    def _ExecDirect(cls, statement: object = "", sql: object = "", *arguments: object) -> StatementResult:
        """``%ExecDirect``: prepared and run at once; `statement` gets the statement, by reference."""
        made = cls()
        if isinstance(statement, ByRef):
            statement.set(made)
        made._sql = _joined(sql)
        return made._Execute(*arguments)

    _ExecDirectNoPriv = _ExecDirect


def _joined(sql: object) -> str:
    if isinstance(sql, LocalByRef) and sql.array().children:
        lines = sql.array().children
        return "\n".join(text(lines[key].value) for key in sorted(lines, key=lambda key: number(key)))
    return text(sql.get()) if isinstance(sql, ByRef) else text(sql)


def _check(sql: str, path: list[str]) -> None:
    """Raise for a statement that could not be run whatever its arguments are.

    Raises:
        SQLError: it has a syntax error, or a table or field is missing.
    """
    if is_write(sql):
        parsed(sql)
    else:
        check(current(), sql, path)


class ResultSet(ObjectMethods):
    """``%ResultSet`` and ``%Library.ResultSet``: ``Prepare``, ``Execute``, ``Next``, ``Get`` of older code."""

    def __init__(self) -> None:
        self.ClassName: object = ""
        self.QueryName: object = ""
        self.RuntimeMode: object = 0
        self._statement = Statement()
        self._result: StatementResult | None = None

    @classmethod
    def _New(cls, name: object = "", *_: object) -> Self:
        made = cls()
        class_name, colon, query = text(name).partition(":")
        if colon:
            made.ClassName, made.QueryName = class_name, query
        return made

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["ClassName", "QueryName", "RuntimeMode", "AtEnd", "Data", "SQLCODE"]

    def Prepare(self, sql: object, *_: object) -> object:
        """OK, or the status that says why the statement cannot be run."""
        return self._statement._Prepare(sql)

    def Execute(self, *arguments: object) -> object:
        """Run it: OK, or an error status."""
        if text(self.ClassName):
            prepared = self._statement._PrepareClassQuery(self.ClassName, self.QueryName)
            if status.is_error(prepared):
                return prepared
        self._statement._SelectMode = self.RuntimeMode
        self._result = self._statement._Execute(*arguments)
        if self._result._SQLCODE < 0:
            return status.error(5540, self._result._SQLCODE, self._result._Message)
        return status.OK

    def _executed(self) -> StatementResult:
        if self._result is None:
            raise ObjectScriptError("<INVALID OREF>", "nothing was executed: call Execute before")
        return self._result

    def Next(self, result: object = None) -> int:
        """1 when there is a row."""
        return self._executed()._Next(result)

    def Get(self, name: object) -> object:
        """A column by its name."""
        return self._executed()._Get(name)

    @property
    def Data(self) -> dict[str, object]:
        """The columns of the row by name."""
        found = self._executed()
        return dict(zip(found._names, found._row(), strict=True))

    def GetData(self, position: object) -> object:
        """A column by its position, from 1."""
        return self._executed()._GetData(position)

    def GetDataByName(self, name: object) -> object:
        """A column by its name."""
        return self._executed()._Get(name)

    def GetColumnCount(self) -> int:
        """How many columns."""
        return self._executed()._ResultColumnCount

    def GetColumnName(self, position: object) -> str:
        """The name of a column."""
        return self._executed()._names[int(number(position)) - 1]

    @property
    def AtEnd(self) -> int:
        """Whether the last row was left."""
        return int(self._result is None or self._result._SQLCODE == 100)

    @property
    def SQLCODE(self) -> int:
        """0, 100 at the end, negative for an error."""
        return self._executed()._SQLCODE

    def Close(self) -> int:
        """Free it."""
        self._result = None
        return status.OK
