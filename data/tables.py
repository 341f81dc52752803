"""Tables: which class a name of SQL means. A class ``A.B.C`` is the table ``A_B.C`` unless it says otherwise."""

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.names import similar

from .exceptions import TableNotFoundError
from .namespace import EmbeddedNamespace

#: Classes of this room that are tables everywhere.
_OWN = ("isc.py.data.SavedContext", "isc.py.data.SavedValue")


def sql_name(class_name: str, definition: ClassDefinition | None = None) -> str:
    """The table of a class: packages join with an underscore; SqlTableName names the last part."""
    package, _, short = class_name.rpartition(".")
    named = definition.keywords.get("SqlTableName", "") if definition is not None else ""
    return f"{package.replace('.', '_') or 'SQLUser'}.{named or short}"


def tables_of(namespace: EmbeddedNamespace) -> dict[str, str]:
    """Every table of a namespace with the name of its class: class files, classes written in Python, our own."""
    found: dict[str, str] = {}
    for name in [*namespace.classes.names(), *_written_in_python(), *_OWN]:
        if "%" not in name:
            found[sql_name(name)] = name
    return found


def table_class(namespace: EmbeddedNamespace, table: str) -> type:
    """The class of a table; names compare without case, the schema is ``SQLUser`` when there is none.

    Raises:
        TableNotFoundError: no such table; tells similar ones.
    """
    wanted = table.replace('"', "").lower()
    if "." not in wanted:
        wanted = f"sqluser.{wanted}"
    tables = tables_of(namespace)
    for shown, name in tables.items():
        if shown.lower() == wanted:
            cls = dictionary.resolve(name)
            if hasattr(cls, "_OpenId") and not _renamed(cls, name):
                return cls
    schema = wanted.rpartition(".")[0]
    for shown, name in tables.items():  # those that say their table's name have to be read
        if shown.lower().rpartition(".")[0] == schema:
            found = _resolved(name)
            if found is not None and sql_name(name, found.__dict__.get("_definition")).lower() == wanted:
                return found
    hint = similar(table, list(tables))
    raise TableNotFoundError(table, hint or f" in namespace {namespace.name}: load its class (iscpy load PATH)")


def _renamed(cls: type, name: str) -> bool:
    return sql_name(name, cls.__dict__.get("_definition")) != sql_name(name)


def _resolved(name: str) -> type | None:
    try:
        found = dictionary.resolve(name)
    except ObjectScriptError:
        return None  # a class of the same package that cannot be built is no table
    return found if hasattr(found, "_OpenId") else None


def _written_in_python() -> list[str]:
    return [
        name
        for name, cls in dictionary.registered().items()
        if hasattr(cls, "_OpenId") and "_definition" in vars(cls) and "_from_file" not in vars(cls)
    ]
