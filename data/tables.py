"""Tables: which class a name of SQL means. A class ``A.B.C`` is the table ``A_B.C`` unless it says otherwise."""

import re
import time
from collections.abc import Sequence

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.names import similar

from .exceptions import TableNotFoundError
from .namespace import EmbeddedNamespace

__all__ = ["DEFAULT_SCHEMA", "class_named", "is_view", "not_found", "sql_name", "state_of", "table_class", "tables_of"]

DEFAULT_SCHEMA = "SQLUser"

#: Classes of this room that are tables everywhere.
_OWN = ("isc.py.data.SavedContext", "isc.py.data.SavedValue")
_TICK = 100_000_000  # nanoseconds in which the clock of any file system moves on
_MOST = 1000  # names whose meaning is kept
_named: dict[tuple[str, str, tuple[str, ...]], tuple[tuple[int, int] | None, str | None]] = {}
_RENAMED = re.compile(r"\bSql(?:Table|View|Schema)Name\b", re.I)


def sql_name(class_name: str, definition: ClassDefinition | None = None) -> str:
    """The table of a class: packages join with an underscore, ``User`` and none are ``SQLUser``; the class may name
    another one.
    """
    package, _, short = class_name.rpartition(".")
    schema = DEFAULT_SCHEMA if package in ("", "User") else package.replace(".", "_")
    if definition is None:
        return f"{schema}.{short}"
    keywords = definition.keywords
    named = keywords.get("SqlViewName") or keywords.get("SqlTableName") or short
    return f"{keywords.get('SqlSchemaName') or schema}.{named}"


def state_of(namespace: EmbeddedNamespace) -> tuple[int, int] | None:
    """What names of tables mean: as long as it is the same, every name means the same class, and that is as it was.

    None while that cannot be told: the folder of classes was changed so recently that a further change might have the
    same time.
    """
    try:
        changed = namespace.classes.folder.stat().st_mtime_ns
    except OSError:
        changed = 0  # no class was ever stored
    return None if 0 <= time.time_ns() - changed < _TICK else (dictionary.generation(), changed)


def tables_of(namespace: EmbeddedNamespace) -> dict[str, str]:
    """Every table and view of a namespace with its class: class files, classes written in Python, our own.

    Only a class whose text names a table of its own is compiled for it.
    """
    found: dict[str, str] = {}
    for name in [*namespace.classes.names(), *_written_in_python(), *_OWN]:
        if "%" not in name:
            text = namespace.classes.find(name)
            shown = text is None or _RENAMED.search(text) is not None
            found[sql_name(name, _definition(name) if shown else None)] = name
    for name in _read_along():
        found[sql_name(name, _definition(name))] = name
    return found


def _read_along() -> list[str]:
    """Persistent classes of files that are read for a run of tests and are in no namespace."""
    sources = (source for source in dictionary.sources() if getattr(source, "is_read_along", False))
    return [
        name
        for source in sources
        for name in source.names()
        if "%" not in name and "%Persistent" in (source.find(name) or "")
    ]


def class_named(namespace: EmbeddedNamespace, table: str, path: Sequence[str] = ()) -> str | None:
    """The class of a table or view, None when there is none; without a schema `path` is searched, then ``SQLUser``."""
    key, state = (str(namespace.path), table, tuple(path)), state_of(namespace)
    held = _named.get(key)
    if held is not None and state is not None and held[0] == state:
        return held[1]
    found = _class_named(namespace, table, path)
    if len(_named) >= _MOST:
        _named.clear()
    _named[key] = (state_of(namespace), found)  # looking for it may have loaded classes
    return found


def _class_named(namespace: EmbeddedNamespace, table: str, path: Sequence[str]) -> str | None:
    wanted = table.replace('"', "").lower()
    names = [wanted] if "." in wanted else [f"{item.lower()}.{wanted}" for item in (*path, DEFAULT_SCHEMA)]
    known = {sql_name(name).lower(): name for name in namespace.classes.names() if "%" not in name}
    for name in names:  # the usual case: no other class has to be looked at
        if name in known and not _RENAMED.search(namespace.classes.find(known[name]) or ""):
            return known[name]
    tables = {shown.lower(): name for shown, name in tables_of(namespace).items()}
    return next((tables[name] for name in names if name in tables), None)


def table_class(namespace: EmbeddedNamespace, table: str, path: Sequence[str] = ()) -> type:
    """The class of a table; names compare without case.

    Raises:
        TableNotFoundError: no such table; tells similar ones.
    """
    name = class_named(namespace, table, path)
    cls = dictionary.resolve(name) if name is not None else None
    if cls is None or not hasattr(cls, "_OpenId"):
        raise not_found(namespace, table)
    return cls


def not_found(namespace: EmbeddedNamespace, table: str, place: str = "") -> TableNotFoundError:
    """The error for a table that is not there; tells similar ones."""
    tables = list(tables_of(namespace))
    known = tables if "." in table else [*tables, *(name.rpartition(".")[2] for name in tables)]
    hint = similar(table, known) or f" in namespace {namespace.name}: load its class (iscpy load PATH)"
    return TableNotFoundError(table, f"{place}{hint}")


def is_view(cls: type) -> bool:
    """Whether a class is a view."""
    definition: ClassDefinition | None = cls.__dict__.get("_definition")
    return definition is not None and definition.keywords.get("ClassType", "").lower() == "view"


def _definition(name: str) -> ClassDefinition | None:
    try:
        found: ClassDefinition | None = dictionary.resolve(name).__dict__.get("_definition")
    except ObjectScriptError:
        return None  # a class that cannot be built has the usual name; using it says what is wrong
    return found


def _written_in_python() -> list[str]:
    return [
        name
        for name, cls in dictionary.registered().items()
        if hasattr(cls, "_OpenId") and "_definition" in vars(cls) and "_from_file" not in vars(cls)
    ]
