"""``%SQL.StatementResult``: what SQL gave, as code walks it; and the way to run SQL for one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import Self

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ObjectScriptError, dictionary, status
from isc.py.objectscript.frame import ByRef
from isc.py.objectscript.names import similar
from isc.py.objectscript.objects import ObjectMethods
from isc.py.objectscript.values import number, text

from .logical import logical
from .namespace import current
from .sql_lists import DISPLAYED, with_lists_shown
from .sql_parse import is_write, verb_of
from .sql_plan import planned_text
from .sql_write import write
from .zwrite import shown as zwrite_shown


def _seen(value: object, mode: int) -> object:
    """A value in a select mode: logical, as ODBC has it, or as people see it."""
    if mode and isinstance(value, date):
        return logical(value) if hasattr(value, "hour") else value.strftime("%m/%d/%Y" if mode == 2 else "%Y-%m-%d")
    if mode and isinstance(value, time):
        return value.strftime("%H:%M:%S")
    return logical(value)


class StatementResult(ObjectMethods):
    """``%SQL.StatementResult``: rows, walked by ``%Next``; columns by name without regard to case."""

    def __init__(
        self,
        kind: str,
        names: list[str],
        rows: list[tuple[object, ...]],
        count: int = 0,
        references: Mapping[str, str] | None = None,
    ) -> None:
        self._names = names
        self._lists: Mapping[str, str] = {}  # columns that are lists in logical mode
        self._references = references or {}
        self._rows = rows
        self._at = -1
        self._StatementType = kind
        self._SQLCODE = 100 if kind in ("INSERT", "UPDATE", "DELETE") and not count else 0
        self._Message = ""
        self._ROWCOUNT = count
        self._ROWID: object = ""

    @classmethod
    def failed(cls, error: IscError) -> "StatementResult":
        """The result of a statement that could not be run."""
        made = cls("", [], [])
        made._SQLCODE = getattr(error, "sqlcode", -400)
        made._Message = text(getattr(error, "message", "")) or str(error)
        return made

    @property
    def _ResultColumnCount(self) -> int:
        return len(self._names)

    @property
    def _CurrentResult(self) -> Self:
        return self

    def _property_names(self) -> list[str]:  # type: ignore[override]  # the columns are the object's own
        return list(self._names)

    def _get_property(self, name: str) -> object:
        return getattr(self, f"_{name[1:]}") if name.startswith("%") else self._Get(name)

    def _Next(self, result: object = None) -> int:
        """``%Next``: 1 when there is a row."""
        if isinstance(result, ByRef):
            result.set(status.OK if self._SQLCODE >= 0 else status.error(5540, self._SQLCODE, self._Message))
        if self._SQLCODE < 0:
            return 0
        self._at += 1
        if self._at < len(self._rows):
            self._ROWCOUNT = self._at + 1
            return 1
        self._at = len(self._rows)
        self._SQLCODE = 100
        return 0

    def _row(self) -> tuple[object, ...]:
        if 0 <= self._at < len(self._rows):
            return self._rows[self._at]
        raise ObjectScriptError("<INVALID OREF>", "there is no row here: call %Next before, and stop when it gives 0")

    def _Get(self, name: object) -> object:
        """``%Get``: a column by its name.

        Raises:
            ObjectScriptError: ``<PROPERTY DOES NOT EXIST>``: tells the columns.
        """
        wanted = text(name).lower()
        for at, column in enumerate(self._names):
            if column.lower() == wanted:
                return self._value(at) if self._at >= 0 else ""
        hint = similar(text(name), self._names) or f"; the columns are {', '.join(self._names)}"
        raise ObjectScriptError("<PROPERTY DOES NOT EXIST>", f"{text(name)} of %SQL.StatementResult{hint}")

    def _GetData(self, position: object) -> object:
        """``%GetData``: a column by its position, from 1."""
        at = int(number(position))
        return self._value(at - 1) if 0 < at <= len(self._row()) else ""

    def _value(self, at: int) -> object:
        """A value of the row: of a reference the object when objects are asked for (``%ObjectSelectMode``)."""
        value, target = self._row()[at], self._references.get(self._names[at].lower())
        if target is None or value == "":
            return value
        opened: object = dictionary.resolve(target)._OpenId(value)  # type: ignore[attr-defined]  # a class with rows
        return opened

    def _GetRow(self, row: object = None, result: object = None) -> int:
        """``%GetRow``: the next row as a list, by reference."""
        found = self._Next(result)
        if isinstance(row, ByRef):
            row.set(encode(self._row()).decode("latin-1") if found else "")
        return found

    def _shown(self) -> Iterator[str]:
        yield "\t".join(self._names)
        lists = [name.lower() in self._lists for name in self._names]
        for row in self._rows[max(self._at, 0) :]:
            yield "\t".join(
                zwrite_shown(value.encode("latin-1")) if is_list and isinstance(value, str) and value else text(value)
                for value, is_list in zip(row, lists, strict=True)
            )

    def _Display(self, *_: object) -> str:
        """``%Display``: the rows that are left as text, columns divided by tabs; the result is at its end."""
        if self._SQLCODE < 0:
            return f"[SQLCODE: <{self._SQLCODE}>]\n[%Message: <{self._Message}>]\n"
        shown = "\n".join(self._shown()) + f"\n\n{len(self._rows)} Rows(s) Affected\n"
        while self._Next():
            pass
        return shown

    _Print = _Display


def run(
    sql: str, arguments: list[object], mode: int = 0, path: Sequence[str] = (), *, objects: bool = False
) -> StatementResult:
    """Run a statement; what goes wrong is the result's SQLCODE and message.

    `mode` is a ``%SelectMode`` (0 logical, 1 ODBC, 2 display), `path` the schemas where a table without one is
    looked for; `objects`: columns that are references give objects.
    """
    try:
        if is_write(sql):
            done = write(current(), sql, arguments, path)
            made = StatementResult(verb_of(sql).upper(), [], [], done.count)
            made._ROWID = done.rowid or ""
            return made
        plan = planned_text(current(), sql, path, exact=True)
        table = current().query(sql, arguments, path, decimals="exact", logical=mode != 1)
        if mode == 2:
            table = with_lists_shown(table, dict.fromkeys(plan.lists, DISPLAYED))
        made = _result(table, mode, plan.references if objects else None, plan.displays if mode == 2 else {})
        made._lists = {} if mode else plan.lists
        return made
    except IscError as error:
        return StatementResult.failed(error)


def _result(
    table: pa.Table, mode: int, references: Mapping[str, str] | None, displays: Mapping[str, Mapping[str, str]]
) -> StatementResult:
    columns = [[_seen(value, mode) for value in column.to_pylist()] for column in table.columns]
    for at, name in enumerate(table.column_names):
        shown = displays.get(name.lower())
        if shown is not None:
            columns[at] = [shown.get(text(value), value) for value in columns[at]]
    rows = list(zip(*columns, strict=True)) if columns else []
    return StatementResult("SELECT", list(table.column_names), rows, references=references)
