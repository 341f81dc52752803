"""The class files that definitions of SQL make and change: names, members, and the rows that are there already."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from isc.py.objectscript import dictionary, status
from sqlglot import exp

from . import foreign_keys
from .exceptions import SQLError
from .layout import layout_of
from .namespace import EmbeddedNamespace
from .tables import class_named, not_found

__all__ = ["Made", "change", "dropped", "existing", "field_names", "must_exist", "plain", "store", "with_line"]


@dataclass(slots=True)
class Made:
    """The parts of a class that a CREATE TABLE describes; `row_id` is the field that counts its rows, if it has one."""

    properties: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    row_id: str = ""


def plain(name: str) -> str:
    """A name without what the name of a class or property cannot have.

    Raises:
        SQLError: nothing is left that begins with a letter.
    """
    found = re.sub(r"[^A-Za-z0-9]", "", name)
    if not found or not found[0].isalpha():
        raise SQLError(-1, f"{name!r} is no name: it must begin with a letter")
    return found


def existing(namespace: EmbeddedNamespace, table: exp.Table, path: Sequence[str] = ()) -> str | None:
    """The class of a table that a statement names, None when there is none."""
    return class_named(namespace, f"{table.db}.{table.name}" if table.db else table.name, path)


def must_exist(namespace: EmbeddedNamespace, table: exp.Expr, path: Sequence[str]) -> str:
    """The class of a table that a statement names.

    Raises:
        SQLError: there is none (-30), or it is no name (-1).
    """
    if not isinstance(table, exp.Table):
        raise SQLError(-1, f"the name of a table was expected, found {table.sql()}")
    found = existing(namespace, table, path)
    if found is None:
        raise not_found(namespace, f"{table.db}.{table.name}" if table.db else table.name)
    return found


def dropped(tree: exp.Drop) -> exp.Expr:
    """What a DROP names; sqlglot has changed where it stands."""
    found = tree.this if tree.this is not None else next(iter(tree.args.get("tables") or []), None)
    if not isinstance(found, exp.Expr):
        raise SQLError(-1, f"{tree.sql()}: one name was expected")
    return found


def field_names(class_name: str) -> dict[str, str]:
    """The properties of a class by the names of their fields."""
    from .sql_catalog import stored_properties

    found = stored_properties(dictionary.resolve(class_name))
    return {item.keywords.get("SqlFieldName") or item.name: item.name for item in found}


def with_line(text: str, line: str) -> str:
    """A class file with one member more, before its storage."""
    at = re.search(r"^Storage\b", text, re.M)
    end = at.start() if at is not None else text.rstrip().rindex("}")
    return f"{text[:end].rstrip()}\n\n{line}\n\n{text[end:]}"


def without_property(text: str, prop: str) -> str:
    """A class file without a property.

    Raises:
        SQLError: it stands in a class above (-29), or is part of a key or index (-322).
    """
    made, count = re.subn(rf"^Property {re.escape(prop)}\b[^;]*;\s*", "", text, flags=re.M)
    if not count:
        raise SQLError(-29, f"property {prop} stands in a class above: change that one")
    if re.search(rf"^(?:Index \w+ On |ForeignKey \w+)\([^)]*\b{re.escape(prop)}\b", made, re.M):
        raise SQLError(-322, f"property {prop} is part of an index or a foreign key: drop that first")
    return made


def change(namespace: EmbeddedNamespace, name: str, how: Callable[[str], str], sqlcode: int = -400) -> None:
    """Change a class file: its indices are built anew, its foreign keys are checked; an error leaves all as it was.

    Raises:
        SQLError: the class is not one of the namespace (-300), or the rows that are there do not fit: `sqlcode`, or
            -127 of a foreign key.
    """
    text = namespace.classes.text("class", name)
    if text is None:
        raise SQLError(-300, f"{name} is no class of namespace {namespace.name}: it cannot be changed")
    store(namespace, name, how(text), before=text)
    cls = dictionary.resolve(name)
    rebuild = getattr(cls, "_BuildIndices", None)
    if rebuild is None:
        return
    try:
        wrong = rebuild()
        if status.is_error(wrong):
            raise SQLError(sqlcode, f"the index of {name} cannot be built: {status.text(wrong)}")
        with namespace.store().read() as txn:
            for error in foreign_keys.check_all(txn, layout_of(cls)):
                raise SQLError(foreign_keys.CREATE, str(error))
    except Exception:
        store(namespace, name, text)
        dictionary.resolve(name)._BuildIndices()  # type: ignore[attr-defined]  # as above
        raise


def store(namespace: EmbeddedNamespace, name: str, text: str, before: str | None = None) -> None:
    """Keep a class that can be compiled; one that cannot leaves everything as it was."""
    namespace.classes.put("class", name, text)
    try:
        dictionary.resolve(name)
    except Exception:
        if before is None:
            namespace.classes.remove("class", name)
        else:
            namespace.classes.put("class", name, before)
        raise
