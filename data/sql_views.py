"""Which views read a table."""

import re

from isc.py.objectscript import dictionary
from isc.py.objectscript.errors import ObjectScriptError
from sqlglot import exp

from .exceptions import SQLError
from .namespace import EmbeddedNamespace
from .sql_parse import parsed_query
from .tables import class_named, is_view

__all__ = ["views_of"]

_VIEW = re.compile(r"\bClassType\s*=\s*view\b", re.I)


def views_of(namespace: EmbeddedNamespace, class_name: str) -> list[str]:
    """The views that read a table or view, and those that read these; a view stands behind those that read it."""
    reads = {name: _read_by(namespace, name) for name in _views(namespace)}
    found: list[str] = []

    def visit(name: str) -> None:
        for view, tables in reads.items():
            if name in tables and view not in found and view != class_name:
                visit(view)
                found.append(view)

    visit(class_name)
    return found


def _views(namespace: EmbeddedNamespace) -> list[str]:
    return [name for name in namespace.classes.names() if _VIEW.search(namespace.classes.find(name) or "")]


def _read_by(namespace: EmbeddedNamespace, view: str) -> set[str]:
    """The classes of the tables that a view names."""
    try:
        cls = dictionary.resolve(view)
        if not is_view(cls):
            return set()
        tree = parsed_query(vars(cls)["_definition"].keywords.get("ViewQuery", "").strip())
    except (ObjectScriptError, SQLError):
        return set()  # a view that cannot be read keeps nothing
    names = (f"{item.db}.{item.name}" if item.db else item.name for item in tree.find_all(exp.Table))
    return {found for name in names if (found := class_named(namespace, name)) is not None}
