"""Queries of classes: SQL with arguments by name, class methods that fetch rows, or a method of a class of ours."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import decode
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import Frame, compile_expression, dictionary, status
from isc.py.objectscript.definitions import QueryDefinition
from isc.py.objectscript.frame import ByRef
from isc.py.objectscript.names import similar
from isc.py.objectscript.values import number, text

from .exceptions import SQLError, TableNotFoundError
from .logical import logical
from .namespace import EmbeddedNamespace
from .sql_result import StatementResult, run
from .tables import DEFAULT_SCHEMA, tables_of


def class_query(name: str, query: str) -> Callable[..., StatementResult]:
    """A query of a class: its SQL with arguments by name, or the function ``NAMERows`` of a class of ours.

    Raises:
        SQLError: the class has no such query.
    """
    cls = dictionary.resolve(name)
    own = getattr(cls, f"{query}Rows", None)
    if callable(own):
        return lambda *arguments: StatementResult("SELECT", *own(*arguments))
    definition = _definition(cls, query)
    if definition is None:
        raise SQLError(-400, f"class {name} has no query {query}")
    if not _is_sql(definition):
        return lambda *arguments: _by_methods(cls, definition, arguments)

    def found(*arguments: object) -> StatementResult:
        try:
            return run(*_bound(definition.body, _given(definition, list(arguments))))
        except SQLError as error:
            return StatementResult.failed(error)

    return found


def _is_sql(definition: QueryDefinition) -> bool:
    return definition.type.rpartition(".")[2].lower() == "sqlquery"


def _given(definition: QueryDefinition, arguments: list[object]) -> dict[str, object]:
    """The values of the arguments of a query by name, their defaults where none is given.

    Raises:
        SQLError: there are more than the query has.
    """
    if len(arguments) > len(definition.arguments):
        names = ", ".join(item.name for item in definition.arguments) or "none"
        raise SQLError(-400, f"query {definition.name} takes {names}: {len(arguments)} values are given")
    found: dict[str, object] = {}
    for at, item in enumerate(definition.arguments):
        if at < len(arguments):
            found[item.name] = arguments[at]
        else:
            found[item.name] = compile_expression(item.default).evaluate(Frame()) if item.default else ""
    return found


def has_query(cls: type, query: str) -> bool:
    """Whether a class has a query of that name."""
    return callable(getattr(cls, f"{query}Rows", None)) or _definition(cls, query) is not None


def query_table(namespace: EmbeddedNamespace, schema: str, name: str, arguments: list[object]) -> pa.Table:
    """The rows of a class query that SQL calls in FROM as ``Schema.Class_Query(…)``.

    Raises:
        TableNotFoundError: there is no such query.
        SQLError: it failed.
    """
    wanted = f"{schema or DEFAULT_SCHEMA}.{name}".lower()
    known = []
    for shown, class_name in tables_of(namespace).items():
        own, _, table = shown.rpartition(".")
        if own.lower() != (schema or DEFAULT_SCHEMA).lower():
            continue
        cls = dictionary.resolve(class_name)
        for query in queries_of(cls):
            label = query.keywords.get("SqlName") or f"{table}_{query.name}"
            known.append(f"{own}.{label}")
            if wanted in (f"{own}.{label}".lower(), f"{shown}_{query.name}".lower()):
                if _is_sql(query):
                    return namespace.query(*_bound(query.body, _given(query, arguments)))
                result = class_query(class_name, query.name)(*arguments)
                if result._SQLCODE < 0:
                    raise SQLError(result._SQLCODE, result._Message)
                return _as_table(result)
    called = f"{schema}.{name}" if schema else name
    raise TableNotFoundError(called, f": no class has a query of that name{similar(called, known)}")


def queries_of(cls: type) -> Iterator[QueryDefinition]:
    """The queries of a class and of those above it."""
    for owner in cls.__mro__:
        definition = owner.__dict__.get("_definition")
        yield from (item for item in getattr(definition, "queries", ()) if isinstance(item, QueryDefinition))


def _as_table(result: StatementResult) -> pa.Table:
    arrays = []
    for at in range(len(result._names)):
        values = [None if row[at] == "" else row[at] for row in result._rows]
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            arrays.append(pa.array([None if value is None else text(value) for value in values], pa.large_utf8()))
    return pa.table(arrays, names=result._names)


def _definition(cls: type, query: str) -> QueryDefinition | None:
    return next((item for item in queries_of(cls) if item.name == query), None)


def _bound(body: str, given: dict[str, object]) -> tuple[str, list[object]]:
    """``:name`` as ``?`` with its value."""
    values: list[object] = []

    def one(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None or name not in given:
            return found.group()
        values.append(given[name])
        return "?"

    return re.sub(r"'(?:[^']|'')*'|:(%?\w+)", one, body), values


def _by_methods(cls: type, definition: QueryDefinition, arguments: tuple[object, ...]) -> StatementResult:
    """A query that class methods ``NameExecute``, ``NameFetch`` and ``NameClose`` answer."""
    face: Any = cls
    names = [part.split(":")[0].strip() for part in definition.parameters.get("ROWSPEC", "").split(",")]
    handle, row, end = ByRef[object](""), ByRef[object](""), ByRef[object](0)
    rows: list[tuple[object, ...]] = []
    try:
        status.check(getattr(face, f"{definition.name}Execute")(handle, *arguments) or status.OK)
        while True:
            status.check(getattr(face, f"{definition.name}Fetch")(handle, row, end) or status.OK)
            if text(row.get()):
                values = [logical(value) for value in decode(text(row.get()).encode("latin-1"))]
                rows.append((*values, *([""] * (len(names) - len(values)))))
            if number(end.get()) or not text(row.get()):
                break
        close = getattr(face, f"{definition.name}Close", None)
        if close is not None:
            close(handle)
    except (IscError, AttributeError) as error:
        return StatementResult.failed(error if isinstance(error, IscError) else SQLError(-400, str(error)))
    return StatementResult("SELECT", names, rows)
