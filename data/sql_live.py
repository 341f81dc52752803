"""Tables that are no stored ones: a DataFrame of the live context, the rows of a class query.

``SELECT … FROM DataFrame('df')`` reads a variable of the process's context; a frame that was given a table's name with
`publish` is read by that name.
"""

import os
from collections.abc import Callable
from itertools import count
from typing import Any

import pandas as pd
import pyarrow as pa
from isc.py.iscpython_c.context import Context
from sqlglot import exp

from .exceptions import SQLError
from .namespace import EmbeddedNamespace
from .sql_catalog import Relation, arrow_relation
from .tables import sql_name

__all__ = ["frame_table", "function_relation", "live_names", "live_relation", "live_version", "publish", "withdraw"]

Source = Callable[[], object]
_published: dict[str, tuple[int, str, Source]] = {}
_versions = count()
_version = [next(_versions)]


def publish(class_name: str, source: Source) -> str:
    """Give what `source` returns (a frame) a table's name, in this process; the name."""
    name = sql_name(class_name)
    _published[name.lower()] = (os.getpid(), name, source)
    _version[0] = next(_versions)
    return name


def withdraw(class_name: str) -> None:
    """Take the name away again."""
    _published.pop(sql_name(class_name).lower(), None)
    _version[0] = next(_versions)


def live_version() -> int:
    """A number that changes when a frame gets a table's name, or loses it."""
    return _version[0]


def live_names() -> list[str]:
    """The tables that are published here."""
    return [name for owner, name, _ in _published.values() if owner == os.getpid()]


def live_relation(table: str) -> Relation | None:
    """A published table, None when there is none of that name."""
    wanted = table.replace('"', "").lower()
    found = _published.get(wanted if "." in wanted else f"sqluser.{wanted}")
    if found is None or found[0] != os.getpid():
        return None
    return arrow_relation(found[1], frame_table(found[2](), found[1]))


def function_relation(namespace: EmbeddedNamespace, table: exp.Table) -> Relation:
    """The rows of ``DataFrame('variable')`` or of a class query ``Schema.Class_Query(…)``.

    Raises:
        SQLError: there is no such variable (-400) or query (-30), or an argument is no constant.
    """
    called = table.this
    name = called.name
    if name.lower() == "dataframe" and not table.db:
        return _variable(called)
    from .class_queries import query_table

    arguments = [_constant(item) for item in called.expressions]
    return arrow_relation(name, query_table(namespace, table.db, name, arguments))


def _variable(called: exp.Expr) -> Relation:
    if len(called.expressions) != 1 or not isinstance(called.expressions[0], exp.Literal):
        raise SQLError(-400, "DataFrame('variable') takes the name of a variable")
    name = called.expressions[0].name
    variables = Context().namespace
    if name not in variables:
        known = [key for key, value in variables.items() if isinstance(value, pd.DataFrame)]
        raise SQLError(-400, f"the context has no variable {name!r}; its DataFrames are {', '.join(known) or 'none'}")
    return arrow_relation(f"DataFrame('{name}')", frame_table(variables[name], name))


def _constant(node: exp.Expr) -> object:
    if isinstance(node, exp.Literal):
        return node.name
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.name}"
    if isinstance(node, exp.Null):
        return ""
    raise SQLError(-400, f"{node.sql()}: the arguments of a query in FROM are constants")


def frame_table(value: object, name: str) -> pa.Table:
    """A frame as Arrow; columns of mixed values are text.

    Raises:
        SQLError: it is no frame.
    """
    if isinstance(value, pa.Table):
        return value
    if hasattr(value, "to_arrow"):  # polars
        made: pa.Table = value.to_arrow()
        return made
    if not isinstance(value, pd.DataFrame):
        raise SQLError(-400, f"{name!r} is a {type(value).__name__}, not a DataFrame")
    frame: Any = value
    if not isinstance(frame.index, pd.RangeIndex) and frame.index.names != [None]:
        frame = frame.reset_index()
    arrays = {}
    for at, column in enumerate(frame.columns):
        series = frame.iloc[:, at]
        try:
            arrays[str(column)] = pa.array(series, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            arrays[str(column)] = pa.array([None if item is None else str(item) for item in series], pa.large_utf8())
    return pa.table(arrays)
