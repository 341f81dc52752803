"""A frame back into the namespace: its rows become rows of a class, which is made when there is none."""

from collections.abc import Sequence

import pyarrow as pa
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.names import similar
from isc.py.objectscript.values import text

from .bulk_store import BulkRows, is_bulk
from .exceptions import DataError
from .frame_class import frame_class_text, property_name
from .namespace import EmbeddedNamespace
from .persistent import Persistent
from .sources import Source
from .sql_live import frame_table
from .sql_write import Place, assigned, saved, settable
from .tables import class_named, sql_name

__all__ = ["MODES", "store_frame", "store_in_database"]

MODES = ("append", "replace", "upsert")


def store_frame(
    namespace: EmbeddedNamespace,
    frame: object,
    target: str,
    mode: str = "append",
    key: Sequence[str] = (),
) -> int:
    """Store the rows of a frame (pandas, polars or Arrow) in a class or table, all of them or none.

    ``append`` adds them; ``replace`` deletes what was there before; ``upsert`` changes the rows whose `key` columns (or
    whose ``ID``, when the frame has one and no key is given) are the same, and adds the others. A class that does not
    exist is made after the frame's columns.

    Returns:
        How many rows were stored.

    Raises:
        DataError: a mode or column is unknown, or a column cannot be a property.
        SQLError: a row is not valid (-104, -105, -108) or not unique (-119).
    """
    if mode not in MODES:
        raise DataError(f"mode {mode!r} is unknown: {', '.join(MODES)}")
    table = frame_table(frame, "the frame")
    cls = _class(namespace, target, table)
    columns = _columns(cls, table, target)
    wanted = [item.lower() for item in key]
    unknown = [item for item in key if item.lower() not in {name.lower() for name in table.column_names}]
    if unknown:
        raise DataError(
            f"key column(s) {', '.join(unknown)} are none of the frame{similar(unknown[0], table.column_names)}"
        )
    given = [place.path for _, place in columns if place is not None]
    if is_bulk(namespace, cls, given):
        _stored_in_bulk(namespace, cls, table, columns, mode, wanted)
    else:
        _stored_as_objects(namespace, cls, table, columns, mode, wanted)
    return int(table.num_rows)


def _stored_in_bulk(
    namespace: EmbeddedNamespace,
    cls: type[Persistent],
    table: pa.Table,
    columns: list[tuple[int, Place | None]],
    mode: str,
    key: list[str],
) -> None:
    held = {place.path: table.column(at) for at, place in columns if place is not None}
    rows = BulkRows(namespace, cls, held, table.num_rows)
    known: list[object | None] = []
    if mode == "upsert":
        ids = _known(cls, columns, key)
        parts = [table.column(at).to_pylist() for at, place in columns if _is_key(place, key)]
        known = [ids.get(_key_values(row)) for row in zip(*parts, strict=True)]
    rows.check()
    rows.write(known, clears=mode == "replace")


def _stored_as_objects(
    namespace: EmbeddedNamespace,
    cls: type[Persistent],
    table: pa.Table,
    columns: list[tuple[int, Place | None]],
    mode: str,
    key: list[str],
) -> None:
    values = [table.column(at).to_pylist() for at, _ in columns]
    with namespace.transaction():
        if mode == "replace":
            status.check(cls._KillExtent() or status.OK)
        known = _known(cls, columns, key) if mode == "upsert" else {}
        objects = []
        for row in zip(*values, strict=True):
            found = known.get(_key_of(row, columns, key))
            item = cls._fetch(found) if found is not None else cls._New()
            given = {place: value for (_, place), value in zip(columns, row, strict=True) if place is not None}
            assigned(item, given, "insert" if found is None else "update")
            objects.append(item)
        saved(objects, "insert")


def store_in_database(source: Source, frame: object, target: str, mode: str = "append", key: Sequence[str] = ()) -> int:
    """`store_frame` in a namespace that is another database: `target` is a table, or a class whose table it is.

    Raises:
        DataError: a mode or column is unknown, or a column is of a type that tables do not have.
        SQLError: the database refused; nothing was stored.
    """
    table = sql_name(target) if target.count(".") > 1 else target
    return source.write_rows(table, frame_table(frame, "the frame"), mode, key)


def _class(namespace: EmbeddedNamespace, target: str, table: pa.Table) -> type[Persistent]:
    name = target if dictionary.exists(target) else class_named(namespace, target)
    if name is None:
        if "." not in target:
            raise DataError(f"{target!r} is no class with a package: name the class to make as Package.Name")
        named: dict[str, str] = {}
        for column in table.column_names:
            twin = named.setdefault(property_name(column).lower(), column)
            if twin != column:
                raise DataError(f"columns {twin!r} and {column!r} would be one property of {target}: rename one")
        namespace.classes.put("class", target, frame_class_text(target, table.schema))
        name = target
    cls = dictionary.resolve(name)
    if not issubclass(cls, Persistent):
        raise DataError(f"{name} is not persistent: rows cannot be stored in it")
    return cls


def _columns(cls: type, table: pa.Table, target: str) -> list[tuple[int, Place | None]]:
    """The columns that are stored with the place of each; that of ``ID`` has none."""
    known = settable(cls)
    by_property = {place.path.lower(): place for place in known.values()}
    found: list[tuple[int, Place | None]] = []
    for at, name in enumerate(table.column_names):
        if name.upper() == "ID":
            found.append((at, None))
            continue
        place = known.get(name.lower()) or by_property.get(property_name(name).lower())
        if place is None:
            hint = similar(name, [item.shown for item in known.values()])
            raise DataError(f"column {name!r} is no field of {target}{hint}")
        twin = next((table.column_names[other] for other, known_place in found if known_place == place), None)
        if twin is not None:
            raise DataError(f"columns {twin!r} and {name!r} are both field {place.shown} of {target}: rename one")
        found.append((at, place))
    return found


def _key_of(row: tuple[object, ...], columns: list[tuple[int, Place | None]], key: list[str]) -> tuple[str, ...] | None:
    values = [value for value, (_, place) in zip(row, columns, strict=True) if _is_key(place, key)]
    return _key_values(values)


def _is_key(place: Place | None, key: list[str]) -> bool:
    return _shown(place) in key if key else place is None


def _key_values(values: Sequence[object]) -> tuple[str, ...] | None:
    return tuple(text(value) for value in values) if values and None not in values else None


def _shown(place: Place | None) -> str:
    return "id" if place is None else place.shown.lower()


def _known(
    cls: type[Persistent], columns: list[tuple[int, Place | None]], key: list[str]
) -> dict[tuple[str, ...] | None, object]:
    """The id of each row by the values of its key."""
    from .namespace import current
    from .scan import scan
    from .sql_catalog import class_fields

    fields = {item.name.lower(): item for item in class_fields(cls)}
    row_id = next(iter(fields.values()))
    wanted = [fields[name] for name in (_shown(place) for _, place in columns) if name in (key or ["id"])]
    if not wanted:
        raise DataError("upsert needs a key: name its columns, or give the frame an ID")
    table = scan(current(), cls, [row_id, *[item for item in wanted if item is not row_id]])
    ids = table.column(0).to_pylist()
    values = [table.column(item.name).to_pylist() for item in wanted]
    return {tuple(text(value) for value in row): found for found, *row in zip(ids, *values, strict=True)}
