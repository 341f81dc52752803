"""``iscpy sql`` and ``iscpy context``: what the folder's namespace holds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from isc.py.data.context import Context
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace, named
from isc.py.data.sql_forms import statements
from isc.py.data.sql_parse import is_write, verb_of

from . import screen
from .project import enter

if TYPE_CHECKING:
    from isc.py.data.sources import Source

#: What gives rows in a database; any other statement is run, and the rows that it changed are counted.
_READS = frozenset("select with values show explain describe desc table from pragma call exec".split())
_LIST = "SELECT ID, Name, Description, Created FROM isc_py_data.SavedContext ORDER BY ID"


def sql(query: str, folder: Path, *, namespace: str = "", as_json: bool) -> None:
    """Run a statement in the folder's namespace, or in one of `iscpy.toml` by name, and show its rows or their number.

    ``-`` runs those that standard input has.

    Raises:
        SQLError: it could not be run.
        DataError: there is no such namespace, or a transaction was not committed.
    """
    enter(folder)
    space = named(namespace)
    for statement in statements(sys.stdin.read()) if query == "-" else [query]:
        _one(space, statement, as_json=as_json)
    if isinstance(space, EmbeddedNamespace) and space.tlevel():
        space.trollback()
        raise DataError("the transaction that START TRANSACTION began was not committed: nothing of it was written")


def _one(space: "EmbeddedNamespace | Source", query: str, *, as_json: bool) -> None:
    if is_write(query) or (not isinstance(space, EmbeddedNamespace) and verb_of(query) not in _READS):
        count = space.sql(query, []).count if isinstance(space, EmbeddedNamespace) else space.execute(query)
        if as_json:
            screen.show_json({"rows": count})
        else:
            screen.say(f"{count} row{'' if count == 1 else 's'}")
        return
    table = space.query(query)
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    if as_json:
        names = _distinct(table.column_names)
        screen.show_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    screen.show_rows(table.column_names, rows)
    screen.say(f"{table.num_rows} row{'' if table.num_rows == 1 else 's'}")


def _distinct(names: list[str]) -> list[str]:
    """Names of which none is that of another column: ``Name``, ``Name_2``."""
    found: list[str] = []
    for name in names:
        number, made = 1, name
        while made in found:
            number += 1
            made = f"{name}_{number}"
        found.append(made)
    return found


def list_contexts(folder: Path, *, as_json: bool) -> None:
    """The saved contexts."""
    sql(_LIST, folder, as_json=as_json)


def show_context(context_id: str, folder: Path, *, as_json: bool) -> None:
    """The variables of one saved context; none of them is loaded.

    Raises:
        ContextError: there is none of that id.
    """
    namespace = enter(folder)
    text = Context.DisplayContext(context_id)
    if as_json:
        query = "SELECT Name, Kind, Type, Repr FROM isc_py_data.SavedValue WHERE ContextId = ? ORDER BY ID"
        screen.show_json(namespace.query(query, [int(context_id)]).to_pylist())
    else:
        screen.say(text)
