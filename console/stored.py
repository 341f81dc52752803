"""``iscpy sql`` and ``iscpy context``: what the folder's namespace holds."""

from pathlib import Path

from isc.py.data.context import Context
from isc.py.data.namespace import EmbeddedNamespace, named
from isc.py.data.sql_parse import is_write, verb_of

from . import screen
from .project import enter

#: What gives rows in a database; any other statement is run, and the rows that it changed are counted.
_READS = frozenset("select with values show explain describe desc table from pragma call exec".split())
_LIST = "SELECT ID, Name, Description, Created FROM isc_py_data.SavedContext ORDER BY ID"


def sql(query: str, folder: Path, *, namespace: str = "", as_json: bool) -> None:
    """Run a statement in the folder's namespace, or in one of `iscpy.toml` by name, and show its rows or their number.

    Raises:
        SQLError: it could not be run.
        DataError: there is no such namespace.
    """
    enter(folder)
    space = named(namespace)
    if is_write(query) or (not isinstance(space, EmbeddedNamespace) and verb_of(query) not in _READS):
        count = space.sql(query, []).count if isinstance(space, EmbeddedNamespace) else space.execute(query)
        if as_json:
            screen.show_json({"rows": count})
        else:
            screen.say(f"{count} row{'' if count == 1 else 's'}")
        return
    table = space.query(query)
    if as_json:
        screen.show_json(table.to_pylist())
        return
    rows = [list(row.values()) for row in table.to_pylist()]
    screen.show_rows(table.column_names, rows)
    screen.say(f"{table.num_rows} row{'' if table.num_rows == 1 else 's'}")


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
