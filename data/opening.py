"""Opening rows as objects: an id that is in memory is the object that is there.

When the row has changed underneath (by SQL, through globals, by another process), an object without unsaved changes
gets the row's values when it is opened again; one with unsaved changes keeps them, until it is saved or reloaded.
"""

from typing import TYPE_CHECKING, TypeVar

from isc.py.objectscript import dictionary, status
from isc.py.objectscript.values import text

from .concurrency import reading, retain
from .layout import CLASSNAME, Layout, layout_of
from .namespace import current
from .row_values import loaded, loaded_array
from .rows import actual, plain_id, read_row
from .saving import row_of

if TYPE_CHECKING:
    from .persistent import Persistent

P = TypeVar("P", bound="Persistent")
#: What an object keeps when it gets the values of its row anew.
_ITS_OWN = ("_id", "_concurrency", "_retained")


def opened(cls: type[P], id: object, mode: int) -> P | None:
    """The object of an id with a concurrency, None when there is none.

    Raises:
        LockedError: others hold the row.
        StatusError: ``%OnOpen`` refused.
        DataError: the row is no ``$LIST``.
    """
    if not text(id):
        return None
    layout, objects = layout_of(cls), current().objects
    with reading(layout, id, mode):
        fresh = fetched(cls, id)
        if fresh is None:
            objects.drop(layout, id)
            return None
        held = objects.known(layout, id)
        if held is not None and type(held) is type(fresh):
            if held._kept_row != fresh._kept_row and not held._is_changed():
                _refill(held, fresh)
            if mode > held._concurrency:
                retain(held, layout, mode)
            return held
        retain(fresh, layout, mode)
    hook = getattr(fresh, "_OnOpen", None)
    if hook is not None:
        status.check(hook() or status.OK)
    objects.keep(layout, fresh)
    return fresh


def fetched(cls: type[P], id: object) -> P | None:
    """A new object with the values of a row, that no one else has; None when there is none."""
    layout, values = layout_of(cls), None
    if text(id):
        with current().store().read() as txn:
            values = read_row(txn, layout, id)
    tag = text(values.get(CLASSNAME) or "") if values is not None else ""
    if values is None or (layout.tag and f"~{layout.class_name}~" not in tag):
        return None
    made = _object_of(cls, layout, tag, values)
    made._id = plain_id(id)
    return made


def reloaded(item: "Persistent") -> bool:
    """Give an object the values that its row has by now; whether there is one."""
    fresh = fetched(type(item), item._Id())
    if fresh is None:
        return False
    _refill(item, fresh)
    return True


def _refill(item: "Persistent", fresh: "Persistent") -> None:
    own = {name: vars(item)[name] for name in _ITS_OWN if name in vars(item)}
    vars(item).clear()
    vars(item).update({**vars(fresh), **own})
    hook = getattr(item, "_OnReload", None)
    if hook is not None:
        status.check(hook() or status.OK)


def _object_of(cls: type[P], layout: Layout, tag: str, values: dict[str, object]) -> P:
    """An object whose properties are those of a row: of the class that the row says, when it is one below `cls`."""
    below = actual(layout, tag)
    if below is not layout:
        found = dictionary.resolve(below.class_name)
        if issubclass(found, cls):
            cls, layout = found, below
    made = cls.__new__(cls)
    for name in layout.stored_names():
        made._put_raw(name, loaded(layout.properties[name], values.get(name), layout.stream_global))
    for name in layout.arrays:
        items = values.get(name)
        pairs = list(items.items()) if isinstance(items, dict) else []
        made._put_raw(name, loaded_array(layout.properties[name], pairs, layout.stream_global))
    made._kept_row = row_of(made, layout)
    return made
